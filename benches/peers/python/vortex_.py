"""Vortex from Python (`vortex-data`) as a contender: `vortex_.py [mapped]`.

| task | API |
|---|---|
| write | `vortex.io.write(array, path)`: the default strategy, which compresses |
| open | `vortex.open(path)`, with `memory_map=True` where mapped; S3 by `store=vortex.store.S3Store(…)` |
| columns | `VortexFile.to_arrow(columns)` |
| rows | `VortexFile.to_repeated_scan(columns).execute(row_range=…)`; scattered: `to_arrow(columns, indices=…)` |
"""

import os
import sys

import arrow_digest
import contest
import pyarrow as pa
import vortex
import vortex.store

FILE = "data.vortex"


class Vortex:
    version = vortex.__version__
    buffers = staticmethod(arrow_digest.buffers)
    digest = staticmethod(arrow_digest.digest)

    def __init__(self, mapped):
        self.mapped = mapped
        self.name = "vortex-data (mapped)" if mapped else "vortex-data"
        # The client of an object store, which keeps its connections but nothing of what was read.
        self.store = None

    def load(self, neutral):
        with pa.OSFile(neutral) as file:
            table = pa.ipc.open_file(file).read_all()
        try:
            return vortex.array(table)
        except Exception as error:
            if "union" in str(table.schema):
                raise contest.Cannot("Vortex does not import Arrow's unions") from error
            raise

    def write(self, array, folder):
        vortex.io.write(array, os.path.join(folder, FILE))

    def _opened(self, place):
        if isinstance(place, str):
            return vortex.open(os.path.join(place, FILE), memory_map=self.mapped)
        url, endpoint = place
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if self.store is None:
            options = {"endpoint": endpoint, "skip_signature": True, "client_options": {"allow_http": True}}
            self.store = vortex.store.S3Store(bucket, **options)
        return vortex.open(f"{prefix}/{FILE}", store=self.store)

    def open(self, place):
        file = self._opened(place)
        return len(file), len(file.dtype.to_arrow_schema())

    def read(self, place, columns, rows):
        file = self._opened(place)
        if rows is None:
            return file.to_arrow(columns).read_all()
        if rows[0] == "range":
            return file.to_repeated_scan(columns).execute(row_range=rows[1:]).to_arrow().read_all()
        return file.to_arrow(columns, indices=vortex.array(pa.array(rows[1], pa.uint64()))).read_all()


contest.serve(Vortex("mapped" in sys.argv[1:]))
