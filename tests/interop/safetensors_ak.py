"""Arrays in safetensors files: lets awkward 2 write them for gawky, and read what gawky wrote.

    python safetensors_ak.py write OUTDIR
    python safetensors_ak.py read DIR GOLDEN.jsonl

`write` makes a folder for each array, with `array.safetensors` and `expected.json`, and `byteorder.txt` where that is
big-endian. `read` compares what `interop write-safetensors GOLDEN.jsonl DIR` made with the golden values and types.
"""

import json
import pathlib
import sys

import awkward as ak
import numpy as np
import safetensors.numpy

import case_folder
import write_ak

from case_folder import make_random


def lacking(array):
    """What stands in the file for dtypes that the format lacks, as gawky has it; None for those that it has."""
    if array.dtype.kind in "mM":
        return array.view(np.int64)
    return array.view(np.uint8) if array.dtype.itemsize > 8 else None


def save(layout, path, byteorder):
    """As `ak.to_safetensors`, which refuses the dtypes that the format lacks; tells whether it did."""
    try:
        ak.to_safetensors(layout, path, byteorder=byteorder)
        return False
    except Exception as error:
        if "Unknown dtype" not in str(error):
            raise
    form, length, buffers = ak.to_buffers(ak.to_packed(layout), byteorder=byteorder)
    for key, array in buffers.items():
        stored = lacking(np.ascontiguousarray(array))
        buffers[key] = np.ascontiguousarray(array) if stored is None else stored
    metadata = {"form": form.to_json(), "length": str(length)}
    pathlib.Path(path).write_bytes(safetensors.numpy.save(buffers, metadata))
    return True


def write(outdir):
    outdir = pathlib.Path(outdir)
    outdir.mkdir(parents=True)
    written = stored = left = 0
    for name, layout, options in write_ak.arrays():
        try:
            record = make_random.describe(name, layout, dict(options))
        except Exception:  # the reference cannot always write what it put together
            record = {"valid": False}
        if record.get("valid") is False:
            left += 1
            continue
        for byteorder in "<>":
            folder = outdir / "{}{}".format(written, "" if byteorder == "<" else "-big-endian")
            folder.mkdir()
            stored += save(layout, folder / "array.safetensors", byteorder)
            expected = {k: record[k] for k in ("name", "list", "type") if k in record}
            (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
            if byteorder == ">":
                (folder / "byteorder.txt").write_text(byteorder, encoding="utf-8")
            written += 1
    print("{} written, of which {} with dtypes that the format lacks, {} arrays left out".format(written, stored, left))
    return 0


def check(record, path):
    """What is wrong with a file; None where nothing is."""
    try:
        array = ak.from_safetensors(path, allow_noncanonical_form=True)
        value = case_folder.spell([array])
    except Exception as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0][:300])
    if "list" in record and json.dumps(value) != json.dumps(record["list"]):
        return "{} instead of {}".format(json.dumps(value)[:300], json.dumps(record["list"])[:300])
    if "type" in record and str(array.type) != record["type"]:
        return "type {} instead of {}".format(array.type, record["type"])
    return None


def read(folder, golden):
    passed = failed = lacked = left = 0
    for number, line in enumerate(pathlib.Path(golden).open(encoding="utf-8"), 1):
        record = json.loads(line)
        if record.get("valid") is False:
            left += 1
            continue
        lacked += any(x in json.dumps(record["form"]) for x in ("datetime64", "timedelta64", "complex128"))
        wrong = check(record, pathlib.Path(folder) / "{}.safetensors".format(number))
        if wrong is None:
            passed += 1
        else:
            failed += 1
            print("line {} ({}): {}".format(number, record["name"], wrong))
    if left:
        print("{} left out: the reference calls them invalid".format(left))
    print("{} of them have dtypes that the format lacks".format(lacked))
    print("{} passed, {} failed".format(passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    commands = {"write": write, "read": read}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
