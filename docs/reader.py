"""Reads what gawky writes, with nothing but NumPy: a second reader, made from formats.md alone.

    python reader.py PLACE [--version N] [--verify]    # a dataset, or one array: a .safetensors, an .npz, a folder of blobs
"""

import json
import pathlib
import re
import sys

import numpy as np

INTEGERS = {"i32": "int32", "u32": "uint32", "i64": "int64"}
PEP_3118 = {"g": "float128", "Zf": "complex64", "Zd": "complex128", "Zg": "complex256"}


def need(holds, what):
    if not holds:
        raise ValueError(what)


def node(form):
    """A node of a form of either generation, its class without a width, with every member that its class has."""
    if isinstance(form, str):
        form = {"class": "NumpyArray", "primitive": form}
    if form["class"] == "VirtualArray":
        return node(form["form"])
    form = {"form_key": None, "inner_shape": [], **form, "parameters": form.get("parameters") or {}}
    name, width = re.fullmatch("([A-Za-z]+?)(?:8_)?(32|U32|64)?", form["class"]).groups()
    form["class"] = name
    if width is not None:
        letters = {"32": "i32", "U32": "u32", "64": "i64"}[width]
        form.update({member: letters for member in ("offsets", "starts", "stops", "index")})
    if name == "RecordArray" and "fields" not in form:
        contents = form["contents"]
        form["fields"] = list(contents) if isinstance(contents, dict) else None
        form["contents"] = contents if form["fields"] is None else list(contents.values())
    if name == "NumpyArray" and form.get("primitive") in (None, "datetime64", "timedelta64") and "format" in form:
        form["primitive"] = PEP_3118.get(form["format"], form["format"])
    return form


