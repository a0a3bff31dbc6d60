"""What is asked. A task is a row of the table: of each contender it collects figures, the median of which is the cell."""

import dataclasses
import random


@dataclasses.dataclass(frozen=True)
class Task:
    key: str
    title: str
    unit: str = "s"
    """`s`, `B`, or `n` for a number."""
    ratio: bool = True
    """Whether it is compared: a rise of memory may be nothing, as a process has some to spare."""
    few: bool = False
    """Asked once a round, whatever time it takes."""
    rounds: int | None = None
    """Of how many rounds, where that is enough: it takes long, or is always the same."""


WRITE = Task("write", "write", few=True, rounds=3)
SIZE = Task("size", "file size", unit="B")
OPEN = Task("open", "open")
ALL = Task("all", "read all")
COLUMNS = Task("columns", "2 columns")
ROWS = Task("rows", "100 rows of 2 columns")
SCATTERED = Task("scattered", "1,000 scattered rows of 2 columns")
MEMORY_ALL = Task("memory-all", "memory, read all", unit="B", ratio=False, few=True, rounds=1)
MEMORY = Task("memory", "memory, 2 columns", unit="B", ratio=False, few=True, rounds=1)
JSON_IN = Task("json-in", "JSON in", few=True, rounds=3)
JSON_OUT = Task("json-out", "JSON out", few=True, rounds=3)


@dataclasses.dataclass(frozen=True)
class Remote:
    """A task on what lies in an object store that is some milliseconds away: what it takes is three rows of the table."""

    of: Task
    seconds: Task
    requests: Task
    bytes: Task


def _remote(task):
    key, title = f"s3-{task.key}", f"S3: {task.title}"
    requests = Task(f"{key}-requests", f"{title}, requests", unit="n")
    return Remote(task, Task(key, title, few=True), requests, Task(f"{key}-bytes", f"{title}, bytes", unit="B"))


REMOTE = {remote.seconds: remote for remote in map(_remote, [OPEN, ALL, COLUMNS, ROWS, SCATTERED])}
"""By the task that has the seconds."""

REMOTE_TOLD = {told for remote in REMOTE.values() for told in (remote.requests, remote.bytes)}
TOLD = {SIZE} | REMOTE_TOLD
"""Rows that are filled by other tasks."""

TASKS = [WRITE, SIZE, OPEN, ALL, COLUMNS, ROWS, SCATTERED, MEMORY_ALL, MEMORY]
TASKS += [task for remote in REMOTE.values() for task in (remote.seconds, remote.requests, remote.bytes)]
TASKS += [JSON_IN, JSON_OUT]


def chosen(keys):
    """The tasks of these keys, with all that they tell; all tasks for no keys."""
    keys = {task.key for task in TASKS if keys is None or task.key in keys}
    keys |= {told.key for task, remote in REMOTE.items() if task.key in keys for told in (remote.requests, remote.bytes)}
    return [task for task in TASKS if task.key in keys]


def question(task, about, turn):
    """What is wanted of a reading task. Every turn wants other rows, which are the same for all contenders."""
    numbers = random.Random(f"{task.key} {turn}")
    length = about["rows"]
    if task in (ALL, MEMORY_ALL):
        return {}
    wanted = {"columns": about["columns"]}
    if task is ROWS:
        count = min(100, max(1, length // 4))
        start = numbers.randrange(length - count + 1)
        wanted["rows"] = {"range": [start, start + count]}
    if task is SCATTERED:
        wanted["rows"] = {"take": sorted(numbers.sample(range(length), min(1000, max(1, length // 4))))}
    return wanted
