"""pyarrow as a contender: `pyarrow_.py feather|parquet`."""

import io
import os
import sys

import contest
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.feather
import pyarrow.fs
import pyarrow.ipc
import pyarrow.json
import pyarrow.parquet

import arrow_digest


def _picked(table, rows):
    if rows is None:
        return table
    if rows[0] == "range":
        return table.slice(rows[1], rows[2] - rows[1])
    return table.take(rows[1])


class Arrow:
    version = pa.__version__
    buffers = staticmethod(arrow_digest.buffers)
    digest = staticmethod(arrow_digest.digest)

    def load(self, neutral):
        with pa.OSFile(neutral) as file:
            return pa.ipc.open_file(file).read_all()

    def json_in(self, file):
        return pa.json.read_json(file)


class Feather(Arrow):
    name = "pyarrow (Feather, mapped)"

    def write(self, table, folder):
        pa.feather.write_feather(table, os.path.join(folder, "data.feather"))

    def _file(self, folder, columns=None):
        source = pa.memory_map(os.path.join(folder, "data.feather"))
        if columns is None:
            return pa.ipc.open_file(source)
        schema = pa.ipc.open_file(source).schema
        included = [schema.get_field_index(name) for name in columns]
        return pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=included))

    def open(self, folder):
        file = self._file(folder)
        # The file does not say how many rows there are but in its batches, whose buffers are not read for it.
        rows = sum(file.get_batch(number).num_rows for number in range(file.num_record_batches))
        return rows, len(file.schema)

    def read(self, folder, columns, rows):
        return _picked(self._file(folder, columns).read_all(), rows)


class Parquet(Arrow):
    name = "pyarrow (Parquet)"
    # The client of an object store, which keeps its connections but nothing of what was read.
    store = None

    def write(self, table, folder):
        pa.parquet.write_table(table, os.path.join(folder, "data.parquet"))

    def _at(self, place):
        """A path, and the file system that it is in."""
        if isinstance(place, str):
            return os.path.join(place, "data.parquet"), pa.fs.LocalFileSystem()
        url, endpoint = place
        if self.store is None:
            scheme, _, host = endpoint.partition("://")
            self.store = pa.fs.S3FileSystem(anonymous=True, scheme=scheme, endpoint_override=host, region="us-east-1")
        return f"{url.removeprefix('s3://')}/data.parquet", self.store

    def _file(self, place):
        path, system = self._at(place)
        # What is wanted of a file far away is asked for together.
        return pa.parquet.ParquetFile(path, filesystem=system, pre_buffer=not isinstance(place, str))

    def open(self, place):
        file = self._file(place)
        return file.metadata.num_rows, len(file.schema_arrow)

    def read(self, place, columns, rows):
        if rows is None:
            path, system = self._at(place)
            return pa.parquet.read_table(path, columns=columns, filesystem=system)
        if rows[0] == "take":
            path, system = self._at(place)
            return pa.dataset.dataset(path, filesystem=system).take(rows[1], columns=columns)
        # The row groups that hold them; a group cannot be read in part.
        file = self._file(place)
        groups, begins, before = [], [], 0
        for number in range(file.num_row_groups):
            end = before + file.metadata.row_group(number).num_rows
            if before < rows[2] and rows[1] < end:
                groups.append(number)
                begins.append(before)
            before = end
        table = file.read_row_groups(groups, columns=columns)
        return table.slice(rows[1] - begins[0], rows[2] - rows[1])


contest.serve({"feather": Feather, "parquet": Parquet}[sys.argv[1]]())