class Reading:
    """The values of one array: `blob(form key, attribute)` gives the bytes of a buffer, or None where there are none."""

    def __init__(self, blob, byteorder="<"):
        self.blob, self.byteorder = blob, byteorder

    def buffer(self, form, attribute, dtype, count):
        dtype = np.dtype(dtype).newbyteorder(self.byteorder)
        found = self.blob(form["form_key"], attribute) if count > 0 else b""
        enough = found is not None and len(found) >= count * dtype.itemsize
        need(enough, "{} of {} is missing or too short".format(attribute, form["form_key"]))
        return np.frombuffer(found, dtype, count)

    def integers(self, form, attribute, count):
        return self.buffer(form, attribute, INTEGERS[form[attribute]], count).astype(np.int64)

    def values(self, form, n):
        """A list of the n values of a node; of characters and bytes, `bytes`."""
        form = node(form)
        return getattr(self, form["class"])(form, n)

    def EmptyArray(self, form, n):
        need(n == 0, "{} elements of no type".format(n))
        return []

    def NumpyArray(self, form, n):
        shape = (n, *form["inner_shape"])
        array = self.buffer(form, "data", form["primitive"], int(np.prod(shape, dtype=object)))
        array = (array.view(np.uint8) != 0) if array.dtype == bool else array.astype(array.dtype.newbyteorder("="))
        return array.tobytes() if form["parameters"].get("__array__") in ("char", "byte") else spelled(array.reshape(shape))

    def RegularArray(self, form, n):
        size = form["size"]
        content = self.values(form["content"], n * size)
        return self.lists(form, [content[i * size : (i + 1) * size] for i in range(n)])

    def ListArray(self, form, n):
        starts, stops = self.integers(form, "starts", n), self.integers(form, "stops", n)
        full = starts != stops
        need((starts <= stops).all() and (starts[full] >= 0).all(), "starts and stops in disorder")
        content = self.values(form["content"], int(stops[full].max(initial=0)))
        return self.lists(form, [content[a:b] if a < b else content[:0] for a, b in zip(starts, stops)])

    def ListOffsetArray(self, form, n):
        offsets = self.integers(form, "offsets", n + 1) if n > 0 else np.zeros(1, np.int64)
        need(offsets[0] >= 0 and (offsets[1:] >= offsets[:-1]).all(), "offsets in disorder")
        content = self.values(form["content"], int(offsets[-1]))
        return self.lists(form, [content[a:b] for a, b in zip(offsets[:-1], offsets[1:])])

    def lists(self, form, lists):
        # Text that is not UTF-8 may be there where nobody reaches it.
        text = form["parameters"].get("__array__") == "string"
        return [x.decode("utf-8", "surrogateescape") for x in lists] if text else lists

    def RecordArray(self, form, n):
        contents = [self.values(content, n) for content in form["contents"]]
        rows = zip(*contents) if contents else [()] * n
        return list(rows) if form["fields"] is None else [dict(zip(form["fields"], row)) for row in rows]

    def IndexedArray(self, form, n):
        index = self.integers(form, "index", n)
        need((index >= 0).all(), "a negative index")
        content = self.values(form["content"], int(index.max(initial=-1)) + 1)
        return [content[i] for i in index]

    def IndexedOptionArray(self, form, n):
        index = self.integers(form, "index", n)
        content = self.values(form["content"], int(index.max(initial=-1)) + 1)
        return [None if i < 0 else content[i] for i in index]

    def ByteMaskedArray(self, form, n):
        return self.masked(form, self.buffer(form, "mask", "int8", n) != 0, n)

    def BitMaskedArray(self, form, n):
        mask = self.buffer(form, "mask", "uint8", -(-n // 8))
        return self.masked(form, np.unpackbits(mask, count=n, bitorder="little" if form["lsb_order"] else "big") != 0, n)

    def masked(self, form, bits, n):
        return [x if bit == form["valid_when"] else None for x, bit in zip(self.values(form["content"], n), bits)]

    def UnmaskedArray(self, form, n):
        return self.values(form["content"], n)

    def UnionArray(self, form, n):
        tags, index = self.buffer(form, "tags", "int8", n), self.integers(form, "index", n)
        need((tags >= 0).all() and (tags < len(form["contents"])).all() and (index >= 0).all(), "tags or index out of range")
        reached = [int(index[tags == tag].max(initial=-1)) + 1 for tag in range(len(form["contents"]))]
        contents = list(map(self.values, form["contents"], reached))
        return [contents[tag][i] for tag, i in zip(tags, index)]


def spelled(array):
    """Python's own values; dates and durations, and numbers that Python lacks, as NumPy's scalars."""
    if array.dtype.kind in "Mm" or array.dtype.itemsize > 16 or array.dtype == np.longdouble:
        return [spelled(x) if x.ndim else x[()] for x in map(np.asarray, array)]
    return array.tolist()


DEVICES = "(CON|PRN|AUX|NUL|CONIN[$]|CONOUT[$]|(COM|LPT)[0-9¹²³]) *([.].*)?"


def file_name(key):
    """The path of a key below a folder."""
    path = ""
    for segment in key.split("/"):
        need(segment not in ("", ".", ".."), "{!r} is no key".format(key))
        odd = r'[\x00-\x1f\x7f<>:"|?*\\%]|[. ]$'
        if segment.startswith(".gawky-") or re.fullmatch(DEVICES, segment, re.IGNORECASE | re.ASCII):
            odd = "^.|" + odd
        name = re.sub(odd, lambda found: "%{:02X}".format(ord(found[0])), segment)
        if len(name.encode()) > 255:
            while len(name.encode()) > 240:
                piece = re.sub("%.?$", "", name.encode()[:240].decode(errors="ignore"))
                path, name = path + piece + "%/+", name[len(piece) :]
        path += name + "/"
    return path[:-1]


# Containers: called with a key they give bytes, or None.


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def __call__(self, key):
        path = self.path / file_name(key)
        return path.read_bytes() if path.is_file() else None


class SafeTensors:
    def __init__(self, data):
        size = int.from_bytes(data[:8], "little")
        self.header = json.loads(data[8 : 8 + size])
        self.metadata = self.header.pop("__metadata__", {})
        self.body = data[8 + size :]
        self.front = data[: 8 + size + min((x["data_offsets"][0] for x in self.header.values()), default=0)]

    def __call__(self, key):
        if key == "__metadata__":
            return self.front
        if key not in self.header:
            return None
        start, end = self.header[key]["data_offsets"]
        need(start <= end <= len(self.body), "{} lies beyond the file".format(key))
        return self.body[start:end]


class Npz:
    def __init__(self, path):
        self.archive = np.load(path)

    def __call__(self, key):
        found = self.archive[key] if key in self.archive else None
        return found.astype(found.dtype.newbyteorder("<")).tobytes() if isinstance(found, np.ndarray) else found


TABLE = list(range(256))
for _ in range(8):
    TABLE = [x >> 1 ^ (0x82F63B78 if x & 1 else 0) for x in TABLE]


def crc32c(data):
    """CRC-32C (Castagnoli): reflected, polynomial 0x1EDC6F41, begun with and complemented by all ones."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Dataset:
    """A dataset below `get`, a container, as it was at a version; the newest where none is said."""

    def __init__(self, get, version=None):
        self.get = get
        manifest = self.manifest("dataset.json")
        version = manifest["version"] if version is None else version
        need(manifest.get("oldest", 1) <= version <= manifest["version"], "there is no version {}".format(version))
        while version < manifest["history"]["since"]:
            manifest = self.manifest("versions/{}.json".format(manifest["previous"]))
        count = manifest["history"]["partitions"][version - manifest["history"]["since"]]
        self.form, self.byteorder = manifest["form"], manifest["byteorder"]
        self.key_format, self.packing = manifest["key_format"], manifest["packing"]
        self.lengths = self.column(manifest["lengths"])[:count]
        self.ids = self.column(manifest["ids"]) if "ids" in manifest else range(len(self.lengths))
        self.checksums = manifest.get("checksums")

    def manifest(self, key):
        manifest = json.loads(self.get(key))
        need(manifest["format"] == "gawky.dataset" and manifest["format_version"] == 1, "a format of another time")
        return manifest

    def column(self, column):
        if isinstance(column, list):
            return column
        blob = self.get(column["form"]["form_key"] + "-data")
        return np.frombuffer(blob, "<i8", column["length"]).tolist() + column["rest"]

    def partition(self, i, verify=False):
        """The rows of partition number i."""
        number = self.ids[i]
        files = {}

        def fetch(key):
            if self.packing == "blobs":
                return self.get(key)
            file, end, tensor = key.partition(".safetensors/")
            if file not in files:
                files[file] = SafeTensors(self.get(file + end[:-1]))
            return files[file](tensor)

        if verify and self.checksums is not None:
            sums = json.loads(self.get("checksums/{}.json".format(number)))
            need(sums["algorithm"] == "crc32c", "checksums of a kind that is not known")
            for key, said in sums["blobs"].items():
                data = fetch(key)
                need(data is not None and len(data) == said["bytes"], "{} is not of its size".format(key))
                need("{:08x}".format(crc32c(data)) == said["crc32c"], "{} is damaged".format(key))

        def blob(form_key, attribute):
            return fetch(self.key_format.format(partition=number, form_key=form_key, attribute=attribute))

        return Reading(blob, self.byteorder).values(self.form, self.lengths[i])

    def rows(self, verify=False):
        return [self.partition(i, verify) for i in range(len(self.lengths))]


def array(path):
    """The rows of one array: a safetensors file, an npz archive or a folder of blobs, the last two with form and length."""
    path = pathlib.Path(path)
    if path.suffix == ".safetensors":
        get = SafeTensors(path.read_bytes())
        form, length = get.metadata["form"], get.metadata["length"]
    else:
        get = Npz(path) if path.suffix == ".npz" else Folder(path)
        form, length = get("form.json"), get("length.json")
    lengths = json.loads(length)  # a list where there are partitions
    key, lengths = ("part{}-{}-{}", lengths) if isinstance(lengths, list) else ("{1}-{2}", [lengths])
    read = lambda i: Reading(lambda form_key, attribute: get(key.format(i, form_key, attribute)))
    parts = [read(i).values(json.loads(form), n) for i, n in enumerate(lengths)]
    return parts[0] if len(parts) == 1 else sum(parts, [])


def main(path, *options):
    version = int(options[options.index("--version") + 1]) if "--version" in options else None
    if (pathlib.Path(path) / "dataset.json").exists():
        rows = sum(Dataset(Folder(path), version).rows("--verify" in options), [])
    else:
        rows = array(path)
    for row in rows:
        print(json.dumps(row, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
