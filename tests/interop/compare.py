"""Compares what gawky read from folders that awkward wrote with what awkward put there.

    interop read ROOT > values.jsonl
    python compare.py ROOT values.jsonl
"""

import json
import pathlib
import sys


def canonical(value):
    # As text, because to Python 1, 1.0 and True are equal, and a NaN is unequal to itself.
    return json.dumps(value, sort_keys=True)


def wrong(expected, found):
    if found is None:
        return "not read"
    if "error" in found:
        return "error: {}".format(found["error"])
    for what in ("list", "type"):
        if what in expected:
            if what not in found:
                return "no {}".format(what)
            if canonical(found[what]) != canonical(expected[what]):
                return "{} {} instead of {}".format(what, canonical(found[what])[:300], canonical(expected[what])[:300])
    return None


def main(root, values):
    found = {}
    # Not `splitlines`, which breaks lines at other characters than line feeds, too.
    for line in pathlib.Path(values).read_text(encoding="utf-8").rstrip("\n").split("\n"):
        record = json.loads(line)
        found[record["case"]] = record
    passed = failed = 0
    for path in sorted(pathlib.Path(root).glob("*/expected.json")):
        case = path.parent.name
        problem = wrong(json.loads(path.read_text(encoding="utf-8")), found.get(case))
        if problem is None:
            passed += 1
        else:
            failed += 1
            print("{}: {}".format(case, problem))
    print("{} passed, {} failed".format(passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
