"""Random golden cases, made with the reference implementations, in the format of `make_golden.py`.

    python make_random.py SEED COUNT > file.jsonl         # with awkward >= 2.14
    python make_random.py --v1 SEED COUNT > file.jsonl    # with awkward 1.10.5 and numpy < 1.25

Layouts are put together node by node from the low-level classes, so that what no array operation
would produce, but the format allows, occurs: lists out of order and overlapping, indexes and masks
longer than needed, contents with unreachable parts, zero sizes everywhere.

Each case depends on SEED and on its own number only. Before it is printed, its value and `needed`
are worked out a second time from the form and the blobs alone (`Reader`), the value for the blobs as
they are, cut down to `needed`, and packed; a case on which the reference disagrees with that, or
fails, is left out and counted on stderr. With `--why` stderr tells about each of them.
"""

import base64
import contextlib
import functools
import importlib.util
import io
import json
import pathlib
import random
import sys

import awkward as ak
import numpy as np

V2 = not ak.__version__.startswith("1.")


def load_golden():
    """`make_golden.py` runs the set that its argument names; named none, it only defines things."""
    spec = importlib.util.spec_from_file_location("make_golden", pathlib.Path(__file__).with_name("make_golden.py"))
    module = importlib.util.module_from_spec(spec)
    argv, sys.argv = sys.argv, [spec.origin, ""]
    try:
        with contextlib.suppress(KeyError):
            spec.loader.exec_module(module)
    finally:
        sys.argv = argv
    return module


golden = load_golden()
encode = golden.encode
UNSAID = "\0 the value cannot be said"


class Unsayable(Exception):
    """The golden encoding has no words for this value."""


class Unsuitable(Exception):
    """The reference disagrees with itself, or with the format's definition."""


# ---------------------------------------------------------------------------------------------
# Reading a value from a form and blobs, by the format's definition


INDEX_DTYPES = {"i8": "<i1", "u8": "<u1", "i32": "<i4", "u32": "<u4", "i64": "<i8"}


def class_of(form):
    name = form["class"]
    for suffix in ("_U32", "_32", "_64", "U32", "32", "64"):
        if name.endswith(suffix):
            name = name[: -len(suffix)]
            break
    return "UnionArray" if name == "UnionArray8" else name


