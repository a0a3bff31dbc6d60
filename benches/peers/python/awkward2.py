"""awkward 2 as a contender: `awkward2.py parquet|safetensors|buffers`. The last two read virtual arrays, which are awkward 2's lazy ones."""

import os
import sys

import awkward as ak
import contest
import numpy as np
from awkward.contents import ListArray, ListOffsetArray, NumpyArray, RecordArray, RegularArray, UnionArray
from contest import Column


def _content(layout):
    """A list node as offsets that begin with 0, and no more content than they reach."""
    layout = layout.to_ListOffsetArray64(True)
    offsets = np.asarray(layout.offsets.data)
    return offsets, layout.content[: offsets[-1]]


def _add(layout, column):
    if layout.is_unknown:
        return
    if layout.is_option or layout.is_indexed:
        _add(layout.project(), column)
    elif isinstance(layout, (ListArray, ListOffsetArray)):
        offsets, content = _content(layout)
        column.add_lists(offsets[-1])
        _add(content, column)
    elif isinstance(layout, RegularArray):
        column.add_lists(layout.size * layout.length)
        _add(layout.content[: layout.size * layout.length], column)
    elif isinstance(layout, RecordArray):
        for content in layout.contents:
            _add(content[: layout.length], column)
    elif isinstance(layout, UnionArray):
        for number in range(len(layout.contents)):
            _add(layout.project(number), column)
    else:
        column.add(layout.data)


def _buffers(layout):
    """The bytes that the rows of an array reach."""
    if layout.is_unknown:
        return
    if isinstance(layout, NumpyArray):
        yield np.ascontiguousarray(layout.data)
    elif isinstance(layout, ListOffsetArray):
        offsets = np.asarray(layout.offsets.data)
        yield offsets
        yield from _buffers(layout.content[offsets[0] : offsets[-1]])
    elif isinstance(layout, ListArray):
        yield np.asarray(layout.starts.data)
        yield np.asarray(layout.stops.data)
        yield from _buffers(layout.content)
    elif isinstance(layout, RegularArray):
        yield from _buffers(layout.content[: layout.size * layout.length])
    elif isinstance(layout, RecordArray):
        for content in layout.contents:
            yield from _buffers(content[: layout.length])
    elif isinstance(layout, UnionArray):
        yield np.asarray(layout.tags.data)
        yield np.asarray(layout.index.data)
        for content in layout.contents:
            yield from _buffers(content)
    else:
        for name in ("index", "mask"):
            if hasattr(layout, name):
                yield np.asarray(getattr(layout, name).data)
        yield from _buffers(layout.content)


def _picked(array, rows):
    if rows is None:
        return array
    if rows[0] == "range":
        return array[rows[1] : rows[2]]
    # What is picked is laid out anew, as otherwise all of the columns stay in memory.
    return ak.to_packed(array[rows[1]])


class Awkward:
    version = ak.__version__
    threads = 1

    def load(self, neutral):
        folder = os.path.join(os.path.dirname(neutral), {"neutral.arrow": "blobs", "lines.arrow": "lines-blobs"}[os.path.basename(neutral)])
        return _from_folder(folder, lambda path: np.fromfile(path, np.uint8))

    def buffers(self, array):
        return _buffers(ak.to_layout(array))

    def digest(self, array):
        columns = {}
        for name in array.fields:
            columns[name] = Column()
            _add(ak.to_layout(array[name]), columns[name])
        return columns

    def json_in(self, file):
        with open(file) as text:
            return ak.from_json(text.read(), line_delimited=True)

    def json_out(self, array):
        return ak.to_json(array, line_delimited=True)


class _Files(dict):
    """A folder of buffers, of which each is read as it is needed."""

    def __init__(self, folder, read):
        self.folder, self.read = folder, read

    def __missing__(self, key):
        return self.read(os.path.join(self.folder, key))


def _from_folder(folder, read):
    with open(os.path.join(folder, "form.json")) as form, open(os.path.join(folder, "length.json")) as length:
        return ak.from_buffers(form.read(), int(length.read()), _Files(folder, read))


class Parquet(Awkward):
    name = "awkward 2 (Parquet)"

    def write(self, array, folder):
        ak.to_parquet(array, os.path.join(folder, "data.parquet"))

    def open(self, folder):
        about = ak.metadata_from_parquet(os.path.join(folder, "data.parquet"))
        return about["num_rows"], len(about["form"].fields)

    def read(self, folder, columns, rows):
        return _picked(ak.from_parquet(os.path.join(folder, "data.parquet"), columns=columns), rows)


class Safetensors(Awkward):
    name = "awkward 2 (safetensors)"

    def write(self, array, folder):
        ak.to_safetensors(array, os.path.join(folder, "data.safetensors"))

    def _array(self, folder):
        return ak.from_safetensors(os.path.join(folder, "data.safetensors"), virtual=True)

    def open(self, folder):
        array = self._array(folder)
        return len(array), len(array.fields)

    def read(self, folder, columns, rows):
        array = self._array(folder)
        return _picked(array if columns is None else array[columns], rows)


class Buffers(Awkward):
    name = "awkward 2 (from_buffers, virtual, mapped)"

    def write(self, array, folder):
        form, length, blobs = ak.to_buffers(array)
        for key, blob in blobs.items():
            blob.tofile(os.path.join(folder, key))
        with open(os.path.join(folder, "form.json"), "w") as file:
            file.write(form.to_json())
        with open(os.path.join(folder, "length.json"), "w") as file:
            file.write(str(length))

    def _array(self, folder):
        def read(path):
            return lambda: np.memmap(path, np.uint8, "r") if os.path.getsize(path) else np.empty(0, np.uint8)

        return _from_folder(folder, read)

    def open(self, folder):
        array = self._array(folder)
        return len(array), len(array.fields)

    def read(self, folder, columns, rows):
        array = self._array(folder)
        return _picked(array if columns is None else array[columns], rows)


contest.serve({"parquet": Parquet, "safetensors": Safetensors, "buffers": Buffers}[sys.argv[1]]())
