"""Runs the contenders in turns on the same data, and prints a table for each data set.

    scripts/bench-peers [OPTIONS]

It builds what is in `contenders/`, makes a Python environment for each `requirements-*.txt`, and the data; what cannot be made is left out, and the
head says why. Rows of the table are tasks, columns are contenders; a cell has the median, and how many times the first column's that is. What it prints
is Markdown. README.md tells what is timed.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from bench import tasks
from bench.contenders import CONTENDERS, HERE, CannotBeMade, binary, cargo_build, command, package_of, python_of
from bench.network import Network
from bench.process import Cannot, Failed, Process
from bench.report import head, summary, table

SETS = ["nanoaod", "events", "events-plain", "flat", "wide", "deep"]
DATA, NETWORK = "gawky-peers-data", "gawky-peers-latency"
# Bytes of the data that a process reads before its memory is looked at.
LITTLE = 64 << 10
SUFFIXES = {"K": 2**10, "M": 2**20, "G": 2**30}


def bytes_of(text):
    return int(text[:-1]) * SUFFIXES[text[-1]] if text[-1] in SUFFIXES else int(text)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description="The same work by gawky and its peers, in turns.")
    keys = ", ".join(contender.key for contender in CONTENDERS)
    split = lambda text: text.split(",")
    parser.add_argument("--size", type=bytes_of, default=256 << 20, metavar="BYTES", help="of nanoaod, with K, M or G (256M)")
    parser.add_argument("--other-size", type=bytes_of, default=64 << 20, metavar="BYTES", help="of the other data sets (64M)")
    parser.add_argument("--json-size", type=bytes_of, default=32 << 20, metavar="BYTES", help="of the lines of JSON (32M)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender has its turn at most (5)")
    parser.add_argument("--minutes", type=float, default=15, help="for all, without building: of its share a data set has as many rounds as end in it, and one at least (15)")
    parser.add_argument("--copies", type=int, default=3, help="of what is stored; turns go round them (3)")
    parser.add_argument("--only", type=split, metavar="KEY,...", help=f"some contenders: {keys}")
    parser.add_argument("--task", type=split, metavar="KEY,...", help="some tasks: " + ", ".join(task.key for task in tasks.TASKS if task not in tasks.REMOTE_TOLD))
    parser.add_argument("--data", type=split, default=SETS, metavar="NAME,...", help="some data sets: " + ", ".join(SETS))
    parser.add_argument("--folder", type=pathlib.Path, help="where data is kept; a temporary one unless said")
    parser.add_argument("--patience", type=float, default=30, metavar="SECONDS", help="for one answer (30)")
    parser.add_argument("--slow", type=float, default=5, metavar="SECONDS", help="what takes longer, with all that it needs, is done once (5)")
    parser.add_argument("--latency", type=int, default=20, metavar="MILLISECONDS", help="of the object store (20)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keeps all figures, as JSON")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="keeps what is printed")
    parser.add_argument("--summary", action="store_true", help="of --recorded: all data sets in one table, with the best other contender of each")
    parser.add_argument("--recorded", type=pathlib.Path, metavar="FILE", help="measures nothing: prints what --json kept, of --only, --task and --data")
    parser.add_argument("--check", action="store_true", help="measures nothing: runs the tests of this command, and of what digests in Python")
    return parser.parse_args()


def check():
    """Whether all tests pass. They need pyarrow."""
    begin = [python_of("awkward2"), "-m", "unittest", "discover", "--start-directory"]
    done = [subprocess.run([*begin, folder, "--top-level-directory", top], cwd=HERE) for folder, top in (("bench", "."), ("python", "python"))]
    return all(process.returncode == 0 for process in done)


class Contest:
    """The contenders on one data set."""

    def __init__(self, options, commands, network, set_folder, little, stored):
        self.options, self.set_folder, self.little, self.stored = options, set_folder, little, stored
        self.about = json.loads((set_folder / "about.json").read_text())
        self.contenders = [contender for contender in CONTENDERS if contender.key in commands]
        self.commands = commands
        self.processes = {contender.key: self._process(contender.key) for contender in self.contenders}
        self.figures = collections.defaultdict(lambda: collections.defaultdict(list))
        self.why = collections.defaultdict(dict)
        self.once = collections.defaultdict(list)
        self.took = collections.Counter()
        self.digests = {}
        self.copies = collections.Counter()
        self.network = Network(network, stored / "network.log", options.latency)
        self.connected = set()
        self.writers = {}
        for contender in self.contenders:
            self.writers.setdefault(contender.files, contender.key)

    def _process(self, key):
        return Process(self.commands[key], self.stored / f"{key}.log", self.options.patience)

    def _place(self, contender, copy):
        return self.stored / contender.files / str(copy)

    def run(self, share):
        """Rounds, as many as end within so many seconds, and one at least."""
        chosen = tasks.chosen(self.options.task)
        began = time.monotonic()
        for turn in range(self.options.rounds):
            started = time.monotonic()
            if turn > 0 and started - began + last > share:
                break
            for task in tasks.TASKS:
                # There is nothing to read until it has been written once.
                needed = task is tasks.WRITE and turn == 0 and not set(chosen) <= {tasks.JSON_IN, tasks.JSON_OUT}
                if not (task in chosen or needed) or (task.rounds is not None and turn >= task.rounds):
                    continue
                first = turn % len(self.contenders)
                for contender in self.contenders[first:] + self.contenders[:first]:
                    asked = time.monotonic()
                    self._turn(task, contender, turn)
                    self.took[contender.key] += time.monotonic() - asked
            self.rounds = turn + 1
            last = time.monotonic() - started
            print(f"{self.set_folder.name}: round {turn + 1} of {self.options.rounds} took {last:.0f} s", file=sys.stderr)
        for process in (*self.processes.values(), self.network):
            process.stop()
        return chosen

    def _turn(self, task, contender, turn):
        key = contender.key
        figures = self.figures[task][key]
        if key in self.why[task] or key in self.once[task] or task in tasks.TOLD:
            return
        began = time.monotonic()
        repeat = 0
        while True:
            try:
                figure = self._figure(task, contender, turn, repeat)
            except Cannot as why:
                self.why[task][key] = str(why)
                return
            except Failed as why:
                self.why[task][key] = f"failed: {why}"
                return
            if figure is None:
                return
            figures.append(figure)
            repeat += 1
            took = time.monotonic() - began
            if turn == 0 and took > self.options.slow:
                self.once[task].append(key)
            if task.few or repeat == 5 or took > 0.25:
                return

    def _figure(self, task, contender, turn, repeat):
        if task is tasks.WRITE:
            return self._write(contender, turn)
        if task in (tasks.JSON_IN, tasks.JSON_OUT):
            return self._json(task, contender, turn)
        copies = self.copies[contender.files]
        if copies == 0:
            raise Cannot(self.why[tasks.WRITE].get(self.writers[contender.files], "nothing was written"))
        if task in tasks.REMOTE:
            return self._remote(tasks.REMOTE[task], contender, turn)
        place = self._place(contender, (turn + repeat) % copies)
        if repeat == 0:
            _warm(place)
        if task in (tasks.MEMORY, tasks.MEMORY_ALL):
            return self._memory(task, contender, place, turn)
        return self._read(task, contender, {"at": str(place)}, turn, repeat)

    def _read(self, task, contender, place, turn, repeat=0):
        process = self.processes[contender.key]
        if task is tasks.OPEN:
            answer = process.ask("open", **place)
            told, there = (answer["rows"], answer["fields"]), (self.about["rows"], self.about["fields"])
            if told != there:
                sys.exit(f"{contender.key} opened {told} rows and fields where there are {there}")
            return answer["seconds"]
        with_digest = turn == 0 and repeat == 0
        wanted = tasks.question(task, self.about, (turn, repeat))
        answer = process.ask("read", digest=with_digest, **place, **wanted)
        if with_digest:
            self._compare(task, contender, answer["digest"])
        return answer["seconds"]

    def _remote(self, remote, contender, turn):
        """Of the first copy, as an object store far away has it."""
        if not contender.s3:
            return None
        place = self.network.place(self._place(contender, 0), contender.files)
        if contender.key not in self.connected:
            # A client is made once.
            self._read(tasks.OPEN, contender, place, turn)
            self.connected.add(contender.key)
        self.network.traffic()
        seconds = self._read(remote.of, contender, place, turn)
        requests, sent = self.network.traffic()
        self.figures[remote.requests][contender.key].append(requests)
        self.figures[remote.bytes][contender.key].append(sent)
        return seconds

    def _write(self, contender, turn):
        if self.writers[contender.files] != contender.key:
            return None
        copy = turn % self.options.copies
        answer = self._store(contender, self.set_folder, self._place(contender, copy))
        self.copies[contender.files] = max(self.copies[contender.files], copy + 1)
        self.figures[tasks.SIZE][contender.key].append(answer["bytes"])
        return answer["seconds"]

    def _store(self, contender, set_folder, place):
        """Writes a data set in place of what is there."""
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        writer = self.processes[self.writers[contender.files]]
        return writer.ask("write", **{"from": str(set_folder / "neutral.arrow"), "to": str(place)})

    def _json(self, task, contender, turn):
        if not contender.json:
            return None
        process = self.processes[contender.key]
        if task is tasks.JSON_OUT:
            return process.ask("json_out", **{"from": str(self.set_folder / "lines.arrow")})["seconds"]
        lines = self.set_folder / "lines.jsonl"
        _warm(lines)
        answer = process.ask("json_in", file=str(lines), digest=turn == 0)
        if turn == 0:
            self._compare(task, contender, answer["digest"])
        return answer["seconds"]

    def _memory(self, task, contender, place, turn):
        """Of a process that has done nothing else but reading a little, for which it has loaded its libraries."""
        little = self._place(contender, "little")
        if not little.exists():
            self._store(contender, self.little, little)
        process = self._process(contender.key)
        try:
            process.ask("read", at=str(little))
            before = process.ask("memory")["peak"]
            process.ask("read", at=str(place), **tasks.question(task, self.about, turn))
            return process.ask("memory")["peak"] - before
        finally:
            process.stop()

    def _compare(self, task, contender, digest):
        """Proves that it read what the first contender has read."""
        first, expected = self.digests.setdefault(task, (contender.key, digest))
        if digest.keys() != expected.keys():
            differing = sorted(digest.keys() ^ expected.keys())
            sys.exit(f"{task.key}: {contender.key} and {first} have read other columns: only one has {differing[:5]}")
        for name, column in digest.items():
            other = expected[name]
            close = abs(column["sum"] - other["sum"]) <= 1e-9 * max(column["magnitude"], other["magnitude"])
            if (column["count"], column["lists"]) != (other["count"], other["lists"]) or not close:
                sys.exit(f"{task.key}: {contender.key} read {column} as {name}, {first} {other}")

    def recorded(self, chosen):
        """All that the table is made of."""
        figures, why, once = ({task.key: told[task] for task in chosen} for told in (self.figures, self.why, self.once))
        took = {key: round(seconds, 1) for key, seconds in self.took.items()}
        return {"about": self.about, "rounds": self.rounds, "figures": figures, "why": why, "once": once, "took": took}


def _warm(place):
    """Reads all files, so that they are in the page cache for everybody."""
    block = bytearray(1 << 20)
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    for path in files:
        with open(path, "rb", buffering=0) as file:
            while file.readinto(block):
                pass


def machine():
    model = "an unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as told:
            model = next((line.split(":")[1].strip() for line in told if line.startswith("model name")), model)
    release = platform.release().partition("-")[0]
    return f"{os.cpu_count()} × {model}, {platform.system()} {release}, load {os.getloadavg()[0]:.1f}"


def made(options):
    """The commands of the contenders that could be made, what they say of themselves, why others are not there, and the object store's binary."""
    commands, told, absent = {}, {}, {}
    chosen = [contender for contender in CONTENDERS if options.only is None or contender.key in options.only]
    errors = cargo_build(sorted({DATA, NETWORK} | {package_of(contender) for contender in chosen if package_of(contender)}))
    if DATA in errors:
        sys.exit(f"the data cannot be made: {errors[DATA]}")
    for contender in chosen:
        try:
            started = command(contender, errors)
            with tempfile.TemporaryDirectory() as folder:
                process = Process(started, pathlib.Path(folder) / "log", 60)
                told[contender.key] = process.ask("hello")
                process.stop()
        except (CannotBeMade, Cannot, Failed) as why:
            absent[contender.key] = str(why)
            continue
        commands[contender.key] = started
    return commands, told, absent, None if NETWORK in errors else binary(NETWORK)


