"""JSON lines as arrays and back, by gawky, arrow-json and awkward, in turns: prints a table.

    cargo build --release --manifest-path benches/peers/Cargo.toml
    .venv-awkward2/bin/python benches/peers/compare.py [FOLDER [ROUNDS [BYTES]]]

In FOLDER (a new one in the system's place for such, unless it is said) lie the files that are read: events.jsonl, which are made up, BYTES of
them (256 MiB), and nanoaod.jsonl, 200 NanoAOD events ten times over, if GAWKY_REAL_DATA, or ../shared/real beside the repository, has
`nanoaod.safetensors`. All times are processor times; of those of all rounds the least counts.
"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import awkward as ak

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
peers = str(target / "release" / "gawky-peers")
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
size = sys.argv[3] if len(sys.argv) > 3 else str(256 << 20)
NUMBERS = dict(nan_string="nan", posinf_string="inf", neginf_string="-inf")


def schema(form):
    """The form as the JSON Schema that `ak.from_json` wants."""
    option = form.is_option
    content = form.content if option else form
    if content.parameter("__array__") == "string":
        made = {"type": "string"}
    elif content.is_record:
        made = {"type": "object", "properties": {f: schema(content.content(f)) for f in content.fields}}
    elif content.is_list:
        made = {"type": "array", "items": schema(content.content)}
    elif content.is_unknown:
        made = {"type": "number"}
    else:
        made = {"type": {"bool": "boolean", "int64": "integer"}.get(content.primitive, "number")}
    if option:
        made["type"] = [made["type"], "null"]
    return made


def measure(name, path):
    text = path.read_text()
    best = collections.defaultdict(lambda: float("inf"))
    sizes = {}

    def timed(what, length, work):
        before = time.process_time()
        result = work()
        best[what] = min(best[what], time.process_time() - before)
        sizes[what] = length
        return result

    for _ in range(rounds):
        for line in subprocess.run([peers, "json", str(path), "1"], check=True, capture_output=True, text=True).stdout.splitlines():
            what, length, seconds = line.split("\t")
            best[what] = min(best[what], float(seconds))
            sizes[what] = int(length)
        array = timed("read: awkward", len(text), lambda: ak.from_json(text, line_delimited=True, **NUMBERS))
        of = {"type": "array", "items": schema(array.layout.form)}["items"]
        timed("read: awkward, with a schema", len(text), lambda: ak.from_json(text, line_delimited=True, schema=of, **NUMBERS))
        timed("write: awkward", len(text), lambda: ak.to_json(array, line_delimited=True, **NUMBERS))
    print(f"\n{name}, {len(text) / 1e6:.0f} MB, {len(array)} rows\n")
    for what in sorted(best):
        print(f"| {what} | {best[what]:.3f} s | {sizes[what] / best[what] / 1e6:.0f} MB/s |")
    print(subprocess.run([peers, "batches", str(path)], check=True, capture_output=True, text=True).stdout)


real = pathlib.Path(os.environ.get("GAWKY_REAL_DATA", ROOT.parent / "shared" / "real")) / "nanoaod.safetensors"
if real.exists():
    path = folder / "nanoaod.jsonl"
    if not path.exists():
        path.write_text((ak.to_json(ak.from_safetensors(real), line_delimited=True, **NUMBERS).rstrip("\n") + "\n") * 10)
    measure("NanoAOD", path)
path = folder / "events.jsonl"
if not path.exists():
    subprocess.run([peers, "events", str(path), size], check=True)
measure("Nested events", path)
