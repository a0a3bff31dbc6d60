"""Does with awkward 2 what the README says, and what the quickstart prints.

    python readme.py FOLDER QUICKSTART REAL_EVENTS

QUICKSTART and REAL_EVENTS are the examples, built; FOLDER is an empty folder to work in.
"""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys

README = (pathlib.Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
READS, WRITES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def python(code):
    """What the code prints, without the quotes that gawky does not print around names."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    return out.getvalue().strip().replace("'", "")


def marked(text, word):
    return [line[len(word) :].strip() for line in text.splitlines() if line.startswith(word)]


def main(folder, quickstart, real_events):
    quickstart, real_events = map(os.path.abspath, (quickstart, real_events))
    os.chdir(folder)
    passed, problems = 0, []

    def same(what, found, expected):
        nonlocal passed
        if found == expected:
            passed += 1
        else:
            problems.append("{}: {!r} instead of {!r}".format(what, found, expected))

    printed = run(quickstart)
    snippet = printed[printed.index("import awkward") :]
    events = "[{}]".format(", ".join(marked(printed, "event ")))
    same("awkward, with what the quickstart prints", python(snippet), events)
    path = re.search(r"^folder +(.*)$", printed, re.MULTILINE).group(1)
    same("the README's way to read", READS.replace('"events"', '"{}"'.format(path)), snippet)

    picture = README[README.index("```text") :].split("```")[1]
    same("the README's picture", re.sub(r"\s+", " ", "".join(picture.split("form,")[0].split("events")[1:])).strip(), events)
    blobs = re.findall(r"^ +(\S+-\S+ .*\])$", printed, re.MULTILINE)
    same("the README's picture", re.findall(r"--> (.*)$", picture, re.MULTILINE), blobs)

    python(WRITES)
    found = run(real_events, "events")
    same("gawky, what the README writes", "[{}]".format(", ".join(marked(found, "event "))), python(READS))
    same("gawky, its length", marked(found, "length "), ["2"])

    for problem in problems:
        print(problem)
    print("{} passed, {} failed".format(passed, len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