class Reader:
    """Answers item by item, so unreachable parts of buffers are never looked at."""

    def __init__(self, form, blobs, key):
        self.blobs, self.key = blobs, key
        self.top = form

    def values(self, length):
        form = self.top
        array = (form.get("parameters") or {}).get("__array__")
        if class_of(form) == "NumpyArray" and array in ("char", "byte"):
            raw = self.blobs[self.key(form["form_key"], "data")][:length]
            return self.text(raw, array == "char")
        at = self.node(form)
        return [at(i) for i in range(length)]

    @staticmethod
    def text(raw, is_text):
        if not is_text:
            return {"$bytes": base64.b64encode(raw).decode()}
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Unsayable from None

    def index(self, form, attribute):
        dtype = form.get(attribute) or {"mask": "u8" if class_of(form) == "BitMaskedArray" else "i8"}[attribute]
        dtype = np.dtype(INDEX_DTYPES[dtype])
        raw = self.blobs[self.key(form["form_key"], attribute)]
        return np.frombuffer(raw, dtype, count=len(raw) // dtype.itemsize)

    def node(self, form):
        return getattr(self, "at_" + class_of(form))(form)

    def needed(self, length):
        """Yields each key with the number of bytes that reading `length` rows reaches, by awkward 2's rules."""
        pending = [(self.top, length)]
        while pending:
            form, length = pending.pop()
            name = class_of(form)
            if name == "EmptyArray":
                continue
            if name == "NumpyArray":
                size = length * np.dtype(form["primitive"]).itemsize
                for inner in form.get("inner_shape") or ():
                    size *= inner
                yield self.key(form["form_key"], "data"), size
                continue
            read = {}
            for attribute in ("mask", "offsets", "starts", "stops", "tags", "index"):
                if attribute in form:
                    count = {"mask": (length + 7) // 8 if name == "BitMaskedArray" else length, "offsets": length + 1}.get(attribute, length)
                    whole = self.index(form, attribute)
                    yield self.key(form["form_key"], attribute), count * whole.itemsize
                    read[attribute] = whole[:count]
            if name == "ListOffsetArray":
                length = int(read["offsets"][-1]) if length else 0
            elif name == "ListArray":
                length = int(max(read["stops"][read["starts"] != read["stops"]], default=0))
            elif name == "RegularArray":
                length *= form["size"]
            elif name == "UnionArray":
                for tag, content in enumerate(form["contents"]):
                    pending.append((content, 1 + int(max(read["index"][read["tags"] == tag], default=-1))))
                continue
            elif name in ("IndexedArray", "IndexedOptionArray"):
                length = 1 + max(-1, int(max(read["index"], default=-1)))
            elif name == "RecordArray":
                contents = form["contents"]
                pending += [(x, length) for x in (contents.values() if isinstance(contents, dict) else contents)]
                continue
            pending.append((form["content"], length))

    def at_EmptyArray(self, form):
        def at(i):
            raise IndexError(i)

        return at

    def at_NumpyArray(self, form):
        if (form.get("parameters") or {}).get("__array__") in ("char", "byte"):
            raise Unsayable
        dtype = np.dtype(form["primitive"]).newbyteorder("<")
        shape = tuple(form.get("inner_shape") or ())
        step = dtype.itemsize
        for size in shape:
            step *= size
        raw = self.blobs[self.key(form["form_key"], "data")]

        def spell(x):
            return [spell(y) for y in x] if isinstance(x, np.ndarray) else encode(x)

        def at(i):
            item = raw[i * step : (i + 1) * step]
            if len(item) < step:
                raise IndexError(i)
            item = np.frombuffer(item, dtype).reshape(shape)
            return spell(item if shape else item[()])

        return at

    def lists(self, form, bounds):
        array = (form.get("parameters") or {}).get("__array__")
        content = form["content"]
        if array in ("string", "bytestring"):
            raw = self.blobs[self.key(content["form_key"], "data")]

            def at(i):
                start, stop = bounds(i)
                if stop > len(raw) and start != stop:
                    raise IndexError(i)
                return self.text(raw[start:stop] if start != stop else b"", array == "string")

        else:
            item = self.node(content)

            def at(i):
                return [item(j) for j in range(*bounds(i))]

        return at

    def at_ListOffsetArray(self, form):
        offsets = self.index(form, "offsets")
        return self.lists(form, lambda i: (int(offsets[i]), int(offsets[i + 1])))

    def at_ListArray(self, form):
        starts, stops = self.index(form, "starts"), self.index(form, "stops")
        return self.lists(form, lambda i: (int(starts[i]), int(stops[i])))

    def at_RegularArray(self, form):
        size = form["size"]
        return self.lists(form, lambda i: (i * size, (i + 1) * size))

    def at_RecordArray(self, form):
        contents, fields = form["contents"], form.get("fields")
        if isinstance(contents, dict):
            fields, contents = list(contents), list(contents.values())
        elif "fields" not in form:
            fields = None
        items = [self.node(x) for x in contents]

        def at(i):
            values = [x(i) for x in items]
            return {"$tuple": values} if fields is None else dict(zip(fields, values))

        return at

    def at_IndexedArray(self, form):
        index, item = self.index(form, "index"), self.node(form["content"])

        def at(i):
            if index[i] < 0:
                raise IndexError(i)
            return item(int(index[i]))

        return at

    def at_IndexedOptionArray(self, form):
        index, item = self.index(form, "index"), self.node(form["content"])
        return lambda i: None if index[i] < 0 else item(int(index[i]))

    def at_ByteMaskedArray(self, form):
        mask, item, when = self.index(form, "mask"), self.node(form["content"]), form["valid_when"]
        return lambda i: item(i) if bool(mask[i]) == when else None

    def at_BitMaskedArray(self, form):
        mask, item, when = self.index(form, "mask"), self.node(form["content"]), form["valid_when"]
        lsb = form["lsb_order"]

        def at(i):
            bit = 1 << i % 8 if lsb else 128 >> i % 8
            return item(i) if bool(mask[i // 8] & bit) == when else None

        return at

    def at_UnmaskedArray(self, form):
        return self.node(form["content"])

    def at_UnionArray(self, form):
        tags, index = self.index(form, "tags"), self.index(form, "index")
        items = [self.node(x) for x in form["contents"]]

        def at(i):
            if tags[i] < 0 or index[i] < 0:
                raise IndexError(i)
            return items[tags[i]](int(index[i]))

        return at


# ---------------------------------------------------------------------------------------------
# The two references' constructors, under one spelling


JSON_VALUES = (None, True, False, 0, 1, -1, 2**53, -2**31, 2**31 - 1, -2**63, 2**64 - 1, 0.5, -2.5e-300, 1e100, 1.0, "", "GeV", "\u00e9\u4e2d",
               "\U0001f600", "q\"\\/\b\n", [], {}, [1, None, [True, {"a": "b"}]], {"a": [1, None, True, 1.5, "x"], "": {}})
INDEXES = {"i8": ("Index8", np.int8), "u8": ("IndexU8", np.uint8), "i32": ("Index32", np.int32),
           "u32": ("IndexU32", np.uint32), "i64": ("Index64", np.int64)}


class Awkward2:
    canonical_only = True
    json_values = JSON_VALUES
    dates = True
    key_formats = ("{form_key}-{attribute}", "run7/{form_key}.{attribute}.bin", "{attribute}@{form_key}",
                   "{form_key}/{attribute}", "a{{b}}{form_key}:{attribute}")

    def index(self, letter, values):
        name, dtype = INDEXES[letter]
        return getattr(ak.index, name)(np.array(values, dtype))

    def empty(self):
        return ak.contents.EmptyArray()

    def numpy(self, data, parameters=None):
        return ak.contents.NumpyArray(data, parameters=parameters)

    def regular(self, content, size, length, parameters=None):
        return ak.contents.RegularArray(content, size, length, parameters=parameters)

    def list(self, t, starts, stops, content, parameters=None):
        return ak.contents.ListArray(self.index(t, starts), self.index(t, stops), content, parameters=parameters)

    def list_offset(self, t, offsets, content, parameters=None):
        return ak.contents.ListOffsetArray(self.index(t, offsets), content, parameters=parameters)

    def record(self, contents, fields, length, parameters=None):
        return ak.contents.RecordArray(contents, fields, length, parameters=parameters)

    def indexed(self, t, index, content, parameters=None):
        return ak.contents.IndexedArray(self.index(t, index), content, parameters=parameters)

    def indexed_option(self, t, index, content, parameters=None):
        return ak.contents.IndexedOptionArray(self.index(t, index), content, parameters=parameters)

    def byte_masked(self, mask, content, when, parameters=None):
        return ak.contents.ByteMaskedArray(self.index("i8", mask), content, when, parameters=parameters)

    def bit_masked(self, mask, content, when, length, lsb, parameters=None):
        return ak.contents.BitMaskedArray(self.index("u8", mask), content, when, length, lsb, parameters=parameters)

    def unmasked(self, content, parameters=None):
        return ak.contents.UnmaskedArray(content, parameters=parameters)

    def union(self, t, tags, index, contents, parameters=None):
        return ak.contents.UnionArray(self.index("i8", tags), self.index(t, index), contents, parameters=parameters)


class Awkward1:
    canonical_only = False
    json_values = tuple(x for x in JSON_VALUES if not isinstance(x, int) or abs(x) <= 2**31)  # its JSON stops there
    dates = False  # its NumpyArray takes them from no NumPy that it still imports with
    key_formats = ("part{partition}-{form_key}-{attribute}", "{form_key}/{attribute}.{partition}",
                   "{partition}@{form_key}-{attribute}")

    def index(self, letter, values):
        name, dtype = INDEXES[letter]
        return getattr(ak.layout, name)(np.array(values, dtype))

    def sized(self, name, t):
        return getattr(ak.layout, name + {"i32": "32", "u32": "U32", "i64": "64"}[t])

    def empty(self):
        return ak.layout.EmptyArray()

    def numpy(self, data, parameters=None):
        return ak.layout.NumpyArray(data, parameters=parameters)

    def regular(self, content, size, length, parameters=None):
        return ak.layout.RegularArray(content, size, length, parameters=parameters)

    def list(self, t, starts, stops, content, parameters=None):
        cls = self.sized("ListArray", t)
        return cls(self.index(t, starts), self.index(t, stops), content, parameters=parameters)

    def list_offset(self, t, offsets, content, parameters=None):
        return self.sized("ListOffsetArray", t)(self.index(t, offsets), content, parameters=parameters)

    def record(self, contents, fields, length, parameters=None):
        return ak.layout.RecordArray(contents, fields, length, parameters=parameters)

    def indexed(self, t, index, content, parameters=None):
        return self.sized("IndexedArray", t)(self.index(t, index), content, parameters=parameters)

    def indexed_option(self, t, index, content, parameters=None):
        return self.sized("IndexedOptionArray", t)(self.index(t, index), content, parameters=parameters)

    def byte_masked(self, mask, content, when, parameters=None):
        return ak.layout.ByteMaskedArray(self.index("i8", mask), content, when, parameters=parameters)

    def bit_masked(self, mask, content, when, length, lsb, parameters=None):
        return ak.layout.BitMaskedArray(self.index("u8", mask), content, when, length, lsb, parameters=parameters)

    def unmasked(self, content, parameters=None):
        return ak.layout.UnmaskedArray(content, parameters=parameters)

    def union(self, t, tags, index, contents, parameters=None):
        cls = self.sized("UnionArray8_", t)
        return cls(self.index("i8", tags), self.index(t, index), contents, parameters=parameters)


# ---------------------------------------------------------------------------------------------
# Random layouts


NUMBERS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
           "float16", "float32", "float64", "float128", "complex64", "complex128", "complex256")
UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as",
         "15us", "10ms", "25s", "3D", "2Y", "30as")
NAMES = ("x", "y", "z", "pt", "eta", "0", "1", "01", "-1", "", " ", "a b", "x/y", "x.y", "\u00e9\u4e2d", "\U0001f600",
         "quote\"back\\slash", "new\nline", "tab\t", "'", "{}", "[", "e\u0301", "\u2028", "\x7f", "\x01", "class",
         "content", "fields", "int64", "var", "None", "X" * 40)
RECORD_NAMES = ("Point", "Muon", "point3D", "", "a b", "1up", "\u00e9", "quote\"", "var", "int64", "x-y", "_", "new\nline")
TEXTS = ("", "a", "bc", "one", "tr\u00e8s", "\U0001f600 four", "\u4e2d\u6587", "\0", "nul\0inside", "line\nbreak", "\"quoted\"",
         "NaN", "x" * 30, "\u00e9", "e\u0301", "\ufeff", "\u2028")
INVALID = (b"\xff", b"\xc3", b"ok\xed\xa0\x80", b"\x80abc", b"\xf0\x9f\x98")


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.make = Awkward2() if V2 else Awkward1()
        # What is rare must not occur in each deep tree: each case draws how odd it is.
        self.oddity = self.rng.choice((0.0, 0.02, 0.05, 0.2))
        self.parameter_rate = self.rng.choice((0.0, 0.1, 0.1, 0.4))
        self.zero_rate = self.rng.choice((0.05, 0.1, 0.3))

    def chance(self, p):
        return self.rng.random() < p

    def odd(self):
        return self.chance(self.oddity)

    def extra(self, most=3):
        return self.rng.randint(1, most) if self.chance(0.25) else 0

    def letter(self, *letters):
        return self.rng.choice(letters or ("i64", "i64", "i32", "u32"))

    def when(self):
        return self.chance(0.5)

    # parameters

    def parameters(self, *kinds, **given):
        out = dict(given)
        if self.chance(self.parameter_rate):
            for _ in range(self.rng.randint(1, 3)):
                kind = self.rng.choice(("plain", "plain", "doc", "record", "list", "array", "categorical"))
                if kind == "plain":
                    out[self.rng.choice(NAMES[:24])] = self.rng.choice(self.make.json_values)
                elif kind == "doc":
                    out["__doc__"] = self.rng.choice(("momentum", "", "two\nlines", None))
                elif kind == "record" and ("record" in kinds or self.odd()):
                    out["__record__"] = self.rng.choice(RECORD_NAMES)
                elif kind == "list" and ("list" in kinds or self.odd()):
                    out["__list__"] = self.rng.choice(RECORD_NAMES)
                elif kind == "array" and "__array__" not in out:
                    out["__array__"] = self.rng.choice(("custom", "Vector 3", "\u00e9", None))
                elif kind == "categorical" and self.odd():
                    out["__categorical__"] = self.rng.choice((True, False))
            keys = list(out)
            self.rng.shuffle(keys)
            out = {k: out[k] for k in keys}
        if not out:
            return {} if self.odd() else None
        return out

    # leaves

    def dtype(self):
        if self.make.dates and self.chance(0.15):
            kind = self.rng.choice(("datetime64", "timedelta64"))
            return np.dtype(kind if self.odd() else "{}[{}]".format(kind, self.rng.choice(UNITS)))
        return np.dtype(self.rng.choice(NUMBERS))

    def numbers(self, dtype, count):
        rng, kind = self.rng, dtype.kind
        if kind == "b":
            out = np.array([rng.randint(0, 1) for _ in range(count)], np.uint8)
            if self.odd():
                out = np.array([rng.choice((0, 1, 2, 128, 255)) for _ in range(count)], np.uint8)
            return out.view(np.bool_)
        if kind in "iu":
            info = np.iinfo(dtype)
            small = (max(info.min, -9), min(info.max, 99))
            pick = lambda: rng.randint(*small) if self.chance(0.7) else rng.choice((info.min, info.max, rng.randint(info.min, info.max)))
            return np.array([pick() for _ in range(count)], dtype)
        if kind in "mM":
            pick = lambda: rng.randint(-9, 99) if self.chance(0.7) else rng.choice((-2**63, -2**63 + 1, 2**63 - 1, rng.randint(-2**60, 2**60)))
            return np.array([pick() for _ in range(count)], np.int64).view(dtype)
        if kind == "c":
            real = {8: np.float32, 16: np.float64}.get(dtype.itemsize, np.longdouble)
            return self.numbers(np.dtype(real), 2 * count).view(dtype)
        specials = (np.nan, np.inf, -np.inf, -0.0, float(np.finfo(dtype).tiny), float(np.float64(np.finfo(dtype).eps)))
        pick = lambda: rng.randint(-9, 99) / 4 if self.chance(0.6) else rng.choice(specials) if self.chance(0.4) else rng.gauss(0, 100)
        values = np.array([pick() for _ in range(count)], np.float64)
        if dtype.itemsize < 16:
            return values.astype(dtype)
        # An 80-bit number leaves six bytes of each 16 to chance: zeros, so that a seed gives one file.
        out = np.zeros((count, 16), np.uint8)
        wide = values.astype(dtype)
        if self.chance(0.5):
            wide = wide / np.longdouble(3)
        out[:, :10] = wide.view(np.uint8).reshape(count, 16)[:, :10]
        return out.reshape(-1).view(dtype)

    def numpy(self, n, dtype=None, parameters=None):
        rng = self.rng
        dtype = dtype or self.dtype()
        inner = ()
        if self.chance(0.2):
            inner = tuple(rng.choice((0, 1, 2, 2, 3)) if self.chance(0.5) else 2 for _ in range(rng.randint(1, 3)))
        style = rng.choice(("plain",) * 4 + ("strided", "reversed", "fortran", "sliced", "inner", "repeated"))
        shape = (n, *inner)
        fill = lambda *shape: self.numbers(dtype, int(np.prod(shape, dtype=int))).reshape(shape)
        if style == "strided":
            data = fill(3 * n + 1, *inner)[1 :: 3][:n]
        elif style == "reversed":
            data = fill(*shape)[::-1]
        elif style == "fortran":
            data = fill(*shape[::-1]).transpose()
        elif style == "sliced":
            data = fill(n + 3, *inner)[2 : 2 + n]
        elif style == "inner" and inner:
            data = fill(n, *(2 * k for k in inner))[(slice(None), *(slice(0, 2 * k, 2) for k in inner))]
        elif style == "repeated":
            data = np.broadcast_to(fill(1, *inner), shape)
        else:
            data = fill(*shape)
        assert data.shape == shape
        return self.make.numpy(data, parameters or self.parameters())

    def chars(self, raw, name):
        data = np.frombuffer(raw, np.uint8)
        if self.odd():
            data = np.repeat(data, 2)[::2]
        return self.make.numpy(data, {"__array__": name} if not self.odd() else self.parameters(__array__=name))

    def string(self, n, pool=None):
        rng = self.rng
        name, inner = rng.choice((("string", "char"), ("string", "char"), ("bytestring", "byte")))
        if pool is None:
            pool = [x.encode() for x in TEXTS]
            if name == "bytestring" or self.odd():
                pool += INVALID
        else:
            pool = [x.encode() for x in pool]
        parameters = self.parameters("list", __array__=name)
        style = rng.choice(("list_offset", "list_offset", "list", "regular"))
        if style == "regular":
            size = rng.choice((0, 1, 3, 3))
            return self.make.regular(self.chars(bytes(rng.choice(b"abcXYZ019 ") for _ in range(size * n + rng.randrange(max(size, 1)))), inner), size, n, parameters)
        texts = [rng.choice(pool) for _ in range(n)] if len(pool) != n else pool
        return self.ragged(style, n, [len(x) for x in texts], lambda _, order: self.chars(order(texts), inner), parameters)

    def char(self, n):
        name = self.rng.choice(("char", "byte"))
        return self.chars(bytes(self.rng.choice(b"hey you") for _ in range(n)), name)

    def categorical(self, n):
        rng = self.rng
        count = rng.randint(1 if n else 0, 5)
        if self.chance(0.6):
            content = self.string(count, rng.sample(TEXTS[1:], count))
        elif self.chance(0.5):
            content = self.make.numpy(np.arange(count) * 3)
        else:
            content = self.numpy(count)
        if len(content) == 0:
            n = 0
        index = [rng.randrange(len(content)) for _ in range(n)]
        parameters = self.parameters(__array__="categorical")
        if self.chance(0.5):
            return self.make.indexed(self.letter(), index, content, parameters)
        index = [rng.choice((-1, -1, -7)) if self.chance(0.3) else x for x in index]
        return self.make.indexed_option(self.letter("i64", "i32"), index, content, parameters)

    # lists

    def ragged(self, style, n, counts, content, parameters):
        """`content(length, order)` makes what the lists hold; `order` joins the lists' own pieces as they come to lie."""
        rng, total = self.rng, sum(counts)
        if style == "list_offset":
            before, after = self.extra(), self.extra()
            offsets = [before]
            for x in counts:
                offsets.append(offsets[-1] + x)
            order = lambda pieces: b"?" * before + b"".join(pieces) + b"?" * after
            return self.make.list_offset(self.letter(), offsets, content(before + total + after, order), parameters)
        letter = self.letter()
        order_of = list(range(n))
        if self.chance(0.7):
            rng.shuffle(order_of)
        starts, position = [0] * n, self.extra()
        gaps = []
        for i in order_of:
            gap = self.extra(2) if self.chance(0.3) else 0
            gaps.append((gap, i))
            position += gap
            starts[i] = position
            position += counts[i]
        length = position + self.extra()
        stops = [a + b for a, b in zip(starts, counts)]

        def order(pieces):
            out = bytearray(b"?" * length)
            for i, piece in enumerate(pieces):
                out[starts[i] : starts[i] + len(piece)] = piece
            return bytes(out)

        made = content(length, order)
        if self.chance(0.3):  # overlapping, or the same list twice
            for i in range(n):
                if self.chance(0.5) and n:
                    j = rng.randrange(n)
                    starts[i], stops[i] = starts[j], stops[j]
                    if parameters is None and stops[i] > starts[i] and self.chance(0.5):
                        starts[i] += 1
        for i in range(n):
            if starts[i] == stops[i] and self.chance(0.3):
                far = rng.choice((length + 1, 999, 2**31 - 1))
                if letter != "u32" and self.odd():
                    far = -1
                starts[i] = stops[i] = far
        stops += [rng.choice((0, 5, 10**6)) for _ in range(self.extra())]
        return self.make.list(letter, starts, stops, made, parameters)

    def counts(self, n):
        most = self.rng.choice((0, 1, 2, 4)) if n < 12 else 2
        return [self.rng.randint(0, most) for _ in range(n)]

    def list(self, n, depth):
        style = self.rng.choice(("list_offset", "list"))
        return self.ragged(style, n, self.counts(n), lambda length, _: self.layout(length, depth - 1), self.parameters("list"))

    def regular(self, n, depth):
        size = self.rng.choice((0, 1, 2, 3))
        length = n * size + self.rng.randrange(size) * self.chance(0.3) if size else self.extra()
        return self.make.regular(self.layout(length, depth - 1), size, n, self.parameters("list"))

    # records

    def record(self, n, depth):
        rng = self.rng
        count = rng.choice((0, 1, 1, 2, 2, 3, 5))
        fields = None if self.chance(0.3) else rng.sample(NAMES, count)
        if fields and self.odd() and self.odd():
            fields[-1] = fields[0]
        contents = [self.layout(n + self.extra(2), depth - 1) for _ in range(count)]
        return self.make.record(contents, fields, n, self.parameters("record"))

    def sorted_map(self, n, depth):
        keys = self.string(n) if self.chance(0.5) else self.numpy(n)
        fields = None if self.chance(0.7) else ["key", "value"]
        return self.make.record([keys, self.layout(n, depth - 1)], fields, n, self.parameters("record", __array__="sorted_map"))

    # indexes, options, unions

    def plain(self, n, depth, unions=False):
        """What an option or an index may hold; the older reference let them hold anything."""
        if self.make.canonical_only or self.chance(0.5):
            return self.layout(n, depth, ("option", "indexed") if unions else ("option", "indexed", "union"))
        return self.layout(n, depth)

    def indexed(self, n, depth):
        length = self.rng.randint(1, 5) if n else self.rng.choice((0, 0, 3))
        index = [self.rng.randrange(length) for _ in range(n)]
        return self.make.indexed(self.letter(), index, self.plain(length, depth - 1), self.parameters())

    def option(self, n, depth, content=None):
        kind = self.rng.choice(("indexed_option", "byte_masked", "bit_masked", "unmasked"))
        return getattr(self, kind)(n, depth, content)

    def indexed_option(self, n, depth, content=None):
        rng = self.rng
        if content is None:
            content = self.plain(rng.choice((0, 1, 3, 5)), depth - 1)
        length = len(content)
        index = [rng.randrange(length) if length and self.chance(0.65) else -1 for _ in range(n)]
        if self.chance(0.3):
            index = [rng.choice((-1, -2, -99, -2**31)) if x < 0 else x for x in index]
        return self.make.indexed_option(self.letter("i64", "i32"), index, content, self.parameters())

    def byte_masked(self, n, depth, content=None):
        rng = self.rng
        if content is None:
            content = self.plain(n + self.extra(), depth - 1)
        when = self.when()
        # Where False is valid, awkward 2 takes bytes other than 0 and 1 for valid in `to_list`, for missing in its kernels.
        values = (0, 0, 1, 2, -1, -128, 127) if when and self.chance(0.5) else (0, 1)
        return self.make.byte_masked([rng.choice(values) for _ in range(n)], content, when, self.parameters())

    def bit_masked(self, n, depth, content=None):
        rng = self.rng
        if content is None:
            content = self.plain(n + self.extra(), depth - 1)
        mask = [rng.randrange(256) for _ in range((n + 7) // 8 + self.extra(2))]
        return self.make.bit_masked(mask, content, self.when(), n, self.when(), self.parameters())

    def unmasked(self, n, depth, content=None):
        return self.make.unmasked(content if content is not None else self.plain(n, depth - 1), self.parameters())

    def union(self, n, depth):
        rng = self.rng
        count = rng.choice((2, 2, 3, 4))
        options = self.chance(0.3)
        plain = ("option", "indexed", "union")
        families = [
            lambda k: self.numpy(k, np.dtype(rng.choice(NUMBERS[1:12])), {"p": 1} if self.odd() else None),
            lambda k: self.numpy(k, np.dtype(bool)),
            lambda k: self.string(k),
            lambda k: self.record(k, depth - 1),
            lambda k: self.list(k, depth - 1),
        ]
        picks = rng.sample(families, count)
        contents = []
        for pick in picks:
            if self.odd():
                pick = lambda k: self.layout(k, depth - 1, plain)
            length = rng.choice((0, 1, 2, 4, 6))
            content = pick(length)
            if options:
                content = self.option(length, 0, content) if length == len(content) else content
            contents.append(content)
        usable = [t for t, x in enumerate(contents) if len(x)]
        if len(usable) > 1 and self.chance(0.3):
            usable.remove(rng.choice(usable))
        if n and not usable:
            contents[0] = self.numpy(3, np.dtype("int64"))
            if options:
                contents[0] = self.option(3, 0, contents[0])
            usable = [0]
        tags = [rng.choice(usable) for _ in range(n)]
        index = [rng.randrange(len(contents[t])) for t in tags]
        if self.chance(0.5):  # what array operations make: each content in order
            seen = [0] * count
            for i, t in enumerate(tags):
                index[i] = seen[t] % len(contents[t])
                seen[t] += 1
        index += [rng.choice((0, 1, 10**6)) for _ in range(self.extra())]
        return self.make.union(self.letter(), tags, index, contents, self.parameters())

    # any of them

    def layout(self, n, depth, ban=()):
        kinds = {"numpy": 4, "string": 2}
        if n == 0:
            kinds["empty"] = 3
        if self.oddity > 0.1:
            kinds["char"] = 0.2
        if not ("indexed" in ban or "option" in ban):
            kinds["categorical"] = 0.7
        if depth > 0:
            kinds.update(list=4, regular=2.5, record=4, sorted_map=0.4)
            if "indexed" not in ban:
                kinds.update(indexed=2)
            if "option" not in ban:
                kinds.update(indexed_option=1.5, byte_masked=1.5, bit_masked=1.5, unmasked=1)
            if "union" not in ban:
                kinds.update(union=2.5)
            kinds["numpy"] = kinds["string"] = 1.2
        kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
        if kind == "empty":
            return self.make.empty()
        if kind in ("numpy", "string", "categorical", "char"):
            out = getattr(self, kind)(n)
        else:
            out = getattr(self, kind)(n, depth)
        if len(out) != n:  # a categorical without categories
            return self.numpy(n)
        return out

    def top(self):
        n = 0 if self.chance(self.zero_rate) else self.rng.choice((1, 2, 3, 4, 5, 6, 9, 17))
        depth = self.rng.choice((0, 1, 2, 2, 3, 3, 4, 5))
        return self.layout(n, depth)

    def options(self):
        out = {}
        if self.chance(0.15):
            out["buffer_key" if V2 else "key_format"] = self.rng.choice(self.make.key_formats)
        if self.chance(0.15):
            out["form_key"] = self.rng.choice(("n{id}", "{id}", "node {id}", "k/{id}", "a{{}}{id}", "\u00e9{id}"))
        if V2 and self.chance(0.15):
            out["id_start"] = self.rng.choice((1, 7, 1000))
        return out


# ---------------------------------------------------------------------------------------------
# Cases


def same(a, b):
    return json.dumps(a) == json.dumps(b)


def sayable(value):
    """Python's stand-ins for bytes that are not UTF-8 are not JSON."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def cautious_encode(value):
    try:
        value = encode(value)
    except TypeError:
        return UNSAID
    return value if sayable(value) else UNSAID


if V2:
    numpy_to_list = ak.contents.NumpyArray._to_list

    def dates_to_list(self, *args):
        """NumPy turns dates into datetime objects, or into plain integers, as their unit fits; keep them as they are."""
        if self.dtype.kind not in "mM":
            return numpy_to_list(self, *args)
        nest = lambda x: [nest(y) for y in x] if isinstance(x, np.ndarray) else x
        return nest(np.asarray(self.data))

    ak.contents.NumpyArray._to_list = dates_to_list
else:
    # What its `to_list` asks for, and does not find, on a complex number in a record.
    ak.nplike.NumpyMetadata.all_complex = (complex, np.complexfloating)
golden.encode = cautious_encode


def parts(record):
    """The length of each partition, with what names its blobs."""
    default = "{form_key}-{attribute}" if "type" in record else "part{partition}-{form_key}-{attribute}"
    template = record.get("buffer_key") or record.get("key_format") or default
    lengths = record["length"] if isinstance(record["length"], list) else [record["length"]]
    for partition, length in enumerate(lengths, record.get("partition_start", 0)):
        yield length, functools.partial(name_blob, template, partition)


def name_blob(template, partition, form_key, attribute):
    return template.format(partition=partition, form_key=form_key, attribute=attribute)


def check(record):
    """Compares with what `Reader` reads, and settles `list`; `Unsuitable` where the reference differs."""
    blobs = {k: base64.b64decode(v) for k, v in record["buffers"].items()}
    needed = record.get("needed", {})
    cut = {k: v[: needed.get(k, len(v))] for k, v in blobs.items()}
    versions = [(record["form"], blobs), (record["form"], cut)]
    if "packed_form" in record:
        versions.append((record["packed_form"], {k: base64.b64decode(v) for k, v in record["packed_buffers"].items()}))
    values = []
    try:
        for form, buffers in versions:
            pieces = [Reader(form, buffers, key).values(length) for length, key in parts(record)]
            values.append(pieces[0] if len(pieces) == 1 else sum(pieces, []))
    except Unsayable:
        record.pop("list")
        return
    for value, what in zip(values, ("the value", "the value read with `needed`", "the packed value")):
        if record["list"] == UNSAID:
            record["list"] = value
        if not same(value, record["list"]):
            raise Unsuitable("{} differs: {} and {}".format(what, json.dumps(record["list"])[:300], json.dumps(value)[:300]))


def settle_needed(record):
    """Checks the `needed` that `emit` found for awkward 2, and gives the older cases, whose reader keeps blobs whole, theirs."""
    blobs = {k: base64.b64decode(v) for k, v in record["buffers"].items()}
    plan = {}
    for length, key in parts(record):
        plan.update(Reader(record["form"], blobs, key).needed(length))
    needed = {}
    for k, blob in blobs.items():
        size = plan.get(k, 0)
        if size > len(blob):
            raise Unsuitable("reading needs {} bytes of {}, which has {}".format(size, k, len(blob)))
        if size < len(blob):
            needed[k] = size
    if V2 and needed != record.get("needed", {}):
        raise Unsuitable("`needed` differs: {} and {}".format(record.get("needed", {}), needed))
    if needed:
        record["needed"] = needed


def settle_packed(record):
    """Gives what packing the array *as it is read* gives, which is all that a reader can know.

    The layout itself may hold more than its buffers say: a content that is longer than any row reaches is
    gathered anew by `to_packed`, and kept as it is once it has been read back at its least length.
    """
    keys = {"buffer_key": record["buffer_key"]} if "buffer_key" in record else {}
    blobs = {k: base64.b64decode(v) for k, v in record["buffers"].items()}
    array = ak.from_buffers(ak.forms.from_dict(record["form"]), record["length"], blobs, byteorder="<", highlevel=False, **keys)
    names = {k: record[k] for k in ("form_key", "id_start") if k in record}
    form, _, packed = ak.to_buffers(ak.to_packed(array, highlevel=False), byteorder="<", **keys, **names)
    record["packed_form"] = json.loads(json.dumps(form.to_dict(verbose=False)))
    record["packed_buffers"] = golden.blobs(packed)


def draw(seed, number):
    """A layout, and how to write it."""
    generator = Generator("{}/{}".format(seed, number))
    layout = generator.top()
    options = generator.options()
    if not V2:
        layout = ak.Array(layout)
        if generator.chance(0.25):
            cuts = sorted(generator.rng.randint(0, len(layout)) for _ in range(generator.rng.randint(0, 3)))
            edges = [0, *cuts, len(layout)]
            layout = ak.partitioned([layout[a:b] for a, b in zip(edges, edges[1:])])
            if generator.chance(0.5):
                options["partition_start"] = generator.rng.choice((1, 5, 100))
    return layout, options


def describe(name, layout, options):
    """The record that `emit` prints, checked and completed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        golden.emit(name, layout, **options)
    record = json.loads(printed.getvalue())
    if not V2:
        del record["type"]
        if not ak.is_valid(layout):
            record["valid"] = False
    if record.get("valid") is not False:
        settle_needed(record)
        if V2:
            settle_packed(record)
        check(record)
    elif record["list"] == UNSAID:
        del record["list"]
    return record


def case(seed, number):
    return describe("random-{}-{}".format(seed, number), *draw(seed, number))


def main(arguments):
    flags = {x for x in arguments if x.startswith("--")}
    if ("--v1" in flags) == V2:
        sys.exit("awkward {} makes the {} cases".format(ak.__version__, "newer" if V2 else "older"))
    seed, count = [int(x) for x in arguments if x not in flags]
    made = number = 0
    skipped = {}
    np.seterr(all="ignore")
    while made < count:
        number += 1
        try:
            record = case(seed, number)
        except Exception as error:
            reason = type(error).__name__
            skipped[reason] = skipped.get(reason, 0) + 1
            if "--why" in flags:
                print(number, reason, str(error).split("\n")[0][:600], file=sys.stderr)
            continue
        print(json.dumps(record, allow_nan=False))
        made += 1
    print("left out:", skipped, file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
