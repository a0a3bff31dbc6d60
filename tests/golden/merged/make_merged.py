"""Golden cases for putting arrays of different types together, and for casting them, made with awkward 2.14.

    python make_merged.py > merged2.jsonl

The first lines are arrays, with the members that make_golden.py gives them (name, form, length, buffers, type, list). The others say
what the reference makes of them: `do` is concatenate, simplify or cast, `of` names one array or two, and either `type` and `list`
are what came of it, or `error` is why nothing did.

    concatenate   ak.concatenate of two, with `mergebool` where it is true
    simplify      UnionArray.simplified of a union of two: all rows of the second, then all of the first
    cast          ak.enforce_type to the datashape `to`
"""

import json
import pathlib
import sys
import warnings

import awkward as ak
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from make_golden import blobs, encode  # noqa: E402

c, i = ak.contents, ak.index
I8, U8, I32, U32, I64 = i.Index8, i.IndexU8, i.Index32, i.IndexU32, i.Index64


def num(*values, dtype):
    return c.NumpyArray(np.array(values, dtype=dtype))


def layout(values, to=None):
    return ak.to_layout(ak.enforce_type(ak.Array(values), to) if to else ak.Array(values))


def parts():
    yield "bool", num(True, False, dtype=bool)
    yield "int8", num(-1, 2, dtype=np.int8)
    yield "uint8", num(1, 0, dtype=np.uint8)
    yield "int32", num(1, -7, 3, dtype=np.int32)
    yield "int64", num(10, 20, dtype=np.int64)
    yield "uint64", num(5, 6, dtype=np.uint64)
    yield "float16", num(0.5, np.nan, dtype=np.float16)
    yield "float32", num(1.5, -2.5, dtype=np.float32)
    yield "float64", num(0.1, np.inf, 4.0, dtype=np.float64)
    yield "complex64", num(1 + 2j, 3, dtype=np.complex64)
    yield "complex128-real", num(1, 2, dtype=np.complex128)
    yield "date-s", num(0, 86400, dtype="datetime64[s]")
    yield "date-ms", num(1500, "NaT", dtype="datetime64[ms]")
    yield "duration-s", num(1, 2, dtype="timedelta64[s]")
    yield "unknown", c.EmptyArray()
    yield "none", layout([None, None])
    yield "option-int64", layout([1, None, 3])
    yield "masked-float32", c.ByteMaskedArray(I8(np.array([1, 0, 1], np.int8)), num(1, 2, 3, dtype=np.float32), True)
    yield "bits-int8", c.BitMaskedArray(U8(np.array([0b101], np.uint8)), num(1, 2, 3, dtype=np.int8), True, 3, True)
    yield "unmasked-int64", c.UnmaskedArray(num(7, 8, dtype=np.int64))
    yield "indexed-int64", c.IndexedArray(I64(np.array([1, 0, 1])), num(7, 8, dtype=np.int64))
    yield "string", layout(["one", "", "µ"])
    yield "bytes", layout([b"one", b""])
    yield "option-string", layout(["one", None])
    yield "categorical", c.IndexedArray(I64(np.array([0, 1, 0])), layout(["x", "y"]), parameters={"__array__": "categorical"})
    yield "list-int64", layout([[1, 2], [], [3]])
    yield "list32-float32", c.ListOffsetArray(I32(np.array([0, 2, 3], np.int32)), num(1.5, 2.5, 3.5, dtype=np.float32))
    yield "starts-int64", c.ListArray(I64(np.array([2, 0])), I64(np.array([3, 2])), num(1, 2, 3, dtype=np.int64))
    yield "list-option", layout([[1, None], [None]])
    yield "list-string", layout([["a"], []])
    yield "list-unknown", layout([[], []])
    yield "list-list", layout([[[1], []], [[2, 3]]])
    yield "regular-2", ak.to_layout(ak.to_regular(ak.Array([[1, 2], [3, 4]])))
    yield "regular-3", ak.to_layout(ak.to_regular(ak.Array([[1, 2, 3]])))
    yield "rows-2", c.NumpyArray(np.array([[0.5, 1.5], [2.5, 3.5]]))
    yield "option-list", layout([[1], None])
    yield "record", layout([{"x": 1, "y": [1.5]}, {"x": 2, "y": []}])
    yield "record-yx", layout([{"y": [2], "x": 0.5}])
    yield "record-x", layout([{"x": 5}])
    yield "record-string", layout([{"x": "five", "y": [1]}])
    yield "record-option", layout([{"x": 1, "y": [1.5]}, None, {"x": None, "y": []}])
    yield "point", ak.to_layout(ak.Array([{"x": 1, "y": [1]}], with_name="Point"))
    yield "tuple", layout([(1, "a"), (2, "b")])
    yield "tuple-float", layout([(0.5, "c")])
    yield "tuple-1", layout([(1,)])
    yield "union", layout([1, "two", 3])
    yield "union-option", layout([1, None, "two", [1.5]])
    yield "union-record", layout([{"x": 1}, {"x": "a", "z": 1}, 5])
    yield "list-union", layout([[1, "two"], []])


