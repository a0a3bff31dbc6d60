"""The benchmark `nanoaod`, and the same work in awkward 2, in turns: prints medians and their ratios.

    .venv-awkward2/bin/python crates/gawky/benches/compare.py [ROUNDS]

Both read `nanoaod.safetensors` in the folder that GAWKY_REAL_DATA names, or `../shared/real` beside the repository.
A machine that does other things slows both down; that is why they take turns, and why the ratio is what counts.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import awkward as ak
from safetensors import safe_open

root = pathlib.Path(__file__).resolve().parents[3]
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
real = pathlib.Path(os.environ.get("GAWKY_REAL_DATA", root.parent / "shared" / "real")) / "nanoaod.safetensors"
if not real.exists():
    sys.exit("real data absent: {} is what is compared".format(real))

with safe_open(real, "numpy") as file:
    metadata = file.metadata()
    blobs = {key: file.get_tensor(key) for key in file.keys()}
text, length = metadata["form"], int(metadata["length"])
form = ak.forms.from_json(text)
array = ak.from_buffers(form, length, blobs)

# Each of the benchmark's names, and what awkward does for it; None where it has no such thing.
work = {
    "form from JSON": lambda: ak.forms.from_json(text),
    "from_buffers, proved": lambda: ak.from_buffers(form, length, blobs),
    "from_buffers, trusting": lambda: ak.from_buffers(form, length, blobs),
    "to_buffers": lambda: ak.to_buffers(array),
    "pack": lambda: ak.to_packed(array),
}


def seconds(function, repeats=9):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def gawky(name):
    command = ["cargo", "bench", "-q", "-p", "gawky", "--bench", "nanoaod", "--", "^nanoaod/{}$".format(name)]
    command += ["--warm-up-time", "0.5", "--measurement-time", "1.5", "--noplot"]
    subprocess.run(command, check=True, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = name.replace('"', "_")
    estimates = json.loads((target / "criterion" / "nanoaod" / folder / "new" / "estimates.json").read_text())
    return estimates["median"]["point_estimate"] * 1e-9


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
found = {name: ([], []) for name in work}
for _ in range(rounds):
    for name, function in work.items():
        found[name][0].append(gawky(name))
        found[name][1].append(seconds(function))

print("awkward {}, {} rounds, medians (least)".format(ak.__version__, rounds))
print("{:<26}{:>22}{:>24}{:>10}".format("", "gawky, µs", "awkward, µs", "ratio"))
for name, (ours, theirs) in found.items():
    cell = lambda times: "{:,.0f} ({:,.0f})".format(statistics.median(times) * 1e6, min(times) * 1e6)
    ratio = statistics.median(y / x for x, y in zip(ours, theirs))
    print("{:<26}{:>22}{:>24}{:>9.0f}x".format(name, cell(ours), cell(theirs), ratio))
