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


SLOW = "asked once, as it is slow"
SHOWN = {"s": time, "B": size, "n": number}


def _three(number):
    """Three significant digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def head(recorded, only):
    """When and where it was, and who contends."""
    lines = [recorded["run"], "", f"`{recorded['command'].strip()}`", ""]
    for key, told in recorded["contenders"].items():
        if only is None or key in only:
            lines.append(f"- {told['name']}: {told['version']}, {told['threads']} thread{'s' * (told['threads'] > 1)}")
    lines += [f"- {key}: not there: {why}" for key, why in recorded["absent"].items()]
    return "\n".join(lines) + "\n"


def table(recorded, name, only, chosen):
    """Of one data set, some contenders (all for none) and some tasks."""
    told = recorded["sets"][name]
    names = {key: told["name"] for key, told in recorded["contenders"].items() if only is None or key in only}
    about, lines = told["about"], told["about"]["lines"]
    without = f" without {', '.join(lines['without'])}" if lines["without"] else ""
    title = (
        f"{name}: {about['rows']:,} rows, {about['fields']:,} columns, {about['bytes'] / 2**20:,.0f} MiB of buffers; "
        f"as JSON {lines['rows']:,} rows, {lines['bytes'] / 2**20:,.0f} MiB{without}; {told['rounds']} round{'s' * (told['rounds'] > 1)}"
    )
    made = Table(title, names, next(iter(recorded["contenders"])))
    for task in chosen:
        if task.key in told["figures"]:
            made.add(task, *(told[part][task.key] for part in ("figures", "why", "once")))
    return made.markdown()


OURS = "gawky-"


def summary(recorded, chosen):
    """Of all data sets and the tasks that take time: the best of gawky's ways, and the best of the others."""
    sets = recorded["sets"]
    lines = ["| best of gawky; how many times that the best other takes | " + " | ".join(sets) + " |", "|---" + "|---" * len(sets) + "|"]
    for task in chosen:
        if task.unit != "s":
            continue
        cells = []
        for told in sets.values():
            figures = told["figures"].get(task.key, {})
            medians = {key: statistics.median(seen) for key, seen in figures.items() if seen}
            ours = min((seen for key, seen in medians.items() if key.startswith(OURS)), default=None)
            others = {key: seen for key, seen in medians.items() if not key.startswith(OURS)}
            if ours is None or not others:
                cells.append(time(ours) if ours else "–")
                continue
            best = min(others, key=others.get)
            cells.append(f"{time(ours)}; {_three(others[best] / ours)} {recorded['contenders'][best]['name']}")
        lines.append("| " + " | ".join([task.title, *cells]) + " |")
    return "\n".join(lines) + "\n"


class Table:
    """Of one data set. Others are compared with `base`, whether it is shown or not."""

    def __init__(self, title, names, base):
        self.title, self.names, self.base = title, names, base
        self.rows, self.notes = [], []

    def _note(self, text):
        if text not in self.notes:
            self.notes.append(text)
        return f"[{self.notes.index(text) + 1}]"

    def add(self, task, figures, why, once):
        """`figures` of contenders by key; `why` there are none; who was asked `once`, as it was slow."""
        shown = SHOWN[task.unit]
        base = figures.get(self.base)
        base = statistics.median(base) if base else None
        cells = []
        for key in self.names:
            cell = "–"
            if figures.get(key):
                median = statistics.median(figures[key])
                cell = shown(median) + (f" ({_three(median / base)})" if base and task.ratio else "")
            notes = ([SLOW] if key in once else []) + ([why[key]] if key in why else [])
            cells.append(" ".join([cell, *map(self._note, notes)]))
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
                if ours and key in self.names and not key.startswith("gawky") and median < min(ours):
                    found.append(f"{task.title}: {self.names[key]} ({median / min(ours):.2f})")
        return found
