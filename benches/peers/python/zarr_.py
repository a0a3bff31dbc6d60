"""zarr-python as a contender, with nested data as the flat columns of `columns.py`, one array of Zarr's each.

| task | API |
|---|---|
| write | `zarr.create_group(store, attributes=…)`, `Group.create_array(name, data=…)`: its own chunks and its own codec, which is zstd |
| open | `zarr.open_group(store, mode="r", zarr_format=3)`, and its attributes, which say how columns are nested |
| read | `group[name][start:stop]`; scattered: `group[name][rows]` |
| S3 | `zarr.storage.ObjectStore` over `obstore` |

Metadata is not consolidated: a group's attributes say here what it would be needed for, and it made every task slower.
"""

import os

import arrow_digest
import columns as nested
import contest
import numpy as np
import obstore.store
import pyarrow as pa
import zarr
import zarr.storage

FOLDER = "data.zarr"


class Zarr:
    name = "zarr"
    version = zarr.__version__
    # The client of an object store, which keeps its connections but nothing of what was read.
    store = None

    def load(self, neutral):
        with pa.OSFile(neutral) as file:
            table = pa.ipc.open_file(file).read_all()
        flat = {}
        nodes = {name: nested.flatten(name, table[name], flat) for name in table.column_names}
        return {"rows": table.num_rows, "columns": nodes}, flat

    def write(self, array, folder):
        attributes, flat = array
        group = zarr.create_group(os.path.join(folder, FOLDER), attributes=attributes)
        for name, numbers in flat.items():
            group.create_array(name, data=numbers)

    def _opened(self, place):
        if isinstance(place, str):
            return zarr.open_group(os.path.join(place, FOLDER), mode="r", zarr_format=3)
        url, endpoint = place
        if self.store is None:
            bucket, _, prefix = url.removeprefix("s3://").partition("/")
            options = {"endpoint": endpoint, "skip_signature": True, "client_options": {"allow_http": True}}
            self.store = obstore.store.S3Store(bucket, prefix=f"{prefix}/{FOLDER}", **options)
        return zarr.open_group(zarr.storage.ObjectStore(self.store, read_only=True), mode="r", zarr_format=3)

    def open(self, place):
        attributes = self._opened(place).attrs
        return attributes["rows"], len(attributes["columns"])

    def read(self, place, columns, rows):
        group = self._opened(place)
        attributes = group.attrs.asdict()
        nodes = attributes["columns"]
        reading = nested.Reading(group.__getitem__)
        found = {}
        for name in nodes if columns is None else columns:
            if rows is not None and rows[0] == "take":
                found[name] = nodes[name], reading.taken(name, nodes[name], np.array(rows[1]))
            else:
                start, stop = (0, attributes["rows"]) if rows is None else rows[1:]
                found[name] = nodes[name], reading.rows(name, nodes[name], start, stop)
        return found

    def buffers(self, found):
        for _, read in found.values():
            for array in nested.buffers(read):
                # What is taken from a structured place may not lie in one piece.
                yield np.ascontiguousarray(array).view(np.uint8)

    def digest(self, found):
        return arrow_digest.digest(pa.table({name: nested.to_arrow(node, read) for name, (node, read) in found.items()}))


contest.serve(Zarr())
