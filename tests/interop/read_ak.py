"""Reads with awkward what gawky wrote, and compares value by value.

    python read_ak.py DIR GOLDEN.jsonl

DIR is what `interop write GOLDEN.jsonl DIR` made: in `DIR/<n>` lies the case of line n. Runs with awkward 2 and with
awkward 1, which takes the older dialect only.
"""

import base64
import json
import pathlib
import re
import sys

import case_folder

from case_folder import V2, make_random


def left_out(record):
    """Why this case says nothing about gawky; None where it does."""
    if record.get("valid") is False:
        return "the reference calls it invalid"
    if not all(map(case_folder.PLAIN_KEY.fullmatch, record["buffers"])):
        return "keys that are not file names"
    return None if V2 else beyond_awkward1(record)


def beyond_awkward1(record):
    """What awkward 1 itself cannot read or say, whoever wrote it."""
    text = json.dumps(record.get("list"))
    if re.search(r'64": \[("NaT"|-)', text):
        return "awkward 1 fails on NaT and on times before zero"
    if re.search(r'64": \[[^\]]*"generic"\]', text):
        return "awkward 1 takes dates without a unit for microseconds"
    blobs = {k: base64.b64decode(v) for k, v in record["buffers"].items()}
    for k, size in record.get("needed", {}).items():
        blobs[k] = blobs[k][:size]
    for _, key in make_random.parts(record):
        reader = make_random.Reader(record["form"], blobs, key)
        pending = [record["form"]]
        while pending:
            form = pending.pop()
            contents = form.get("contents", [])
            pending += contents.values() if isinstance(contents, dict) else contents
            pending += [form["content"]] if "content" in form else []
            if "offsets" in form:
                offsets = reader.index(form, "offsets")
                if len(offsets) == 1 and offsets[0] != 0:
                    return "awkward 1 wants content before the only offset of no lists"
    return None


def check(record, folder):
    """What is wrong with a folder; None where nothing is."""
    try:
        arrays = case_folder.read(folder)
        value = case_folder.spell(arrays)
    except Exception as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0][:300])
    if "list" in record and json.dumps(value) != json.dumps(record["list"]):
        return "{} instead of {}".format(json.dumps(value)[:300], json.dumps(record["list"])[:300])
    if V2 and "type" in record and str(arrays[0].type) != record["type"]:
        return "type {} instead of {}".format(arrays[0].type, record["type"])
    return None


def main(folder, golden):
    passed = failed = 0
    reasons = {}
    for number, line in enumerate(pathlib.Path(golden).open(encoding="utf-8"), 1):
        record = json.loads(line)
        reason = left_out(record)
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + 1
            continue
        wrong = check(record, pathlib.Path(folder) / str(number))
        if wrong is None:
            passed += 1
        else:
            failed += 1
            print("line {} ({}): {}".format(number, record["name"], wrong))
    for reason, count in reasons.items():
        print("{} left out: {}".format(count, reason))
    print("{} passed, {} failed".format(passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
