"""Checks rules of the house that a compiler does not: length of files and functions, headers that say what they are,
left-over markers, names that say nothing, absolute paths of one machine."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
FOLDERS = ["base", "access", "storage", "events", "vault", "commands", "projections", "installation", "reports", "query-api", "replay-tools", "tests",
           "bench"]
MARKERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
VAGUE_NAMES = re.compile(r"\b(class|struct)\s+\w*(Manager|Helper|Util|Utils|Impl)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(work|root|home|farm)/")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]


def long_functions(lines: list[str]) -> list[tuple[int, int]]:
    """(line, length) of functions that are too long. A function opens with a line that ends in "{" after a parameter list, at
    namespace level or inside a class, and closes with a brace of the same indentation."""
    found = []
    for number, line in enumerate(lines):
        opening = re.match(r"^( {0,2})\S.*\)( const| noexcept| override)* \{$", line)
        if not opening or re.match(r"\s*(namespace|class|struct|if|for|while|switch|\})", line):
            continue
        closing = opening.group(1) + "}"
        for end in range(number + 1, len(lines)):
            if lines[end].startswith(closing):
                if end - number + 1 > MAX_FUNCTION_LINES:
                    found.append((number + 1, end - number + 1))
                break
    return found


def main() -> int:
    problems = []
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in {".h", ".cc", ".py", ".md", ".txt", ".cmake", ".json", ".toml"} and not name.startswith("scripts/"):
            continue
        if name.startswith("tests/golden/") or name.startswith("tests/corpus/") or name == "tests/architecture/house_rules.py":
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            if MARKERS.search(line):
                problems.append(f"{name}:{number}: left-over marker")
            if MACHINE_PATHS.search(line):
                problems.append(f"{name}:{number}: a path of one machine")
        if path.suffix in {".h", ".cc"}:
            if len(lines) > MAX_FILE_LINES and "Longer than other files because" not in text:
                problems.append(f"{name}: {len(lines)} lines; split it, or say in it why it is longer")
            if VAGUE_NAMES.search(text):
                problems.append(f"{name}: a type's name says nothing")
        if path.suffix == ".cc" and not name.startswith("tests/"):
            for start, length in long_functions(lines):
                problems.append(f"{name}:{start}: a function of {length} lines")
        if path.suffix == ".h":
            if not text.startswith("#pragma once\n"):
                problems.append(f"{name}: does not begin with #pragma once")
            if not re.search(r"^//", text, re.M):
                problems.append(f"{name}: a header without a word on what it is")
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
