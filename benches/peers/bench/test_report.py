import unittest

from bench import report, tasks


def _recorded():
    figures = {"open": {"gawky-blobs": [0.1, 0.3, 0.2], "gawky-safetensors": [0.4], "slow": [60.0], "fast": [0.05]}}
    told = {"figures": figures, "why": {"open": {"other": "reads no files"}}, "once": {"open": ["slow"]}}
    told["rounds"] = 3
    told["about"] = {"rows": 3, "fields": 2, "bytes": 5 << 20, "lines": {"rows": 3, "bytes": 1 << 20, "without": []}}
    keys = ["gawky-blobs", "gawky-safetensors", "slow", "fast", "other"]
    contenders = {key: {"name": key.upper(), "version": "1", "threads": 2} for key in keys}
    return {"run": "today", "command": "it", "contenders": contenders, "absent": {}, "sets": {"made-up": told}}


def _cells(only):
    lines = report.table(_recorded(), "made-up", only, [tasks.OPEN]).splitlines()
    return [cell.strip() for cell in lines[4].strip("|").split("|")]


class Report(unittest.TestCase):
    def test_cells_have_medians_ratios_and_notes(self):
        self.assertEqual(_cells(None), ["open", "200 ms (1.00)", "400 ms (2.00)", "60.0 s (300) [1]", "50.0 ms (0.25)", "– [2]"])

    def test_ratios_of_some_columns_are_those_of_all(self):
        self.assertEqual(_cells(["fast"]), ["open", "50.0 ms (0.25)"])

    def test_who_is_ahead_is_said_of_those_shown(self):
        self.assertIn("Ahead of the best of gawky's ways: open: FAST (0.25).", report.table(_recorded(), "made-up", None, [tasks.OPEN]))
        self.assertNotIn("Ahead", report.table(_recorded(), "made-up", ["slow"], [tasks.OPEN]))


if __name__ == "__main__":
    unittest.main()
