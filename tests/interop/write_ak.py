"""Writes many arrays with awkward, each into its own folder of plain files, with what to find there.

    python write_ak.py OUTDIR

Runs with awkward 2 and with awkward 1; writes the arrays of `make_golden.py`, random ones, and with awkward 2
all of them in big-endian, too. OUTDIR must not exist.
"""

import pathlib
import shutil
import sys

import case_folder

from case_folder import V2, make_random

SEED, RANDOM = 11, 400


def arrays():
    found = []
    emit = make_random.golden.emit
    make_random.golden.emit = lambda name, layout, **options: found.append((name, layout, options))
    try:
        (make_random.golden.v2 if V2 else make_random.golden.v1)()
    finally:
        make_random.golden.emit = emit
    yield from found
    for number in range(RANDOM):
        try:
            yield ("random-{}-{}".format(SEED, number), *make_random.draw(SEED, number))
        except Exception:  # the generator tries what the reference then refuses to put together
            continue


def main(outdir):
    outdir = pathlib.Path(outdir)
    outdir.mkdir(parents=True)
    written = left = 0
    for name, layout, options in arrays():
        try:
            record = make_random.describe(name, layout, dict(options))
        except Exception:  # nor can it always write what it put together
            left += 1
            continue
        if record.get("valid") is False or not all(map(case_folder.PLAIN_KEY.fullmatch, record["buffers"])):
            left += 1
            continue
        for byteorder in "<>" if V2 else "<":
            folder = outdir / (name if byteorder == "<" else name + "-big-endian")
            if folder.exists():
                shutil.rmtree(folder)
            case_folder.write(folder, layout, options, record, byteorder)
            written += 1
    print("{} written, {} arrays left out".format(written, left))


if __name__ == "__main__":
    main(sys.argv[1])
