"""The benchmark `columns`, and the same two columns by Arrow IPC and Parquet through pyarrow, in turns.

    python3 -m venv .venv-peers && .venv-peers/bin/python -m pip install pyarrow numpy
    .venv-peers/bin/python crates/gawky/benches/peers.py [ROUNDS]

The rows are those that the benchmark makes, `GAWKY_BENCH_TILES` times 200 events in each of `GAWKY_BENCH_PARTITIONS` partitions
(200 and 1 unless set), uncompressed in both; a partition is a record batch, or a row group. They are kept in the folder
`GAWKY_BENCH_FOLDER`, or in a temporary one. Each round lets every way run on its own for a while, so that all of them meet the
same other work on the machine; medians of all rounds, and of the ratios within a round.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

COLUMNS = ["Jet_pt", "Jet_eta"]
root = pathlib.Path(__file__).resolve().parents[3]
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(os.environ.get("GAWKY_BENCH_FOLDER", temporary.name))


def gawky(**environment):
    command = ["cargo", "bench", "-q", "-p", "gawky", "--bench", "columns"]
    environment = {**os.environ, "GAWKY_BENCH_FOLDER": str(folder), **environment}
    done = subprocess.run(command, check=True, cwd=root, env=environment, capture_output=True, text=True)
    return done.stdout


def column(node, length, blobs):
    key = node.get("form_key")
    if node["class"] == "NumpyArray":
        dtype = np.dtype(node["primitive"])
        return pa.array(np.fromfile(blobs + key + "-data", dtype, length))
    if node["class"] == "ListOffsetArray":
        dtype = np.dtype({"i32": "i4", "i64": "i8"}[node["offsets"]])
        offsets = np.fromfile(blobs + key + "-offsets", dtype, length + 1)
        content = column(node["content"], int(offsets[-1]), blobs)
        return pa.LargeListArray.from_arrays(pa.array(offsets.astype("i8")), content)
    sys.exit("a column of class {} is not expected here".format(node["class"]))


def batches():
    place = folder / "blobs"
    manifest = json.loads((place / "dataset.json").read_text())
    form = manifest["form"]
    for id, length in enumerate(manifest["lengths"]):
        blobs = "{}/part{}-".format(place, id)
        contents = [column(content, length, blobs) for content in form["contents"]]
        yield pa.record_batch(contents, names=form["fields"])


gawky(GAWKY_BENCH_ONLY="make")
arrow, parquet = folder / "events.arrow", folder / "events.parquet"
if not parquet.exists():
    ipc_file = parquet_file = None
    for batch in batches():
        if ipc_file is None:
            ipc_file = ipc.new_file(arrow, batch.schema)
            parquet_file = pq.ParquetWriter(parquet, batch.schema, compression="none", use_dictionary=False)
        ipc_file.write_batch(batch)
        parquet_file.write_batch(batch, row_group_size=batch.num_rows)
    ipc_file.close()
    parquet_file.close()

schema = ipc.open_file(arrow).schema
included = ipc.IpcReadOptions(included_fields=[schema.get_field_index(name) for name in COLUMNS])


def mapped_ipc():
    with pa.memory_map(str(arrow)) as file:
        return ipc.open_file(file, options=included).read_all()


def read_ipc():
    with pa.OSFile(str(arrow)) as file:
        return ipc.open_file(file, options=included).read_all()


def read_parquet():
    return pq.read_table(parquet, columns=COLUMNS)


peers = {
    "Arrow IPC, mapped": mapped_ipc,
    "Arrow IPC, read": read_ipc,
    "Parquet": read_parquet,
}


def milliseconds(work, repeats=31):
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


found = {}
for _ in range(rounds):
    told = gawky()
    for line in told.splitlines():
        match = re.match(r"\| (.+) \| ([0-9.]+) \| [0-9.]+ \| [0-9.]+ \|$", line)
        if match:
            found.setdefault(match[1], []).append(float(match[2]))
    for name, work in peers.items():
        found.setdefault(name, []).append(milliseconds(work))

base = found["Arrow IPC, mapped"]
print("pyarrow {}, {} rounds".format(pa.__version__, rounds))
print("| | median, ms | × Arrow IPC, mapped |\n|---|---:|---:|")
for name, times in found.items():
    ratio = statistics.median(ours / theirs for ours, theirs in zip(times, base))
    print("| {} | {:.3f} | {:.2f} |".format(name, statistics.median(times), ratio))
print("\n" + told[told.index("| | bytes"):])
