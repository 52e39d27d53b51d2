"""Every code that a client can be answered is in docs/errors.md and in docs/openapi.json, and no other: codes are collected from the
sources, wherever an error or a problem is made.

Also: the statuses of the rules are those of write_problem.cc, every route lists a code under a status that it has, and every member
that a route reads from a body is described.
"""

import json
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r'"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)"')
# What makes an error or a problem; the code stands among its arguments.
MAKERS = re.compile(r"\b(?:rejected|refuse|fail|unavailable|not_ready|problem_response|BodyFault)\s*[({]|\bfail\(\{|\brefuse\(\{|\{\s*\d{3},")
CONSTANTS = re.compile(r'inline constexpr const char\* k\w+ = "([a-z_]+)";|\brefusal = "([a-z_]+)";')
# An error of one of the kinds that clients are told of; the others become "internal".
ERRORS = re.compile(r"\{\s*ErrorCode::k(?:InvalidArgument|NotFound|Rejected|Conflict|CommandReused|Unavailable|OutcomeUnknown)\b")
INTERNAL = {"corrupt", "incompatible", "io"}
# Made below, and never on the way of a request that civicd answers.
UNREACHABLE = {
    "read_only": "civicd opens the log for writing",
    "not_all_seen": "said while the log is opened",
    "log_exists": "said while a log is made",
    "malformed": "deciders make well-formed requests; a test of the commands holds them to it",
    "no_event": "the same",
    "import_exists": "imports are not asked for over HTTP",
    "source_invalid": "the same",
    "rejected": "a rejection goes out under the name of its rule",
}

def source(path: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.sub(r"^\s*//.*$|\s//\s.*$", "", text, flags=re.M)


def files(*folders: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*")
                  if path.suffix in {".cc", ".h"})


def arguments(text: str, begin: int) -> str:
    """From an opening bracket to its closing one; brackets in texts do not count."""
    depth, position = 0, begin
    while position < len(text):
        character = text[position]
        if character == '"':
            position += 1
            while text[position] != '"':
                position += 2 if text[position] == "\\" else 1
        elif character in "({[":
            depth += 1
        elif character in ")}]":
            depth -= 1
            if depth == 0:
                return text[begin:position + 1]
        position += 1
    return text[begin:]


def codes_of_sources() -> set[str]:
    found = set()
    for path in files("commands", "query-api"):
        text = source(path)
        for maker in MAKERS.finditer(text):
            found |= set(CODE.findall(arguments(text, maker.end() - 1 if text[maker.end() - 1] in "({" else maker.start())))
        for groups in CONSTANTS.findall(text):
            found |= {name for name in groups if name}
    for path in files("commands", "query-api", "events", "vault", "projections", "storage"):
        text = source(path)
        for error in ERRORS.finditer(text):
            found |= set(CODE.findall(arguments(text, error.start())))
    found |= set(re.findall(r'(?:case \d+|default): return "(\w+)";', source("query-api/door/connection.cc")))
    found |= set(re.findall(r'case ErrorCode::\w+: return "(\w+)";', source("base/result.cc")))
    return found - INTERNAL


def documented() -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for line in (ROOT / "docs/errors.md").read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| `(\w+)` \| ([\d, ]+) \| \S.* \| \S.* \|$", line)
        if row:
            assert row.group(1) not in found, f"{row.group(1)} stands in docs/errors.md twice"
            found[row.group(1)] = {int(status) for status in row.group(2).split(",")}
    return found


def openapi() -> dict:
    return json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))


class Codes(unittest.TestCase):
    maxDiff = None

    def test_every_code_of_the_sources_is_documented_and_no_other(self):
        made = codes_of_sources()
        self.assertGreater(len(made), 100)
        self.assertEqual(sorted(made - set(UNREACHABLE)), sorted(documented()))
        self.assertEqual(sorted(set(UNREACHABLE) - made), [], "no longer made anywhere")

    def test_the_enum_of_openapi_is_the_list_of_errors(self):
        self.assertEqual(openapi()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"], sorted(documented()))

    def test_rules_have_the_statuses_of_the_service(self):
        text = source("query-api/writing/write_problem.cc")
        statuses = documented()
        lists = {name: set(CODE.findall(arguments(text, text.index("{", text.index(name)))))
                 for name in ("kUnknown", "kForbidden", "kUnprocessable")}
        for name, status in (("kUnknown", 404), ("kForbidden", 403), ("kUnprocessable", 422)):
            self.assertGreater(len(lists[name]), 5)
            for rule in lists[name]:
                self.assertEqual(statuses[rule], {status}, rule)
        rules = set()
        for path in files("commands"):
            rules |= set(re.findall(r'rejected\("(\w+)"', source(path)))
        for rule in rules - set(UNREACHABLE) - set().union(*lists.values()):
            self.assertEqual(statuses[rule], {409}, rule)

    def test_routes_list_codes_under_the_statuses_they_have(self):
        document, statuses, listed = openapi(), documented(), set()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for status, response in operation["responses"].items():
                    if "$ref" in response:
                        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
                    problem = response.get("content", {}).get("application/problem+json")
                    if problem is None:
                        self.assertLess(int(status), 400, f"{method} {path}")
                        continue
                    codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"]
                    listed |= set(codes)
                    for code in codes if status != "default" else []:
                        self.assertIn(int(status), statuses[code], f"{method} {path} {code}")
        self.assertEqual(sorted(set(documented()) - listed), ["method_not_allowed", "route_not_found"], "of no route")

    def test_every_member_that_is_read_from_a_body_is_described(self):
        read = set()
        for path in files("query-api/writing"):
            read |= set(re.findall(r'(?:fields|allows)\.(?:text|flag|number|time|id|named|object|objects|texts|id_of<[\w ]+>)\("(\w+)"',
                                   source(path)))
        described = set()

        def walk(schema):
            if isinstance(schema, dict):
                described.update(schema.get("properties", {}))
                for value in schema.values():
                    walk(value)

        for name, schema in openapi()["components"]["schemas"].items():
            if name.startswith("Ask") or name == "Permissions":
                walk(schema)
        self.assertEqual(read, described)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
