"""Runs the sh blocks of docs/api-tour.md, in one shell, against a new civicd, and compares what they print with the block that follows
each: the same members in the same order with the same values, but for ids, times and hashes, which must look like themselves.

  api_tour_test.py CIVICD CIVIC_REPLAY
"""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

from running_civicd import running_civicd

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
MARK = "-- end of block"
MAX_SECONDS = 60
# What is different each time, and what it looks like.
CHANGING = {name: re.compile(pattern) for name, pattern in {
    "ID": r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    "TIME": r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "HASH": r"\b[0-9a-f]{64}\b"}.items()}


def steps() -> list[tuple[str, str, str]]:
    """(commands, kind of what is shown, what is shown); nothing is shown of a block that prints nothing."""
    blocks = BLOCK.findall((ROOT / "docs/api-tour.md").read_text(encoding="utf-8"))
    found = []
    for index, (kind, text) in enumerate(blocks):
        if kind == "sh":
            shown = blocks[index + 1] if index + 1 < len(blocks) and blocks[index + 1][0] in {"json", "http", "text"} else ("text", "")
            found.append((text, *shown))
    return found


def form_of(value):
    """The value with everything that changes replaced by what it is."""
    if isinstance(value, dict):
        return [(name, form_of(member)) for name, member in value.items()]
    if isinstance(value, list):
        return [form_of(item) for item in value]
    if isinstance(value, str):
        for name, pattern in CHANGING.items():
            value = pattern.sub(name, value)
    return value


def documents(text: str) -> list:
    decoder, found, position = json.JSONDecoder(), [], 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        value, position = decoder.raw_decode(text, position)
        found.append(form_of(value))
    return found


def run(script: str, server: str, data: Path, programs: list[str]) -> list[str]:
    path = ":".join([*(str(Path(program).resolve().parent) for program in programs), os.environ["PATH"]])
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=data.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=MAX_SECONDS, env=os.environ | {"SERVER": server, "DATA": str(data), "PATH": path})
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"the tour ends with {done.returncode}: {done.stderr}\n{done.stdout}")
    return done.stdout.split(MARK + "\n")[:-1]


class ApiTour(unittest.TestCase):
    maxDiff = None
    programs: list[str] = []

    def test_every_block_prints_what_is_shown(self):
        tour = steps()
        self.assertGreaterEqual(len(tour), 12)
        script = "".join(f"{commands}\nprintf '\\n{MARK}\\n'\n" for commands, _, _ in tour)
        with running_civicd(*self.programs, flags=("--log-level", "debug")) as civicd:
            printed = run(script, civicd.url, civicd.data, self.programs)
            self.check_that_nobody_is_named(civicd.log.read_text())
        self.assertEqual(len(printed), len(tour))
        for (commands, kind, shown), answer in zip(tour, printed):
            with self.subTest(commands):
                getattr(self, "compare_" + kind)(answer, shown)

    def check_that_nobody_is_named(self, log: str):
        """Who voted, on what, and at which position must never stand in one place, so no line about a request has any id."""
        of_the_log = re.compile(r" info serving \d+ events of log " + CHANGING["ID"].pattern + r"$")
        self.assertTrue(log.strip())
        for line in log.splitlines():
            self.assertNotRegex(of_the_log.sub("", line), CHANGING["ID"])
            self.assertNotRegex(line, r"ballot|Bearer|eyJ")

    def compare_json(self, answer: str, shown: str):
        self.assertEqual(documents(answer), documents(shown))

    def compare_text(self, answer: str, shown: str):
        self.assertEqual(answer.strip(), shown.strip())

    def compare_http(self, answer: str, shown: str):
        head, body = answer.replace("\r\n", "\n").split("\n\n", 1)
        shown_head, shown_body = shown.split("\n\n", 1)
        self.assertEqual(head.splitlines()[0], shown_head.splitlines()[0])
        self.assertLessEqual({form_of(line) for line in shown_head.splitlines()}, {form_of(line) for line in head.splitlines()})
        self.compare_json(body, shown_body)


if __name__ == "__main__":
    ApiTour.programs = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], "-v"])
