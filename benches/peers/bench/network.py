"""An object store that is some milliseconds away: `latency/`, which serves what contenders have stored, and counts."""

from bench.process import Cannot, Process

BUCKET = "peers"


class Network:
    """Started at the first question."""

    def __init__(self, binary, log, milliseconds):
        self.process = Process([binary, "--milliseconds", str(milliseconds)], log, 60) if binary else None
        self.endpoint = None
        self.served = set()

    def place(self, folder, prefix):
        """What a contender is told to find there what lies in a folder."""
        if self.process is None:
            raise Cannot("the object store cannot be built")
        if self.endpoint is None:
            self.endpoint = self.process.ask("endpoint")["endpoint"]
        if prefix not in self.served:
            self.process.ask("serve", **{"from": str(folder), "as": f"{BUCKET}/{prefix}"})
            self.served.add(prefix)
        return {"at": f"s3://{BUCKET}/{prefix}", "endpoint": self.endpoint}

    def traffic(self):
        """How many requests and bytes there were since the last time."""
        answer = self.process.ask("traffic")
        return answer["requests"], answer["bytes"]

    def stop(self):
        if self.process is not None:
            self.process.stop()
