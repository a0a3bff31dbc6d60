"""Reads datasets that gawky wrote, by the very Python of `docs/datasets.md`.

    python dataset_ak.py DIR GOLDEN.jsonl

DIR is what `interop write-dataset GOLDEN.jsonl DIR` made. With awkward 2 both packings are read, with awkward 1 the blobs.
"""

import functools
import json
import pathlib
import re
import sys

import awkward as ak

import case_folder
import read_ak

PAGE = (pathlib.Path(__file__).parent.parent.parent / "docs" / "datasets.md").read_text(encoding="utf-8")
BLOBS_2, FILES_2, BLOBS_1 = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


if case_folder.V2:
    # Some of the cases are of forms that awkward 2 forbids unless it is asked, which is nothing for the page to say.
    for verb in ("from_buffers", "from_safetensors"):
        setattr(ak, verb, functools.partial(getattr(ak, verb), allow_noncanonical_form=True))


def opened(code, folder, whole):
    """The arrays that the page's code opens: its partitions, or what it calls `events`."""
    names = {}
    try:
        exec(code.replace('"events"', repr(str(folder))), names)
    except NotImplementedError as error:
        # Awkward 2 reads categories, but puts none together.
        if "merging categorical" not in str(error):
            raise
    # Putting partitions together makes numbers of booleans that stand beside some in a union.
    return [names["events"]] if whole or "partitions" not in names else names["partitions"]


def check(record, code, folder):
    """What is wrong with a dataset; None where nothing is."""
    try:
        # A text is no list of rows, of which one could be put behind another.
        value = case_folder.spell(opened(code, folder, not isinstance(record.get("list"), list)))
    except Exception as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0][:300])
    if "list" in record and json.dumps(value) != json.dumps(record["list"]):
        return "{} instead of {}".format(json.dumps(value)[:300], json.dumps(record["list"])[:300])
    return None


def main(folder, golden):
    packings = {"blobs": BLOBS_2, "safetensors": FILES_2} if case_folder.V2 else {"blobs": BLOBS_1}
    passed = failed = 0
    reasons = {}
    for number, line in enumerate(pathlib.Path(golden).open(encoding="utf-8"), 1):
        record = json.loads(line)
        # Keys are the dataset's own, so what the case calls its blobs does not matter.
        if record.get("valid") is False:
            reason = "the reference calls it invalid"
        else:
            reason = None if case_folder.V2 else read_ak.beyond_awkward1(record)
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + 1
            continue
        for packing, code in packings.items():
            wrong = check(record, code, pathlib.Path(folder) / str(number) / packing)
            if wrong is None:
                passed += 1
            else:
                failed += 1
                print("line {} ({}), {}: {}".format(number, record["name"], packing, wrong))
    for reason, count in reasons.items():
        print("{} left out: {}".format(count, reason))
    print("{} passed, {} failed".format(passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