TYPES = [
    "bool", "int8", "int64", "uint64", "float32", "float64", "complex128", "datetime64[ms]", "timedelta64[ms]", "string", "bytes",
    "unknown", "?unknown", "?int64", "?float64", "?string", "categorical[type=string]", "var * int64", "var * ?float64", "var * float64",
    "2 * int64", "2 * float32", "3 * int64", "var * var * int64", "var * string", "var * unknown", "?var * int64", "{x: int64}",
    "{x: float64, y: var * float64}", "{y: var * float64, x: int64}", "{x: ?int64, y: var * float64, z: ?string}",
    "?{x: ?int64, y: var * float64}", "Point[x: int64, y: var * int64]", "(int64, string)", "(float64, string, ?int64)", "(int64)",
    "union[int64, string]", "union[string, float64]", "union[int64, string, bool]", "union[?int64, ?string, ?var * float64]",
    "union[{x: int64}, {x: string, z: int64}, int64]", "var * union[int64, string]", "var * uint8",
]


def outcome(make):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = make()
        said = {"type": str(ak.type(ak.Array(made)).content)}
        dates = isinstance(made, c.NumpyArray) and made.data.dtype.kind in "mM"
        try:
            said["list"] = encode(list(made.data) if dates else made.to_list())
        except TypeError:
            # Dates among others are told as Python's own, which lose what NumPy has.
            pass
        return said
    except Exception as error:
        return {"error": "{}: {}".format(type(error).__name__, str(error).strip().splitlines()[0][:60] if str(error).strip() else "")}


def say(**record):
    print(json.dumps(record, allow_nan=False))


def main():
    arrays = dict(parts())
    for name, array in arrays.items():
        form, length, container = ak.to_buffers(array, byteorder="<")
        record = outcome(lambda: array)
        say(name=name, form=json.loads(json.dumps(form.to_dict(verbose=False))), length=length, buffers=blobs(container), **record)
    for one, a in arrays.items():
        for other, b in arrays.items():
            apart = outcome(lambda: ak.concatenate([a, b], mergebool=False, highlevel=False))
            say(do="concatenate", of=[one, other], **apart)
            together = outcome(lambda: ak.concatenate([a, b], mergebool=True, highlevel=False))
            if together != apart:
                say(do="concatenate", of=[one, other], mergebool=True, **together)
            tags = I8(np.array([1] * len(b) + [0] * len(a), np.int8))
            index = I64(np.array([*range(len(b)), *range(len(a))], np.int64))
            say(do="simplify", of=[one, other], **outcome(lambda: c.UnionArray.simplified(tags, index, [a, b])))
    for name, array in arrays.items():
        for to in TYPES:
            say(do="cast", of=[name], to=to, **outcome(lambda: ak.enforce_type(array, to, highlevel=False)))


if __name__ == "__main__":
    main()
