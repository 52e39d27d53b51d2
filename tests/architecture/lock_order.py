"""Checks docs/lock-order.md against the code: every mutex of the product has a row, every row is a mutex of the product, and a row
names only mutexes below it, so that the order has no circle."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "lock-order.md"
FOLDERS = ["base", "access", "storage", "events", "vault", "commands", "projections", "installation", "reports", "query-api", "replay-tools"]
DECLARATION = re.compile(r"\bstd::(?:recursive_|shared_|timed_|recursive_timed_|shared_timed_)?mutex\s+(\w+)\s*(?:;|\{\s*\}\s*;)")
ANY_MUTEX = re.compile(r"\bstd::\w*mutex\b")
USE_IN_TYPE = re.compile(r"(?:lock|guard)\w*\s*<\s*std::\w*mutex")
ROW = re.compile(r"^\| `([\w./-]+)` `(\w+)` \|(.*)\|([^|]*)\|$")


def declared() -> tuple[set[tuple[str, str]], list[str]]:
    found, problems = set(), []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".h", ".cc"}:
                continue
            name = path.relative_to(ROOT).as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                code = USE_IN_TYPE.sub("", line.split("//")[0])
                mutexes = DECLARATION.findall(code)
                found.update((name, mutex) for mutex in mutexes)
                if len(mutexes) != len(ANY_MUTEX.findall(code)):
                    problems.append(f"{name}:{number}: a mutex in a form that this check cannot read; write `std::mutex name_;`")
    return found, problems


def check(mutexes: set[tuple[str, str]], page: str) -> list[str]:
    rows = [match.groups() for line in page.splitlines() if (match := ROW.match(line))]
    documented = [(file, mutex) for file, mutex, _, _ in rows]
    problems = [f"{file}: {mutex} is not in docs/lock-order.md" for file, mutex in sorted(mutexes - set(documented))]
    problems += [f"docs/lock-order.md: there is no {mutex} in {file}" for file, mutex in documented if (file, mutex) not in mutexes]
    problems += [f"docs/lock-order.md: {file} {mutex} stands twice" for file, mutex in set(documented) if documented.count((file, mutex)) > 1]
    for place, (file, mutex, _, takes) in enumerate(rows):
        below = {later for later, _, _, _ in rows[place + 1:]}
        problems += [f"docs/lock-order.md: {file} {mutex} takes {taken}, which is not below it"
                     for taken in re.findall(r"`([^`]+)`", takes) if taken not in below]
    return problems


def check_itself() -> None:
    """A check that cannot fail checks nothing."""
    row = "| `{}` `mutex_` | what | when | {} |"
    both = {("a.h", "mutex_"), ("b.h", "mutex_")}
    page = "\n".join([row.format("a.h", "`b.h`"), row.format("b.h", "–")])
    assert check(both, page) == []
    assert len(check(both, row.format("a.h", "–"))) == 1
    assert len(check({("a.h", "mutex_")}, page)) == 1
    assert len(check(both, "\n".join([row.format("b.h", "–"), row.format("a.h", "`b.h`")]))) == 1
    assert len(check({("a.h", "mutex_")}, row.format("a.h", "`a.h`"))) == 1
    assert DECLARATION.findall("  mutable std::shared_mutex mutex_;") == ["mutex_"]


def main() -> int:
    check_itself()
    mutexes, problems = declared()
    problems += check(mutexes, PAGE.read_text(encoding="utf-8"))
    if not mutexes:
        problems.append("no mutex was found at all")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
