"""One array in a folder, as `README.md` says: what both directions of the test share."""

import collections.abc
import json
import pathlib
import re
import sys

import awkward as ak
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
import make_random  # noqa: E402

V2 = make_random.V2

PLAIN_KEY = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@.-]*(/[A-Za-z0-9_@][A-Za-z0-9_@.-]*)*")


class Blobs(collections.abc.MutableMapping):
    """Plain files, named by their keys."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def __setitem__(self, key, value):
        if not PLAIN_KEY.fullmatch(key):
            raise ValueError("{!r} is not everywhere the name of a file".format(key))
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(np.ascontiguousarray(value).tobytes())

    def __getitem__(self, key):
        try:
            blob = (self.folder / key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None
        # Awkward 1 takes no bytes at all for one byte.
        return blob if V2 else np.frombuffer(blob, np.uint8)

    def __delitem__(self, key):
        (self.folder / key).unlink()

    def __iter__(self):
        return (str(x.relative_to(self.folder)) for x in self.folder.rglob("*") if x.is_file())

    def __len__(self):
        return sum(1 for _ in self)


def write(folder, layout, options, record, byteorder="<", blobs=None):
    """Lets the reference write `layout`, its blobs as files or into `blobs`; and says in `expected.json` what to find."""
    if blobs is None:
        blobs = Blobs(folder / "blobs")
        blobs.folder.mkdir(parents=True)
    options = dict(options)
    if V2:
        form, length, _ = ak.to_buffers(layout, container=blobs, byteorder=byteorder, **options)
        form = form.to_json()
        key_format = options.get("buffer_key", "{form_key}-{attribute}")
    else:
        verbose = options.pop("verbose", False)
        form, length, _ = ak.to_buffers(layout, container=blobs, **options)
        form = form.tojson(False, verbose)
        key_format = options.get("key_format", "part{partition}-{form_key}-{attribute}")
    texts = {
        "form.json": form,
        "lengths.json": json.dumps(length if isinstance(length, list) else [int(length)]),
        "key_format.txt": key_format,
        "expected.json": json.dumps({k: record[k] for k in ("name", "list", "type") if k in record}),
    }
    if byteorder != "<":
        texts["byteorder.txt"] = byteorder
    if options.get("partition_start", 0) != 0:
        texts["partition_start.txt"] = str(options["partition_start"])
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def read(folder, blobs=None):
    """Lets the reference read a folder, its blobs from files or from `blobs`; gives one array for each partition."""
    text = lambda name: (folder / name).read_text(encoding="utf-8")
    optional = lambda name, default: text(name) if (folder / name).exists() else default
    form, lengths, key_format = text("form.json"), json.loads(text("lengths.json")), text("key_format.txt")
    byteorder = optional("byteorder.txt", "<")
    start = int(optional("partition_start.txt", "0"))
    blobs = Blobs(folder / "blobs") if blobs is None else blobs
    if V2:

        def array(partition, length):
            def key(form_key, attribute, form):
                return key_format.format(partition=partition, form_key=form_key, attribute=attribute)

            return ak.from_buffers(form, length, blobs, buffer_key=key, byteorder=byteorder, allow_noncanonical_form=True)

        return [array(partition, length) for partition, length in enumerate(lengths, start)]
    if byteorder != "<":
        raise ValueError("awkward 1 reads its machine's byte order only")
    if len(lengths) == 1:
        lengths = lengths[0]
    return [ak.from_buffers(form, lengths, blobs, partition_start=start, key_format=key_format)]


def spell(arrays):
    """The value of one array in partitions, in the golden encoding."""
    values = [make_random.encode(ak.to_list(x)) for x in arrays]
    return values[0] if len(values) == 1 else sum(values, [])
