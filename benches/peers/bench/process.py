"""A contender's process: asked by lines of JSON, with an end to patience."""

import json
import selectors
import subprocess


class Cannot(Exception):
    """Nothing that this contender does, and why."""


class Failed(Exception):
    """It does such things, but this went wrong."""


class Process:
    """Started at the first question, and anew after it has died."""

    def __init__(self, command, log, patience):
        self.command, self.log, self.patience = command, log, patience
        self.process = None

    def _start(self):
        errors = open(self.log, "ab")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        errors.close()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def ask(self, what, **request):
        if self.process is None:
            self._start()
        try:
            self.process.stdin.write(json.dumps({"do": what, **request}).encode() + b"\n")
            self.process.stdin.flush()
            if not self.selector.select(self.patience):
                self.stop()
                raise Failed(f"took more than {self.patience} s")
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            status = self.process.wait()
            self.process = None
            raise Failed(f"the process ended ({status}): {self._last_words()}")
        answer = json.loads(line)
        if "cannot" in answer:
            raise Cannot(answer["cannot"])
        if "failed" in answer:
            # What follows the first line is where in the library it happened.
            raise Failed(answer["failed"].partition("\n")[0])
        return answer

    def _last_words(self):
        lines = open(self.log, errors="replace").read().strip().splitlines()
        return lines[-1] if lines else "without a word"

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
            self.process = None
