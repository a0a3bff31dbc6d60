"""Runs the work of gawky-counts under callgrind, and compares what it takes with the record; `scripts/counts` calls it.

    compare.py BINARY [--record] [NAME...]
"""

import argparse
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

RECORD = pathlib.Path(__file__).with_name("recorded.tsv")
# What moves by less is noise: hashes start from random numbers, which moves a few counts even by more, now and then.
NOTABLE = 0.02
AGAIN = 4


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def circumstances():
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{said('rustc', '--version').strip()}; {' '.join(platform.libc_ver())}; {processor}"


def count(binary, name):
    """The instructions inside `counted`, by callgrind's own total."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no", "--toggle-collect=*counted*", binary, name]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{name}: {run.stderr}")
        return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M)[1])


def settled(binary, name, before):
    """The count, and by how much it has moved; the median of several where that is notable, or there is nothing to compare with."""
    counts = [count(binary, name)]
    if before is None or abs(counts[0] / before - 1) > NOTABLE:
        counts += [count(binary, name) for _ in range(AGAIN)]
    median = sorted(counts)[len(counts) // 2]
    return median, None if before is None else median / before - 1


def recorded():
    if not RECORD.exists():
        return "nothing", {}
    head, *lines = RECORD.read_text().splitlines()
    return head.removeprefix("# "), {name: int(count) for name, count in (line.split("\t") for line in lines)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--record", action="store_true", help="write the counts down as the new record")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    known = said(arguments.binary).split()
    if arguments.record and arguments.names:
        parser.error("a record is of all")
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no work is called {', '.join(unknown)}; there are {', '.join(known)}")

    then, before = recorded()
    now = circumstances()
    if arguments.record:
        before = {}
    if then != now:
        print(f"the record was made with {then}\nand this is                {now}")
    counts, more = {}, False
    print(f"{'':34} {'instructions':>14} {'recorded':>14}")
    for name in arguments.names or known:
        counts[name], moved = settled(arguments.binary, name, before.get(name))
        notable = moved is not None and abs(moved) > NOTABLE
        more |= notable and moved > 0
        remark = "new" if moved is None else f"{moved:+.1%}" if notable else ""
        print(f"{name:34} {counts[name]:14,} {before.get(name, 0):14,} {remark}", flush=True)
    if arguments.record:
        RECORD.write_text("\n".join([f"# {now}", *(f"{name}\t{count}" for name, count in counts.items())]) + "\n")
    elif more:
        sys.exit(1)


main()