class Printed:
    """What goes to the standard output, and to a file that wants it too."""

    def __init__(self, file):
        self.file = file.open("w") if file else None

    def add(self, text):
        print(text, flush=True)
        if self.file:
            print(text, file=self.file, flush=True)


def main():
    options = arguments()
    if options.check:
        sys.exit(not check())
    printed = Printed(options.markdown)
    if options.recorded:
        recorded = json.loads(options.recorded.read_text())
        if options.summary:
            printed.add(summary(recorded, tasks.chosen(options.task)))
            return
        printed.add(head(recorded, options.only))
        for name in options.data:
            if name in recorded["sets"]:
                printed.add(table(recorded, name, options.only, tasks.chosen(options.task)))
        return
    began = time.monotonic()
    commands, told, absent, network = made(options)
    print(f"made all in {time.monotonic() - began:.0f} s", file=sys.stderr)
    began = time.monotonic()
    recorded = {
        "run": f"{datetime.date.today()}; {machine()}; {options.copies} copies, everything in the page cache",
        "command": "scripts/bench-peers " + " ".join(sys.argv[1:]),
        "contenders": told,
        "absent": absent,
        "sets": {},
    }
    printed.add(head(recorded, None))
    with tempfile.TemporaryDirectory(prefix="gawky-peers-") as temporary:
        folder = options.folder or pathlib.Path(temporary)
        little = folder / f"data-{LITTLE}"
        subprocess.run([binary(DATA), str(little), str(LITTLE), str(LITTLE), "flat"], check=True)
        for number, name in enumerate(options.data):
            size = options.size if name == "nanoaod" else options.other_size
            sized = folder / f"data-{size}-{options.json_size}"
            subprocess.run([binary(DATA), str(sized), str(size), str(options.json_size), name], check=True)
            if not (sized / name / "about.json").exists():
                printed.add(f"{name} is left out: its data is not there\n")
                continue
            stored = folder / "stored"
            # A run that was interrupted has left it.
            shutil.rmtree(stored, ignore_errors=True)
            stored.mkdir(parents=True)
            contest = Contest(options, commands, network, sized / name, little / "flat", stored)
            left = options.minutes * 60 - (time.monotonic() - began)
            chosen = contest.run(left / (len(options.data) - number))
            recorded["sets"][name] = contest.recorded(chosen)
            printed.add(table(recorded, name, None, chosen))
            print(f"{name}: done after {time.monotonic() - began:.0f} s", file=sys.stderr)
            if options.json:
                options.json.write_text(json.dumps(recorded, indent=1))
            # Hundreds of thousands of files, for a wide set: nothing that is known is kept waiting for it.
            shutil.rmtree(stored)


if __name__ == "__main__":
    main()
