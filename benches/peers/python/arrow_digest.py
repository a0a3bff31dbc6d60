"""The digest and the buffers of Arrow tables, for contenders whose results are such."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contest import Column


def digest(table):
    columns = {}
    for name, chunks in zip(table.column_names, table.columns):
        column = columns[name] = Column()
        for array in chunks.chunks:
            _add(array, column)
    return columns


def _add(array, column):
    if array.null_count:
        array = array.filter(array.is_valid())
    kind = array.type
    if pa.types.is_null(kind) or len(array) == 0:
        return
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values = array.flatten()
        column.add_lists(len(values))
        _add(values, column)
    elif pa.types.is_fixed_size_list(kind):
        values = array.flatten()
        column.add_lists(len(values))
        _add(values, column)
    elif pa.types.is_struct(kind):
        for field in array.flatten():
            _add(field, column)
    elif pa.types.is_union(kind):
        codes, offsets = _tags(array)
        for number in range(kind.num_fields):
            _add(array.field(number).take(pa.array(offsets[codes == kind.type_codes[number]])), column)
    elif _is_text(kind):
        text = b"".join(value.as_buffer() for value in array)
        column.add_lists(len(text))
        column.add(np.frombuffer(text, np.uint8))
    elif pa.types.is_boolean(kind):
        column.add(np.asarray(array.cast(pa.uint8())))
    else:
        column.add(np.asarray(array))


def _tags(array):
    """Of each row of a union which of its contents it is in, and where. `type_codes` and `offsets` of a slice are those of what it is a slice of."""
    first, end = array.offset, array.offset + len(array)
    _, codes, offsets = array.buffers()[:3]
    codes = np.frombuffer(codes, np.int8)[first:end]
    if array.type.mode == "sparse":
        # Its contents are sliced with it.
        return codes, np.arange(len(array), dtype=np.int32)
    return codes, np.frombuffer(offsets, np.int32)[first:end]


def _is_text(kind):
    views = pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
    return views or pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def buffers(table):
    for chunks in table.columns:
        for array in chunks.chunks:
            yield from _reached(array)


def _bytes(buffer, start, stop):
    return memoryview(buffer)[start:stop]


def _reached(array):
    """The bytes that the rows of an array reach."""
    kind, first, end = array.type, array.offset, array.offset + len(array)
    found = array.buffers()
    if found and found[0] is not None:
        yield _bytes(found[0], first // 8, (end + 7) // 8)
    if pa.types.is_null(kind) or len(array) == 0:
        return
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        width = 8 if pa.types.is_large_list(kind) else 4
        yield _bytes(found[1], first * width, (end + 1) * width)
        start, stop = array.offsets[0].as_py(), array.offsets[-1].as_py()
        yield from _reached(array.values.slice(start, stop - start))
    elif pa.types.is_fixed_size_list(kind):
        yield from _reached(array.values.slice(first * kind.list_size, len(array) * kind.list_size))
    elif pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            yield from _reached(array.field(number))
    elif pa.types.is_union(kind):
        codes, offsets = _tags(array)
        yield codes
        yield offsets
        for number in range(kind.num_fields):
            of = offsets[codes == kind.type_codes[number]]
            if len(of):
                start, stop = int(of.min()), int(of.max()) + 1
                yield from _reached(array.field(number).slice(start, stop - start))
    elif pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        # Which bytes the views reach is not looked for: all that are kept count.
        yield _bytes(found[1], first * 16, end * 16)
        yield from found[2:]
    elif _is_text(kind):
        width, dtype = (8, np.int64) if "large" in str(kind) else (4, np.int32)
        offsets = np.frombuffer(found[1], dtype)[first : end + 1]
        yield offsets
        if found[2] is not None:
            yield _bytes(found[2], int(offsets[0]), int(offsets[-1]))
    elif pa.types.is_boolean(kind):
        yield _bytes(found[1], first // 8, (end + 7) // 8)
    else:
        width = kind.bit_width // 8
        yield _bytes(found[1], first * width, end * width)
