"""Lance from Python (`pylance`, which is the Rust crate `lance`) as a contender.

| task | API |
|---|---|
| write | `lance.write_dataset(table, uri)`: the default format and parameters |
| open | `lance.dataset(uri)`; S3 by `storage_options` |
| columns | `LanceDataset.to_table(columns=…)` |
| rows | `to_table(columns=…, offset=…, limit=…)`; scattered: `LanceDataset.take(rows, columns=…)` |
"""

import os

import arrow_digest
import contest
import lance
import pyarrow as pa

FOLDER = "data.lance"


class Lance:
    name = "lance (pylance)"
    version = lance.__version__
    buffers = staticmethod(arrow_digest.buffers)
    digest = staticmethod(arrow_digest.digest)

    def load(self, neutral):
        with pa.OSFile(neutral) as file:
            table = pa.ipc.open_file(file).read_all()
        if "union" in str(table.schema):
            raise contest.Cannot("Lance has no unions")
        return table

    def write(self, table, folder):
        lance.write_dataset(table, os.path.join(folder, FOLDER))

    def _opened(self, place):
        if isinstance(place, str):
            return lance.dataset(os.path.join(place, FOLDER))
        url, endpoint = place
        options = {"aws_endpoint": endpoint, "allow_http": "true", "aws_region": "us-east-1"}
        options |= {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
        return lance.dataset(f"{url}/{FOLDER}", storage_options=options)

    def open(self, place):
        dataset = self._opened(place)
        return dataset.count_rows(), len(dataset.schema)

    def read(self, place, columns, rows):
        dataset = self._opened(place)
        if rows is None:
            return dataset.to_table(columns=columns)
        if rows[0] == "range":
            return dataset.to_table(columns=columns, offset=rows[1], limit=rows[2] - rows[1])
        return dataset.take(rows[1], columns=columns)


contest.serve(Lance())
