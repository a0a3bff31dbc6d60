"""Rows of slices are digested as those of a copy of them are, and as Rust does it (`contest/src/arrow.rs`)."""

import unittest

import arrow_digest
import pyarrow as pa


def _digest(array):
    return arrow_digest.digest(pa.table({"it": array}))["it"].told()


def _reached(array):
    return sorted(len(memoryview(buffer).cast("B")) for buffer in arrow_digest.buffers(pa.table({"it": array})))


TAGS = pa.array([0, 0, 1, 0, 1, 1, 0, 1], pa.int8())
DENSE = pa.UnionArray.from_dense(
    TAGS, pa.array([0, 1, 0, 2, 1, 2, 3, 3], pa.int32()), [pa.array([1.0, 20.0, 300.0, 4000.0]), pa.array(["a", "bb", None, "dddd"])]
)
SPARSE = pa.UnionArray.from_sparse(TAGS, [pa.array([1.0, 20, 0, 300, 0, 0, 4000, 0]), pa.array(["", "", "a", "", "bb", None, "", "dddd"])])


class Unions(unittest.TestCase):
    # Of rows 3 to 6: 300.0, "bb", None.
    expected = {"count": 3, "lists": 2, "sum": 300.0 + 2 * ord("b"), "magnitude": 300.0 + 2 * ord("b")}

    def test_slice(self):
        for union in (DENSE, SPARSE):
            self.assertEqual(_digest(union.slice(3, 3)), self.expected)

    def test_slice_of_lists(self):
        for union in (DENSE, SPARSE):
            lists = pa.ListArray.from_arrays(pa.array([0, 3, 6, 8], pa.int32()), union)
            self.assertEqual(_digest(lists.slice(1, 1)), self.expected | {"lists": 2 + 3})

    def test_slice_of_lists_in_records_in_lists(self):
        lists = pa.ListArray.from_arrays(pa.array([0, 3, 6, 8], pa.int32()), DENSE)
        records = pa.StructArray.from_arrays([lists], ["lists"])
        outer = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), records)
        self.assertEqual(_digest(outer.slice(1, 1)), self.expected | {"lists": 2 + 3 + 1})

    def test_buffers_are_those_that_rows_reach(self):
        # Tags and offsets of three rows, one number, the validity and the offsets of two strings, and what they say.
        self.assertEqual(_reached(DENSE.slice(3, 3)), sorted([3, 3 * 4, 8, 1, 3 * 4, 2]))


if __name__ == "__main__":
    unittest.main()
