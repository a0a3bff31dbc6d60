"""Blobs in archives of NumPy's: lets awkward and NumPy write them for gawky, and read what gawky wrote.

    python npz_ak.py write OUTDIR
    python npz_ak.py read DIR GOLDEN.jsonl

Runs with awkward 2 and with awkward 1. `write` makes a folder for each array, with `blobs.npz` in place of `blobs/`.
`read` compares what `interop write-npz GOLDEN.jsonl DIR` made with the golden values and types, and the arrays in the
archives with the dtypes that their forms have.
"""

import io
import json
import pathlib
import sys
import warnings
import zipfile

import numpy as np

import case_folder
import read_ak
import write_ak

from case_folder import V2, make_random


def as_it_is(array):
    return array


def big_endian(array):
    return array.astype(array.dtype.newbyteorder(">"))


class Pipe(io.RawIOBase):
    """A file in which nobody can go back, so that sizes and checksums are written behind the data."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def through_a_pipe(path, **arrays):
    with Pipe(path) as pipe:
        np.savez_compressed(pipe, **arrays)


def by_hand(path, **arrays):
    """With the headers that NumPy takes for long descriptions only, and a comment."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"PK\x05\x06, by hand"
        for number, (key, array) in enumerate(arrays.items()):
            with archive.open(key + ".npy", "w") as member, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                np.lib.format.write_array(member, array, version=[(2, 0), (3, 0)][number % 2])


# How the same values may lie in an archive.
SAVED = [
    (np.savez, as_it_is),
    (np.savez_compressed, as_it_is),
    (np.savez, big_endian),
    (np.savez_compressed, np.asfortranarray),
    (np.savez, lambda array: np.asfortranarray(big_endian(array))),
    (through_a_pipe, as_it_is),
    (by_hand, as_it_is),
]


def save(folder, layout, options, record, byteorder, save, lay):
    folder.mkdir()
    blobs = {}
    case_folder.write(folder, layout, options, record, byteorder, blobs)
    save(folder / "blobs.npz", **{key: lay(np.asarray(array)) for key, array in blobs.items()})


def write(outdir):
    outdir = pathlib.Path(outdir)
    outdir.mkdir(parents=True)
    written = left = 0
    for name, layout, options in write_ak.arrays():
        try:
            record = make_random.describe(name, layout, dict(options))
        except Exception:  # the reference cannot always write what it put together
            left += 1
            continue
        # NumPy takes `file` for its own argument.
        if record.get("valid") is False or "file" in record["buffers"]:
            left += 1
            continue
        folder = outdir / str(written)
        save(folder, layout, options, record, "<", *SAVED[written % len(SAVED)])
        written += 1
        if V2:
            # Swapped by awkward, which NumPy is not told.
            folder = outdir / "{}-swapped".format(written)
            save(folder, layout, options, record, ">", np.savez, as_it_is)
    print("{} written, {} arrays left out".format(written, left))
    return 0


def of_other_dtypes(form, key_format, partitions, archive):
    """The first array that is not what the form says."""
    import awkward as ak

    for partition in partitions:

        def key(form_key, attribute, form):
            return key_format.format(partition=partition, form_key=form_key, attribute=attribute)

        for name, dtype in ak.forms.from_json(form).expected_from_buffers(buffer_key=key).items():
            if name in archive.files and archive[name].dtype != dtype:
                return "{} is {} instead of {}".format(name, archive[name].dtype, dtype)
    return None


def check(record, folder):
    """What is wrong with a folder; None where nothing is."""
    try:
        with np.load(folder / "blobs.npz") as archive:
            arrays = case_folder.read(folder, archive)
            value = case_folder.spell(arrays)
            text = lambda name: (folder / name).read_text(encoding="utf-8")
            other = None
            if V2:
                start = int(text("partition_start.txt")) if (folder / "partition_start.txt").exists() else 0
                partitions = range(start, start + len(arrays))
                other = of_other_dtypes(text("form.json"), text("key_format.txt"), partitions, archive)
    except Exception as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0][:300])
    if "list" in record and json.dumps(value) != json.dumps(record["list"]):
        return "{} instead of {}".format(json.dumps(value)[:300], json.dumps(record["list"])[:300])
    return other


def read(folder, golden):
    passed = failed = left = 0
    for number, line in enumerate(pathlib.Path(golden).open(encoding="utf-8"), 1):
        record = json.loads(line)
        if record.get("valid") is False or not (V2 or read_ak.beyond_awkward1(record) is None):
            left += 1
            continue
        wrong = check(record, pathlib.Path(folder) / str(number))
        if wrong is None:
            passed += 1
        else:
            failed += 1
            print("line {} ({}): {}".format(number, record["name"], wrong))
    print("{} left out, as by read_ak.py".format(left))
    print("{} passed, {} failed".format(passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    commands = {"write": write, "read": read}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
