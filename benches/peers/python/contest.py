"""The protocol of `contest/src/protocol.rs`, for contenders in Python.

A contender is an object with `name`, `version`, and those of these methods that it can do:

    load(neutral)               the data set in memory, in the contender's own form, from the neutral Arrow file; beside it lie `blobs/`
    write(array, folder)        writes it
    open(place)                 gives (rows, fields)
    read(place, columns, rows)  columns: None or names; rows: None, ("range", start, stop) or ("take", [row, …])
    buffers(result)             what `read` or `json_in` gave as an iterable of objects with a buffer of bytes
    digest(result)              {column: Column}
    json_in(file), json_out(array)

A place is a path, or ("s3://…", endpoint). What a method raises is the answer; `Cannot` is for what the contender does not do at all.
"""

import json
import os
import sys
import time

import numpy as np


class Cannot(Exception):
    """Nothing that this contender does, and why."""


class Column:
    """A column in numbers, as `contest/src/digest.rs` has it."""

    def __init__(self):
        self.count, self.lists, self.sum, self.magnitude = 0, 0, 0.0, 0.0

    def add(self, leaves):
        leaves = np.asarray(leaves).reshape(-1)
        self.count += len(leaves)
        leaves = leaves.astype(np.float64)
        leaves = leaves[np.isfinite(leaves)]
        self.sum += float(np.sum(leaves))
        self.magnitude += float(np.sum(np.abs(leaves)))

    def add_lists(self, lengths):
        self.lists += int(lengths)

    def told(self):
        return {"count": self.count, "lists": self.lists, "sum": self.sum, "magnitude": self.magnitude}


def _bytes_below(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def _peak():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise Cannot("no VmHWM in /proc/self/status")


def _came(contender, request, start, result):
    """What was read: touched while the clock runs, digested afterwards."""
    total = touched = 0
    for buffer in contender.buffers(result):
        bytes_ = np.frombuffer(buffer, np.uint8)
        total += len(bytes_)
        touched ^= int(np.bitwise_xor.reduce(bytes_[::4096])) if len(bytes_) else 0
    answer = {"seconds": time.perf_counter() - start, "bytes": total}
    if request.get("digest"):
        answer["digest"] = {name: column.told() for name, column in contender.digest(result).items()}
    return answer


def _method(contender, name, why):
    method = getattr(contender, name, None)
    if method is None:
        raise Cannot(why)
    return method


def _place(request):
    at = request["at"]
    return (at, request["endpoint"]) if at.startswith("s3://") else at


def _rows(request):
    rows = request.get("rows")
    if rows is None:
        return None
    return ("range", *rows["range"]) if "range" in rows else ("take", rows["take"])


def _answer(contender, request):
    what = request["do"]
    if what == "hello":
        return {"name": contender.name, "version": contender.version, "threads": getattr(contender, "threads", os.cpu_count())}
    if what == "write":
        write = _method(contender, "write", "writes nothing")
        array = contender.load(request["from"])
        start = time.perf_counter()
        write(array, request["to"])
        return {"seconds": time.perf_counter() - start, "bytes": _bytes_below(request["to"])}
    if what == "open":
        start = time.perf_counter()
        rows, fields = contender.open(_place(request))
        return {"seconds": time.perf_counter() - start, "rows": rows, "fields": fields}
    if what == "read":
        start = time.perf_counter()
        result = contender.read(_place(request), request.get("columns"), _rows(request))
        return _came(contender, request, start, result)
    if what == "json_in":
        json_in = _method(contender, "json_in", "reads no JSON")
        start = time.perf_counter()
        result = json_in(request["file"])
        return _came(contender, request, start, result)
    if what == "json_out":
        json_out = _method(contender, "json_out", "writes no JSON")
        array = contender.load(request["from"])
        start = time.perf_counter()
        text = json_out(array)
        return {"seconds": time.perf_counter() - start, "bytes": len(text)}
    if what == "memory":
        return {"peak": _peak()}
    raise ValueError(f"nobody knows how to {what!r}")


def serve(contender):
    # What libraries print must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            answer = _answer(contender, json.loads(line))
        except Cannot as why:
            answer = {"cannot": str(why)}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
