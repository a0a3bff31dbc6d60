"""awkward 1.10.5 as a contender: buffers in a folder, mapped, as lazy arrays."""

import collections.abc
import json
import os

import awkward as ak
import contest
import numpy as np
from contest import Column


def _inner(layout):
    return layout.array if isinstance(layout, ak.layout.VirtualArray) else layout


OPTIONS = (ak.layout.IndexedOptionArray32, ak.layout.IndexedOptionArray64, ak.layout.ByteMaskedArray, ak.layout.BitMaskedArray)
INDEXED = (ak.layout.IndexedArray32, ak.layout.IndexedArrayU32, ak.layout.IndexedArray64)
LIST_OFFSETS = (ak.layout.ListOffsetArray32, ak.layout.ListOffsetArrayU32, ak.layout.ListOffsetArray64)
LISTS = (ak.layout.ListArray32, ak.layout.ListArrayU32, ak.layout.ListArray64)
UNIONS = (ak.layout.UnionArray8_32, ak.layout.UnionArray8_U32, ak.layout.UnionArray8_64)


def _add(layout, column):
    layout = _inner(layout)
    if isinstance(layout, (ak.layout.EmptyArray,)):
        return
    if isinstance(layout, OPTIONS + INDEXED):
        _add(layout.project(), column)
    elif isinstance(layout, ak.layout.UnmaskedArray):
        _add(layout.content, column)
    elif isinstance(layout, LIST_OFFSETS + LISTS):
        layout = layout.toListOffsetArray64(True)
        offsets = np.asarray(layout.offsets)
        column.add_lists(offsets[-1])
        _add(_inner(layout.content)[: offsets[-1]], column)
    elif isinstance(layout, ak.layout.RegularArray):
        column.add_lists(layout.size * len(layout))
        _add(_inner(layout.content)[: layout.size * len(layout)], column)
    elif isinstance(layout, ak.layout.RecordArray):
        for content in layout.contents:
            _add(_inner(content)[: len(layout)], column)
    elif isinstance(layout, UNIONS):
        for number in range(layout.numcontents):
            _add(layout.project(number), column)
    else:
        column.add(np.asarray(layout))


def _buffers(layout):
    """The bytes that the rows of an array reach."""
    layout = _inner(layout)
    if isinstance(layout, ak.layout.EmptyArray):
        return
    if isinstance(layout, LIST_OFFSETS):
        offsets = np.asarray(layout.offsets)
        yield offsets
        yield from _buffers(_inner(layout.content)[offsets[0] : offsets[-1]])
    elif isinstance(layout, LISTS):
        yield np.asarray(layout.starts)
        yield np.asarray(layout.stops)
        yield from _buffers(layout.content)
    elif isinstance(layout, ak.layout.RegularArray):
        yield from _buffers(_inner(layout.content)[: layout.size * len(layout)])
    elif isinstance(layout, ak.layout.RecordArray):
        for content in layout.contents:
            yield from _buffers(_inner(content)[: len(layout)])
    elif isinstance(layout, UNIONS):
        yield np.asarray(layout.tags)
        yield np.asarray(layout.index)
        for content in layout.contents:
            yield from _buffers(content)
    elif isinstance(layout, ak.layout.UnmaskedArray):
        yield from _buffers(layout.content)
    elif isinstance(layout, OPTIONS + INDEXED):
        yield np.asarray(layout.index if hasattr(layout, "index") else layout.mask)
        yield from _buffers(layout.content)
    else:
        yield np.ascontiguousarray(np.asarray(layout))


class _Folder(collections.abc.MutableMapping):
    def __init__(self, folder, mapped):
        self.folder, self.mapped = folder, mapped

    def __getitem__(self, key):
        path = os.path.join(self.folder, key)
        if self.mapped and os.path.getsize(path):
            return np.memmap(path, np.uint8, "r")
        return np.fromfile(path, np.uint8)

    def __setitem__(self, key, blob):
        np.asarray(blob).tofile(os.path.join(self.folder, key))

    def __delitem__(self, key):
        os.remove(os.path.join(self.folder, key))

    def __iter__(self):
        return iter(os.listdir(self.folder))

    def __len__(self):
        return len(os.listdir(self.folder))


class Lazy:
    name = "awkward 1 (lazy, mapped)"
    version = ak.__version__
    threads = 1

    def load(self, neutral):
        folder = os.path.join(os.path.dirname(neutral), {"neutral.arrow": "blobs", "lines.arrow": "lines-blobs"}[os.path.basename(neutral)])
        with open(os.path.join(folder, "form1.json")) as form, open(os.path.join(folder, "length.json")) as length:
            return ak.from_buffers(form.read(), int(length.read()), _Folder(folder, False), key_format="{form_key}-{attribute}")

    def write(self, array, folder):
        form, length, _ = ak.to_buffers(array, _Folder(folder, False))
        with open(os.path.join(folder, "form.json"), "w") as file:
            file.write(form.tojson())
        with open(os.path.join(folder, "length.json"), "w") as file:
            file.write(json.dumps(length))

    def _array(self, folder):
        with open(os.path.join(folder, "form.json")) as form, open(os.path.join(folder, "length.json")) as length:
            return ak.from_buffers(form.read(), json.load(length), _Folder(folder, True), lazy=True)

    def open(self, folder):
        array = self._array(folder)
        return len(array), len(array.fields)

    def read(self, folder, columns, rows):
        array = self._array(folder)
        if columns is not None:
            array = array[columns]
        if rows is None:
            return array
        if rows[0] == "range":
            return array[rows[1] : rows[2]]
        return ak.packed(array[rows[1]])

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
            return ak.from_json(text.read())

    def json_out(self, array):
        return ak.to_json(array)


contest.serve(Lazy())
