"""Reads with `docs/reader.py`, which was made from `docs/formats.md` alone, what gawky wrote.

    python page_reader.py WORK GOLDEN     # what `interop write…` made of the golden files in the folder GOLDEN

Every case of the golden files in every container, against the values that awkward gave; and datasets with a history, every
version of them. Awkward itself is not needed.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "tests" / "golden")]
import make_golden  # noqa: E402
import reader  # noqa: E402

FILES = ("awkward2", "random2", "awkward1", "random1")


def put_together(partitions):
    """The values of partitions as one, in the golden encoding."""
    partitions = [bytes_or_text(x) for x in partitions]
    whole = partitions[0]
    for part in partitions[1:]:
        whole = whole + part
    return make_golden.encode(whole)


def bytes_or_text(values):
    # Awkward takes an array that is itself of characters for one text, which is a habit of it and nothing of the format.
    return values.decode() if isinstance(values, bytes) and bytes_or_text.char else values


def described(folder, get):
    """The partitions of a folder that `tests/interop/README.md` describes."""
    text = lambda name, default=None: (folder / name).read_text() if (folder / name).exists() else default
    template, start = text("key_format.txt"), int(text("partition_start.txt", "0"))
    form = json.loads(text("form.json"))

    def partition(number, length):
        blob = lambda form_key, attribute: get(template.format(partition=number, form_key=form_key, attribute=attribute))
        return reader.Reading(blob, text("byteorder.txt", "<")).values(form, length)

    return [partition(number, length) for number, length in enumerate(json.loads(text("lengths.json")), start)]


def ways(work, file, number):
    """Each way in which a case was written: its name, and what reads it."""
    line = str(number)
    for packing in "blobs", "safetensors", "odd":
        folder = work / "datasets" / file / line / packing
        yield "dataset, " + packing, folder, lambda folder=folder: reader.Dataset(reader.Folder(folder)).rows(True)
    path = work / "safetensors" / "written-by-gawky" / file / (line + ".safetensors")
    yield "safetensors", path, lambda: [reader.array(path)]
    for dialect in "12":
        folder = work / "written-by-gawky" / "{}-dialect{}".format(file, dialect) / line
        yield "blobs, dialect " + dialect, folder, lambda folder=folder: described(folder, reader.Folder(folder / "blobs"))
        zipped = work / "npz" / "written-by-gawky" / "{}-dialect{}".format(file, dialect) / line
        yield "npz, dialect " + dialect, zipped, lambda zipped=zipped: described(zipped, reader.Npz(zipped / "blobs.npz"))


def golden_cases(work, golden):
    for file in FILES:
        for number, text in enumerate((golden / (file + ".jsonl")).open(encoding="utf-8"), 1):
            record = json.loads(text)
            # Where there is no value to compare with, or the reference calls the case invalid, it is enough to read.
            if record.get("valid") is False or "list" not in record:
                continue
            bytes_or_text.char = isinstance(record["list"], str)
            for way, path, read in ways(work, file, number):
                name = "{}.jsonl, line {} ({}), {}".format(file, number, record["name"], way)
                yield name, path, lambda: put_together(read()), record["list"]


def histories(work):
    for folder in sorted((work / "histories").iterdir()):
        expected = json.loads((folder / "expected.json").read_text())
        get = reader.Folder(folder / "dataset")
        for version, value in expected.items():
            yield (
                "{}, version {}".format(folder.name, version),
                folder,
                lambda: sum(reader.Dataset(get, int(version)).rows(True), []),
                value,
            )
        newest = max(map(int, expected))
        yield "{}, newest".format(folder.name), folder, lambda: sum(reader.Dataset(get).rows(), []), expected[str(newest)]


def main(work, golden):
    work, golden = pathlib.Path(work), pathlib.Path(golden)
    passed, problems = 0, []
    for cases in golden_cases(work, golden), histories(work):
        before = passed
        for name, path, read, expected in cases:
            try:
                found = read()
            except Exception as error:
                problems.append("{}: {}: {}".format(name, type(error).__name__, str(error)[:300]))
                continue
            if json.dumps(found) == json.dumps(expected):
                passed += 1
            else:
                problems.append("{}: {} instead of {}".format(name, json.dumps(found)[:300], json.dumps(expected)[:300]))
        if passed == before:
            problems.append("nothing was there to read")
    for problem in problems:
        print(problem)
    print("{} passed, {} failed".format(passed, len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
