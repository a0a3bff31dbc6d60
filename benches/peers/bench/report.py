"""The figures as a table of Markdown."""

import statistics


def time(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds / 1e-6)} µs"


def size(bytes_):
    for unit, of in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if bytes_ >= of:
            return f"{_three(bytes_ / of)} {unit}"
    return f"{bytes_:.0f} B"


def number(number):
    return f"{number:,.0f}"


SHOWN = {"s": time, "B": size, "n": number}


def _three(number):
    """Three significant digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


class Table:
    """Of one data set."""

    def __init__(self, title, names):
        self.title, self.names = title, names
        self.rows, self.notes = [], []

    def _note(self, text):
        if text not in self.notes:
            self.notes.append(text)
        return f"[{self.notes.index(text) + 1}]"

    def add(self, task, figures, why):
        """`figures` of contenders by key; `why` there are none."""
        shown = SHOWN[task.unit]
        base = figures.get(next(iter(self.names)))
        base = statistics.median(base) if base else None
        cells = []
        for key in self.names:
            if figures.get(key):
                median = statistics.median(figures[key])
                ratio = f" ({_three(median / base)})" if base and task.ratio else ""
                cells.append(shown(median) + ratio)
            else:
                cells.append("–" + (" " + self._note(why[key]) if key in why else ""))
        self.rows.append((task, cells, figures))

    def markdown(self):
        lines = [f"### {self.title}", "", "| | " + " | ".join(self.names.values()) + " |", "|---" + "|---:" * len(self.names) + "|"]
        lines += ["| " + " | ".join([task.title, *cells]) + " |" for task, cells, _ in self.rows]
        lines += ["", *(f"- [{number}] {note}" for number, note in enumerate(self.notes, 1))]
        ahead = self._ahead()
        if ahead:
            lines += ["", "Ahead of the best of gawky's ways: " + "; ".join(ahead) + "."]
        return "\n".join(lines) + "\n"

    def _ahead(self):
        """Which peers do better than gawky does in any way."""
        found = []
        for task, _, figures in self.rows:
            if not task.ratio:
                continue
            medians = {key: statistics.median(numbers) for key, numbers in figures.items() if numbers}
            ours = [median for key, median in medians.items() if key.startswith("gawky")]
            for key, median in medians.items():
                if ours and not key.startswith("gawky") and median < min(ours):
                    found.append(f"{task.title}: {self.names[key]} ({median / min(ours):.2f})")
        return found
