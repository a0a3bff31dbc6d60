"""Writes the golden cases as seeds: corpus/TARGET/NAME, for each target what it takes."""

import base64
import hashlib
import io
import json
import pathlib
import struct
import zipfile

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "golden"
TEMPLATES = [
    "{form_key}-{attribute}",
    "part{partition}-{form_key}-{attribute}",
    "{{{partition:04d}}}/{form_key}.{attribute}",
    "node{id}",
    "n{id:03}",
    "{partition:064d}",
    "{form_key!r}",
    "{}",
    "}}{{",
]


def put(target, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def nodes(form):
    """The nodes of a form, each before its children, in the order that gawky has them."""
    if isinstance(form, str):
        return
    if form.get("class") == "VirtualArray":
        form = form.get("form") or {}
    yield form
    contents = form.get("contents", [])
    for content in contents.values() if isinstance(contents, dict) else contents:
        yield from nodes(content)
    if "content" in form:
        yield from nodes(form["content"])


ATTRIBUTES = ["offsets", "starts", "stops", "mask", "tags", "index", "data"]


def puzzle(form, length, blobs):
    """What `Puzzle::from_json` reads."""
    text = json.dumps(form).encode()
    if len(text) > 4000 or sum(map(len, blobs)) > 4000:
        return None
    rows = (length // 3, length - length // 4)
    head = struct.pack("<BQBBH", 0, length, min(rows[0], 255), min(rows[1], 255), len(text))
    return b"\x01" + head + text + b"".join(struct.pack("<H", len(blob)) + blob for blob in blobs)


def npy(descr, fortran_order, shape, elements, version=1):
    """An array as NumPy writes it, without NumPy."""
    header = "{{'descr': {!r}, 'fortran_order': {}, 'shape': {}, }}\n".format(descr, fortran_order, shape).encode()
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + elements


def archive(members, method, zip64=False, comment=b""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.comment = comment
        for name, content in members.items():
            with made.open(name, "w", force_zip64=zip64) as member:
                member.write(content)
    return file.getvalue()


JSON = [
    ("{x: int64, y: var * ?float64}", '[{"x": 1, "y": [1.5, null]}, {"x": -2, "y": []}]'),
    ("?(string, bool)", '[["a\\u00e9\\ud83d\\ude00", true], null, {"1": false, "0": ""}]'),
    ("union[2 * int8, string, datetime64[s]]", '["2020-01-01T00:00:00", [1, 2], "x"]'),
    ("var * (string, complex64)", '[{"a": 1, "b": {"r": 1, "i": 2}}, [["c", 3]]]'),
    ("uint64", "[18446744073709551615, 18446744073709551616, 1e400, -0.0, 0.1e-2]"),
    ("float32", '["nan", NaN, -Infinity, 16777217]'),
    ("?union[{x: int64}, {y: ?string}]", '{"x": 1}\n{"y": null}\n{"x": "a"}\nnull\n{"y"'),
    ("bytes", '\ufeff"\\udc80"'),
    ("union[int64, string, bool]", '1\n2\n"a"\ntrue\noops\n"b"\n[1]\n{"x": 1, "x": 2}\n{"x": 3}\n2.5'),
]
for of, text in JSON:
    put("json_typed", of.encode() + b"\n" + text.encode())
    # With batches of one row, of two and of three.
    for how in [*range(16), 0x10, 0x11, 0x21]:
        put("json", bytes([how]) + text.encode())

SCHEMAS = [
    ({"type": "array", "items": {"type": "integer"}}, "[1, 2]"),
    ({"type": "array", "items": {"type": ["number", "null"]}}, "[1.5, null]"),
    ({"type": "array", "items": {"enum": ["a", "b"]}}, '["a", "b", "a"]'),
    ({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2}}, "[[true, false]]"),
    ({"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "array", "items": {"type": "integer"}}}}, '{"x": "a", "y": [1], "z": 2}'),
]
for of, text in SCHEMAS:
    put("json_typed", json.dumps(of).encode() + b"\n" + text.encode())

ARRAYS = {
    "node0-offsets.npy": npy("<i8", False, (3,), struct.pack("<3q", 0, 2, 3)),
    "node1-data.npy": npy(">f4", True, (3, 2), struct.pack(">6f", *range(6)), 2),
    "node2-mask.npy": npy("|b1", False, (), b"\1", 3),
    "part0/node3-data.npy": npy("<M8[15us]", False, (0,), b""),
    "form.json": b'{"class": "EmptyArray"}',
}

for content in ARRAYS.values():
    put("npz", b"\1" + content)
for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
    for zip64 in (False, True):
        put("npz", b"\0" + archive(ARRAYS, method, zip64))
    put("npz", b"\0" + archive({}, method, comment=b"PK\5\6"))
for seed in range(20):
    put("npz", b"\2" + bytes((seed * 7 + n * n) % 256 for n in range(60)))


def safetensors(case, blobs):
    """The header and the data of the case as such a file, its blobs as bytes."""
    header, end = {"__metadata__": {"form": json.dumps(case["form"]), "length": str(case["length"])}}, 0
    for key, blob in blobs.items():
        header[key] = {"dtype": "U8", "shape": [len(blob)], "data_offsets": [end, end + len(blob)]}
        end += len(blob)
    return json.dumps(header, separators=(",", ":")).encode(), b"".join(blobs.values())


# Choices that forms, arrays and Arrow arrays are built by: any will do.
for seed in range(40):
    choices = bytes((seed * 31 + n * n * (seed % 7 + 1)) % 251 for n in range(80))
    for target in ("form_json", "datashape", "json_typed"):
        put(target, b"\x80" + choices)
    for how in (2, 4):
        put("arrow_in", bytes([how]) + choices)


def manifest(case, blobs, **others):
    """The files of a dataset of one partition, as the target `manifest` takes them."""
    says = {
        "format": "gawky.dataset",
        "format_version": 1,
        "version": 1,
        "form": case["form"],
        "key_format": "part{partition}-{form_key}-{attribute}",
        "packing": "blobs",
        "byteorder": "<",
        "lengths": [case["length"]],
        "history": {"since": 1, "partitions": [1]},
        **others,
    }
    files = [json.dumps(says).encode()]
    for key, blob in blobs.items():
        files += [key.encode(), blob]
    return b"\xff".join(files) if not any(b"\xff" in blob for blob in blobs.values()) else None


NUMBERS = {"class": "NumpyArray", "primitive": "int64", "form_key": "node0"}
TWO = {"form": NUMBERS, "length": 2}
PAST = {"length": 1, "form": NUMBERS}
for blobs, others in [
    ({}, {"lengths": [], "history": {"since": 1, "partitions": [0]}, "attributes": {"run": 7}}),
    ({"claims/1": b'{"token": "a", "time": 5}'}, {"next_id": 1, "commits": ["a", "b"], "colour": [None]}),
    ({"claims/1": b"[]", "claims/x": b"", "claims/2": b'{"token": "b", "time": 18446744073709551615}'}, {}),
    (
        {"versions/1.json": manifest(PAST, {}) or b"", "part0-node0-data": bytes(16)},
        {"version": 2, "previous": 1, "history": {"since": 2, "partitions": [1]}, "ids": [0], "next_id": 4},
    ),
    (
        {"aside/a-data": struct.pack("<2q", 1, 2), "part0-node0-data": bytes(16), "part1-node0-data": bytes(16)},
        {
            "lengths": {"form": {**NUMBERS, "form_key": "aside/a"}, "length": 2, "rest": [1]},
            "history": {"since": 1, "partitions": [3]},
        },
    ),
    ({}, {"packing": "safetensors", "key_format": "part{partition}.safetensors/{form_key}-{attribute}"}),
    ({"part0-node0-data": bytes(16)}, {"checksums": "crc32c", "byteorder": ">"}),
]:
    put("manifest", manifest(TWO, blobs, **others))


def arrow_files():
    """Arrow's own files, where pyarrow is there to write them; without, the fuzzer has those that gawky writes."""
    try:
        import pyarrow as pa
    except ImportError:
        return
    columns = {
        "x": pa.array([1, None, 3]),
        "s": pa.array(["a", "bc", None]).dictionary_encode(),
        "l": pa.array([[{"y": 1.5}], [], None]),
        "v": pa.array(["a", "longer than twelve", None], pa.string_view()),
    }
    batch = pa.record_batch(columns)
    for codec in (None, "lz4", "zstd"):
        options = pa.ipc.IpcWriteOptions(compression=codec)
        for how, new in enumerate((pa.ipc.new_file, pa.ipc.new_stream)):
            sink = pa.BufferOutputStream()
            with new(sink, batch.schema, options=options) as writer:
                writer.write_batch(batch)
                writer.write_batch(batch)
            put("arrow_in", bytes([how]) + sink.getvalue().to_pybytes())


arrow_files()

for path in sorted(GOLDEN.glob("*.jsonl")):
    for line in path.read_text().splitlines():
        case = json.loads(line)
        text = json.dumps(case["form"]).encode()
        if len(text) <= 4000:
            put("form_json", text)
        for shown in filter(None, [case.get("type"), (case.get("type") or "").partition(" * ")[2]]):
            put("datashape", shown.encode())
        for name in ("buffer_key", "key_format", "form_key"):
            if isinstance(case.get(name), str):
                put("key_template", case[name].encode())
        if isinstance(case["length"], list):
            continue
        header, data = safetensors(case, {k: base64.b64decode(v) for k, v in case["buffers"].items()})
        if len(header) + len(data) <= 4000:
            put("safetensors_header", struct.pack("<Q", len(header)) + header + data)
            put("safetensors_header", header)
        blobs = []
        for node in nodes(case["form"]):
            for attribute in ATTRIBUTES:
                for key, blob in case["buffers"].items():
                    own = str(node.get("form_key"))
                    if key.endswith(attribute) and own in key.replace(attribute, "").strip("-/.").split("-"):
                        blobs.append(base64.b64decode(blob))
        seed = puzzle(case["form"], case["length"], blobs)
        if seed is not None:
            put("reader", seed)
            put("reader", b"\x03" + seed[1:])
            # As a file, as a stream, compressed, and with some bytes changed.
            put("arrow_in", bytes([3, (0x20, 0x21, 0x00, 0x11, 0x22, 0x27)[len(seed) % 6]]) + bytes(range(5, 20)) + seed[1:])
            named = {f"part0-{key}": base64.b64decode(blob) for key, blob in case["buffers"].items()}
            files = manifest(case, named)
            if files is not None:
                put("manifest", files)

for template in TEMPLATES:
    put("key_template", template.encode())
