"""Nested data as flat columns, for formats of arrays of numbers that know no nesting: what their user has to do.

A column of Arrow is a tree of nodes, each of which has up to three flat columns, called by its name:

    node                {"node": ..., "valid": whether there is a column of booleans NAME-valid}
    number, boolean     {"node": "flat", "type": "float32"}         NAME-data
    text, bytes         {"node": "text"}                            NAME-offsets, and bytes NAME-data
    list                {"node": "list", "content": node}           NAME-offsets, and the node NAME/content
    list of one size    {"node": "fixed", "size": n, "content": …}  the node NAME/content
    record              {"node": "record", "fields": {…}}           the nodes NAME/FIELD
    union               {"node": "union", "contents": [[id, …]]}    NAME-ids, NAME-offsets, and the nodes NAME/ID

Offsets are int64 and begin with 0. `columns/src/lib.rs` writes and reads the same.
"""

import numpy as np
import pyarrow as pa


def flatten(name, array, into):
    """Puts the flat columns of an Arrow array into a dictionary, and gives the tree of its nodes."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    node = {"valid": array.null_count > 0}
    if node["valid"]:
        into[f"{name}-valid"] = np.asarray(array.is_valid())
    kind = array.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        offsets = _offsets(name, array.offsets, into)
        content = array.values.slice(offsets[0], offsets[-1] - offsets[0])
        return node | {"node": "list", "content": flatten(f"{name}/content", content, into)}
    if pa.types.is_fixed_size_list(kind):
        content = array.values.slice(array.offset * kind.list_size, len(array) * kind.list_size)
        return node | {"node": "fixed", "size": kind.list_size, "content": flatten(f"{name}/content", content, into)}
    if pa.types.is_struct(kind):
        fields = {field.name: flatten(f"{name}/{field.name}", array.field(i), into) for i, field in enumerate(kind)}
        return node | {"node": "record", "fields": fields}
    if pa.types.is_union(kind):
        into[f"{name}-ids"] = np.asarray(array.type_codes)
        into[f"{name}-offsets"] = np.asarray(array.offsets).astype(np.int64)
        contents = [[code, flatten(f"{name}/{code}", array.field(i), into)] for i, code in enumerate(kind.type_codes)]
        return node | {"node": "union", "contents": contents}
    if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind) or pa.types.is_string(kind) or pa.types.is_binary(kind):
        width = np.int64 if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind) else np.int32
        _, offsets, data = array.buffers()
        offsets = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1]
        offsets = _offsets(name, offsets, into)
        into[f"{name}-data"] = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
        return node | {"node": "text"}
    if node["valid"]:
        array = array.fill_null(False if pa.types.is_boolean(kind) else 0)
    into[f"{name}-data"] = array.to_numpy(zero_copy_only=False)
    return node | {"node": "flat", "type": into[f"{name}-data"].dtype.name}


def _offsets(name, offsets, into):
    offsets = np.asarray(offsets).astype(np.int64)
    into[f"{name}-offsets"] = offsets - offsets[0]
    return offsets


class Reading:
    """Reads nodes from flat columns, which `column(name)` opens; they are indexed by slices and by arrays of numbers."""

    def __init__(self, column):
        self.column = column

    def rows(self, name, node, start, stop):
        """Rows start..stop of a node."""
        read = {}
        if node["valid"]:
            read["valid"] = self.column(f"{name}-valid")[start:stop]
        if node["node"] == "flat":
            read["data"] = self.column(f"{name}-data")[start:stop]
        elif node["node"] in ("list", "text"):
            offsets = self.column(f"{name}-offsets")[start : stop + 1]
            first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
            read["offsets"] = offsets - first
            if node["node"] == "text":
                read["data"] = self.column(f"{name}-data")[first:last]
            else:
                read["content"] = self.rows(f"{name}/content", node["content"], first, last)
        elif node["node"] == "fixed":
            size = node["size"]
            read["content"] = self.rows(f"{name}/content", node["content"], start * size, stop * size)
        elif node["node"] == "record":
            fields = node["fields"].items()
            read["fields"] = {field: self.rows(f"{name}/{field}", below, start, stop) for field, below in fields}
            read["length"] = stop - start
        else:
            read["ids"] = self.column(f"{name}-ids")[start:stop]
            read["offsets"] = np.array(self.column(f"{name}-offsets")[start:stop])
            read["contents"] = []
            for code, below in node["contents"]:
                here = read["ids"] == code
                reached = read["offsets"][here]
                first, last = (int(reached.min()), int(reached.max()) + 1) if len(reached) else (0, 0)
                read["offsets"][here] -= first
                read["contents"].append(self.rows(f"{name}/{code}", below, first, last))
        return read

    def taken(self, name, node, rows):
        """Rows of a node that are numbered in ascending order."""
        read = {}
        if node["valid"]:
            read["valid"] = self._at(f"{name}-valid", rows)
        if node["node"] == "flat":
            read["data"] = self._at(f"{name}-data", rows)
        elif node["node"] in ("list", "text"):
            ends = np.unique(np.concatenate([rows, rows + 1]))
            offsets = self._at(f"{name}-offsets", ends)
            starts = offsets[np.searchsorted(ends, rows)]
            counts = offsets[np.searchsorted(ends, rows + 1)] - starts
            read["offsets"] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            elements = np.repeat(starts - read["offsets"][:-1], counts) + np.arange(read["offsets"][-1])
            if node["node"] == "text":
                read["data"] = self._at(f"{name}-data", elements)
            else:
                read["content"] = self.taken(f"{name}/content", node["content"], elements)
        elif node["node"] == "fixed":
            size = node["size"]
            elements = (rows[:, None] * size + np.arange(size)).reshape(-1)
            read["content"] = self.taken(f"{name}/content", node["content"], elements)
        elif node["node"] == "record":
            fields = node["fields"].items()
            read["fields"] = {field: self.taken(f"{name}/{field}", below, rows) for field, below in fields}
            read["length"] = len(rows)
        else:
            read["ids"] = self._at(f"{name}-ids", rows)
            offsets = self._at(f"{name}-offsets", rows)
            read["offsets"] = np.empty_like(offsets)
            read["contents"] = []
            for code, below in node["contents"]:
                here = read["ids"] == code
                reached, read["offsets"][here] = np.unique(offsets[here], return_inverse=True)
                read["contents"].append(self.taken(f"{name}/{code}", below, reached))
        return read

    def _at(self, name, rows):
        column = self.column(name)
        return column[rows] if len(rows) else column[0:0]


def buffers(read):
    """All arrays of numbers of what was read."""
    for part in read.values():
        if isinstance(part, np.ndarray):
            yield part
        elif isinstance(part, list):
            for content in part:
                yield from buffers(content)
        elif isinstance(part, dict):
            if "fields" in read and part is read["fields"]:
                for field in part.values():
                    yield from buffers(field)
            else:
                yield from buffers(part)


def to_arrow(node, read):
    """What was read as an Arrow array, for its digest."""
    mask = pa.array(~read["valid"]) if "valid" in read else None
    if node["node"] == "flat":
        return pa.array(read["data"], mask=~read["valid"] if "valid" in read else None)
    if node["node"] in ("list", "text"):
        offsets = pa.array(read["offsets"])
        if node["node"] == "list":
            content = to_arrow(node["content"], read["content"])
            return pa.LargeListArray.from_arrays(offsets, content, mask=mask)
        bits = pa.array(read["valid"]).buffers()[1] if "valid" in read else None
        data = pa.py_buffer(np.ascontiguousarray(read["data"]))
        return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, [bits, offsets.buffers()[1], data])
    if node["node"] == "fixed":
        return pa.FixedSizeListArray.from_arrays(to_arrow(node["content"], read["content"]), node["size"], mask=mask)
    if node["node"] == "record":
        fields = [to_arrow(below, read["fields"][field]) for field, below in node["fields"].items()]
        return pa.StructArray.from_arrays(fields, names=list(node["fields"]), mask=mask)
    contents = [to_arrow(below, part) for (_, below), part in zip(node["contents"], read["contents"])]
    codes = [code for code, _ in node["contents"]]
    offsets = pa.array(read["offsets"].astype(np.int32))
    return pa.UnionArray.from_dense(pa.array(read["ids"]), offsets, contents, type_codes=codes)
