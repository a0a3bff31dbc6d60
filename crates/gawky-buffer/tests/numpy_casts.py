"""What NumPy makes of dtypes, casts and float128, for tests/numpy_casts.rs.

    python crates/gawky-buffer/tests/numpy_casts.py > crates/gawky-buffer/tests/numpy_casts.json

on x86-64 Linux, where long double is the 80-bit float. Elements are little-endian, in hexadecimal. What C
leaves open (floats that no integer holds, NaN as an integer), and what gawky does otherwise on purpose (NaT
as a float; months as days), is listed under "skip" or left out.
"""

import json
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")

INTEGERS = ["|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8"]
FLOATS = ["<f2", "<f4", "<f8", "<f16"]
COMPLEX = ["<c8", "<c16", "<c32"]
NUMBERS = ["|b1", *INTEGERS, *FLOATS, *COMPLEX]

REALS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -1.9, 127.5, 200.25, 65519.9, 1e5, -3e9, 2.0**62, 1e30, 1e300,
    1 + 2**-11 + 2**-40, 1 + 2**-24 + 2**-50, 6e-8, 1e-40, 5e-324, np.inf, -np.inf, np.nan,
]  # fmt: skip


def values(dtype):
    dtype = np.dtype(dtype)
    with np.errstate(all="ignore"):
        if dtype.kind == "b":
            return np.array([False, True])
        if dtype.kind in "iu":
            info = np.iinfo(dtype)
            some = [0, 1, 100, info.max, info.min, info.max // 3, (1 << 53) + 1, (1 << 62) + 12345]
            return np.array([v for v in some if info.min <= v <= info.max], dtype)
        if dtype == np.dtype("<f16"):
            fine = [
                np.longdouble(1) + np.longdouble(2) ** -63,
                np.longdouble(1) + np.longdouble(2) ** -24 + np.longdouble(2) ** -60,
                np.longdouble(2) ** 63 + 1,
                np.longdouble(2) ** -16400,
            ]
            return np.array(REALS + fine, dtype)
        if dtype.kind == "f":
            return np.array(REALS, "f8").astype(dtype)
        part = np.array(REALS, "f8")
        return (part + 1j * np.roll(part, 1)).astype(dtype)


def hexadecimal(array):
    if array.dtype in (np.dtype("<f16"), np.dtype("<c32")):
        # The padding is whatever was in memory.
        array = np.frombuffer(array.tobytes(), "u1").reshape(-1, 16).copy()
        array[:, 10:] = 0
    return array.tobytes().hex()


def skipped(source, to):
    """Where the result is for C to choose, or the rounding is not done once."""
    if source.dtype.kind != "f":
        return []
    if to.kind in "iu":
        info = np.iinfo(to)
        whole = np.trunc(source.astype("<f16"))
        low, high = np.longdouble(int(info.min)), np.longdouble(int(info.max))
        return [i for i, v in enumerate(whole) if not low <= v <= high]
    if source.dtype == np.dtype("<f16") and to == np.dtype("<f2"):
        return list(range(len(source)))
    return []


def casts():
    out = []
    for source_type in NUMBERS:
        source = values(source_type)
        targets = {}
        for to in map(np.dtype, NUMBERS):
            if source.dtype.kind == "c" and to.kind not in "cb":
                continue
            with np.errstate(all="ignore"):
                result = source.astype(to)
            targets[to.str] = {"out": hexadecimal(result), "skip": skipped(source, to)}
        out.append({"from": source.dtype.str, "in": hexadecimal(source), "to": targets})
    return out


def seconds(unit):
    """About how long a tick is."""
    name = unit.lstrip("0123456789")
    sizes = {"Y": 366 * 86400, "M": 31 * 86400, "W": 7 * 86400, "D": 86400, "h": 3600, "m": 60}
    sizes |= {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
    return int(unit[: -len(name)] or 1) * sizes[name]


def time_casts():
    out = []
    ticks = np.array([0, 1, -1, 5, -7, 59, 100, -1000, 123456, -987654, np.iinfo("i8").min], "i8")
    date_units = [
        "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "15us", "7s", "3s", "2Y", "3M", "5M", "2W", "3D",
    ]  # fmt: skip
    for kind in "Mm":
        for a in date_units:
            source = ticks.view(f"<{kind}8[{a}]")
            targets = {}
            for b in date_units:
                months = [u.lstrip("0123456789") in ("Y", "M") for u in (a, b)]
                if kind == "m" and months[0] != months[1]:
                    continue
                # NumPy wraps where the result, counted in single units, does not fit; gawky does not.
                result = source.astype(f"<{kind}8[{b}]")
                spans = [abs(int(v)) * seconds(a) / seconds(b.lstrip("0123456789")) for v in ticks[:-1]]
                skip = [i for i, span in enumerate(spans) if span > 2**62]
                targets[f"<{kind}8[{b}]"] = {"out": hexadecimal(result), "skip": skip}
            out.append({"from": source.dtype.str, "in": hexadecimal(source), "to": targets})
        for a in ["<i8", "<i4", "|b1", "<f4"]:
            source = np.array([0, 1, -1, 5], "i8").astype(a)
            to = np.dtype(f"<{kind}8[us]")
            targets = {to.str: {"out": hexadecimal(source.astype(to)), "skip": []}}
            out.append({"from": source.dtype.str, "in": hexadecimal(source), "to": targets})
        source = ticks.view(f"<{kind}8[s]")
        targets = {}
        for to in map(np.dtype, NUMBERS):
            skip = [len(ticks) - 1] if to.kind in "fc" else []
            targets[to.str] = {"out": hexadecimal(source.astype(to)), "skip": skip}
        out.append({"from": source.dtype.str, "in": hexadecimal(source), "to": targets})
    return out


def float128s():
    """Bytes of float128, and of the float64 that C makes of them."""
    random = np.random.default_rng(20240229)
    cases = []
    for exponent in [0x3FFF, 0x43FE, 0x43FF, 0x3C01, 0x3C00, 0x3BFF, 0x3BCE, 0x3BCD, 0x3BCC, 1, 0, 0x7FFE]:
        patterns = [1 << 63, (1 << 63) | 0x400, (1 << 63) | 0x401, (1 << 63) | 0xC00, (1 << 64) - 1]
        patterns += [(1 << 63) | int(random.integers(1 << 62)) for _ in range(6)]
        if exponent == 0:
            patterns = [p & ~(1 << 63) for p in patterns]
        for mantissa in patterns:
            sign = int(random.integers(2)) << 15
            stored = mantissa.to_bytes(8, "little") + (sign | exponent).to_bytes(2, "little") + bytes(6)
            with np.errstate(all="ignore"):
                narrow = np.frombuffer(stored, "<f16").astype("<f8")
            cases.append([stored.hex(), narrow.tobytes().hex()])
    return cases


def strings():
    names = (
        "? b B h H i I l L q Q e f d g F D G p P n N M m a S U V O "
        "int8 int16 int32 int64 uint8 uint16 uint32 uint64 int uint intp uintp long ulong longlong ulonglong "
        "short ushort intc uintc byte ubyte half single double longdouble float float16 float32 float64 "
        "float128 csingle cdouble clongdouble complex complex64 complex128 complex256 cfloat bool bool_ bool8 "
        "datetime64 timedelta64 M8 m8 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 f16 c8 c16 c32 b1 ?1 i3 f1 <i4 >i4 =i4 "
        "|i4 |b1 <b1 >b1 |i1 >i1 |u1 <f8 =f8 !f8 @f8 <M8[15us] >m8[ns] <M8 M8[us] >? <d >d <int32 >int32 "
        "<datetime64[us] datetime64[us] timedelta64[7D] <timedelta64[us] |M8[us] float_ Float64 str object void "
        "int0 l4 b4 d8 e2 g16 Zd Zf <D >F M8[15] M8[] M8[xs] i4,f8 2i4"
    ).split()
    out = []
    for name in names:
        try:
            dtype = np.dtype(name)
        except (TypeError, ValueError):
            out.append([name, None])
        else:
            out.append([name, dtype.str if dtype.kind in "biufcMm" and dtype.names is None and dtype.subdtype is None else None])
    return out


def texts():
    """Elements and what str makes of them."""
    out = []
    for dtype in ["<f8", "<c16", "|i1", "<u8", "|b1"]:
        for element in values(dtype):
            out.append([dtype, hexadecimal(np.array([element], dtype)), str(element)])
    for unit in ["M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "15us", "7W", "5h"]:
        for ticks in [0, 1, -1, 86399, 123456789, -123456789, 2**40, np.iinfo("i8").min]:
            for kind in "Mm":
                element = np.array([ticks], "<i8").view(f"<{kind}8[{unit}]")
                text = str(element[0])
                if not text.startswith("-") or kind == "m":
                    out.append([element.dtype.str, element.tobytes().hex(), text])
    return out


cases = {
    "numpy": np.__version__,
    "strings": strings(),
    "casts": casts() + time_casts(),
    "float128": float128s(),
    "texts": texts(),
}
lines = []
for name, value in cases.items():
    if isinstance(value, str):
        lines.append(f"{json.dumps(name)}: {json.dumps(value)}")
    else:
        rows = ",\n".join(json.dumps(row) for row in value)
        lines.append(f"{json.dumps(name)}: [\n{rows}\n]")
sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
