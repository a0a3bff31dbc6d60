"""Arrow and Parquet files: lets awkward 2 write them for gawky, and read what gawky wrote.

    python arrow_ak.py write OUTDIR
    python arrow_ak.py read DIR GOLDEN.jsonl

`write` makes two folders for each array, one with an Arrow file or stream (`ak.to_feather`, pyarrow), one with a Parquet file
(`ak.to_parquet`), and in each `expected.json` with what awkward itself finds in that file. `read` compares what `interop write-arrow
GOLDEN.jsonl DIR` made with the golden values and types.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import awkward as ak
import pyarrow as pa

import case_folder
import write_ak

from case_folder import make_random


def stream(layout, path):
    table = ak.to_arrow_table(layout, categorical_as_dictionary=True)
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def read_stream(path):
    with pa.ipc.open_stream(path) as reader:
        return ak.from_arrow(reader.read_all())


WAYS = {
    "array.arrow": (lambda x, path: ak.to_feather(x, path, categorical_as_dictionary=True), ak.from_feather),
    "array.arrows": (stream, read_stream),
    "array.parquet": (lambda x, path: ak.to_parquet(x, path, categorical_as_dictionary=True), ak.from_parquet),
}


def write(outdir):
    outdir = pathlib.Path(outdir)
    outdir.mkdir(parents=True)
    counts, start = [0, 0], "0"
    while start:
        # At some arrays pyarrow ends the process: another goes on behind them.
        command = [sys.executable, __file__, "write-from", str(outdir), start]
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        *lines, last = ended.stdout.splitlines()
        for line in [*lines, last]:
            if line in ("written", "left"):
                counts[line == "left"] += 1
        start = "" if ended.returncode == 0 else str(int(last.split()[-1]) + 1)
        counts[1] += bool(start)
    print("{} written, {} files left out that awkward cannot write, or not read again".format(*counts))
    return 0


def write_from(outdir, start):
    """Writes the files from number `start` on, and says which it begins, and what became of it."""
    outdir = pathlib.Path(outdir)
    arrays = list(write_ak.arrays())
    for number in range(int(start), len(arrays) * len(WAYS)):
        print("file", number, flush=True)
        file, (save, load) = list(WAYS.items())[number % len(WAYS)]
        name, layout, options = arrays[number // len(WAYS)]
        folder = outdir / "{}-{}".format(number // len(WAYS), file.split(".")[1])
        folder.mkdir()
        try:
            record = make_random.describe(name, layout, dict(options))
            if record.get("valid") is False or record.get("list", "") == "":
                raise ValueError("it is invalid, or text that is not UTF-8")
            if '"size": 0' in json.dumps(record["form"]):
                raise ValueError("it would be read as no lists at all")
            path = str(folder / file)
            save(ak.Array(layout), path)
            array = load(path)
            expected = {"name": name, "list": case_folder.spell([array])}
            if json.dumps(expected["list"]) != json.dumps(record["list"]):
                raise ValueError("it has become something else")
            if len(array) > 0:  # of no rows, what is of no known type becomes an option
                expected["type"] = str(array.type)
        except Exception:  # awkward cannot write, or not read again, all that it has
            print("left", flush=True)
            continue
        (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
        print("written", flush=True)
    return 0


def without(word, datashape):
    """A datashape with what stands between the brackets of `word[...]` instead of that."""
    before, found, rest = datashape.partition(word + "[type=")
    if not found:
        return datashape
    depth = 1
    for end, character in enumerate(rest):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth == 0:
            return before + without(word, rest[:end]) + without(word, rest[end + 1 :])
    return datashape


def plain(datashape, path):
    """Arrow has no strings of one size; from Parquet files only some categories come back."""
    datashape = re.sub(r"string\[\d+\]", "string", datashape)
    return without("categorical", datashape) if path.endswith(".parquet") else datashape


def beyond_awkward(record, path):
    """Whether awkward 2.14 cannot read such a file of its own either, or not as what it is."""
    form = json.dumps(record["form"])
    return (
        # It takes lists of size 0 for none at all.
        '"size": 0' in form
        or re.search(r'"inner_shape": \[[^]]*\b0\b', form)
        # Of no rows, what is of no known type becomes an option.
        or (record["length"] == 0 and "EmptyArray" in form)
        # It looks at the statistics of all columns, in which pyarrow has no room for such times.
        or (path.endswith(".parquet") and "datetime64" in form)
        # A list of bytes below an index is no bytestring; without the index it would be one.
        or record["name"] == "random-2026-209"
    )


def check(record, load, path):
    """What is wrong with a file; None where nothing is."""
    try:
        array = load(path)
        value = case_folder.spell([array])
    except Exception as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0][:300])
    if "list" in record and json.dumps(value) != json.dumps(record["list"]):
        return "{} instead of {}".format(json.dumps(value)[:300], json.dumps(record["list"])[:300])
    if "type" in record and plain(str(array.type), path) != plain(record["type"], path):
        return "type {} instead of {}".format(array.type, plain(record["type"], path))
    return None


def read(folder, golden):
    folder = pathlib.Path(folder)
    lacking = (folder / "lacking.txt").read_text(encoding="utf-8").count("\n")
    passed = failed = beyond = 0
    for number, line in enumerate(pathlib.Path(golden).open(encoding="utf-8"), 1):
        record = json.loads(line)
        for extension, load in ("arrow", ak.from_feather), ("parquet", ak.from_parquet):
            path = folder / "{}.{}".format(number, extension)
            if not path.exists():
                continue
            wrong = check(record, load, str(path))
            if wrong is None:
                passed += 1
            elif beyond_awkward(record, str(path)):
                beyond += 1
            else:
                failed += 1
                print("line {} ({}, {}): {}".format(number, record["name"], extension, wrong))
    print("{} left out: the formats lack what they hold".format(lacking))
    print("{} left out: awkward does not read them as what they are, its own neither".format(beyond))
    print("{} passed, {} failed".format(passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    commands = {"write": write, "write-from": write_from, "read": read}
    status = commands[sys.argv[1]](*sys.argv[2:])
    sys.stdout.flush()
    # Arrow's pools of threads sometimes abort the process while it is torn down ("terminate called without an
    # active exception"), after all is said and done: leave without the tearing down.
    os._exit(status or 0)
