"""A folder is a layer and a CMake target, and includes only what its target links.

Checks, over the sources of the project:
  - each layer links only the layers the design allows it (ALLOWED below),
  - each file includes only headers of its own layer and of layers its target links, directly or through others,
  - each third-party library is included only where it may be (LIBRARIES below),
  - no file is forgotten in its folder's CMakeLists.txt.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ALLOWED = {
    "base": set(),
    "storage": {"base"},
    "events": {"base", "storage"},
    "vault": {"base", "storage"},
    "access": {"base"},
    "commands": {"events", "vault"},
    "projections": {"events", "storage"},
    "installation": {"commands", "projections"},
    "reports": {"events", "vault", "projections"},
    "query-api": {"installation", "reports", "commands", "projections", "events", "vault", "access", "base"},
    "replay-tools": {"installation", "reports", "commands", "projections", "events", "vault", "access", "base"},
}

# Include prefix → where it may stand: folders, or single files.
LIBRARIES = {
    "cereal/": {"events/payload_codec.cc"},
    "pistache/": {"query-api", "bench"},
    "jansson": {"access/json_object.cc"},
    "rhonabwy": {"access/token_key.cc"},
    "boost/json": {"query-api", "replay-tools", "reports"},
    "openssl/": {"base/crypto.cc"},
    "unicode/": {"base/text.cc"},
    "rocksdb/": {"storage", "events", "vault", "projections"},
    "CLI/": {"query-api", "replay-tools"},
    "spdlog/": {"query-api"},
    "toml++/": {"query-api"},
    "prometheus/": {"query-api/operation/metrics_page.cc"},
    "zlib.h": {"query-api/door/gzip.cc"},
}

INCLUDE = re.compile(r'^\s*#include\s+([<"])([^>"]+)[>"]', re.M)
LINK = re.compile(r"civiclog_(\w+)")


def target_of(folder: str) -> str:
    return folder.replace("-", "_")


def cmake_call(folder: str) -> str:
    text = (ROOT / folder / "CMakeLists.txt").read_text()
    text = re.sub(r"#.*", "", text)
    call = re.search(r"civiclog_library\(NAME\s+%s\b(.*?)\n?\)" % re.escape(folder), text, re.S)
    if not call:
        raise SystemExit(f"{folder}/CMakeLists.txt has no civiclog_library(NAME {folder} ...)")
    return call.group(1)


def links_of(folder: str) -> set[str]:
    call = cmake_call(folder)
    linked = re.split(r"\b(?:PUBLIC|PRIVATE)\b", call)[1:]
    names = {target_of(name): name for name in ALLOWED}
    return {names[match] for part in linked for match in LINK.findall(part) if match in names}


def closure(folder: str, links: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [folder]
    while todo:
        for linked in links[todo.pop()]:
            if linked not in seen:
                seen.add(linked)
                todo.append(linked)
    return seen


def may_include_library(path: str, places: set[str]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


def main() -> int:
    problems: list[str] = []
    links = {folder: links_of(folder) for folder in ALLOWED}
    for folder, linked in links.items():
        for extra in sorted(linked - ALLOWED[folder]):
            problems.append(f"{folder}/CMakeLists.txt: links {extra}, which the design does not allow")
    for folder in ALLOWED:
        reachable = closure(folder, links) | {folder}
        lists = (ROOT / folder / "CMakeLists.txt").read_text()
        for file in sorted((ROOT / folder).iterdir()):
            if file.suffix not in {".h", ".cc"}:
                continue
            path = f"{folder}/{file.name}"
            if file.suffix == ".cc" and not re.search(r"(?<![\w/])%s\b" % re.escape(file.name), lists):
                problems.append(f"{path}: not in {folder}/CMakeLists.txt")
            for kind, name in INCLUDE.findall(file.read_text()):
                layer = name.split("/")[0]
                if kind == '"' and layer in ALLOWED and layer not in reachable:
                    problems.append(f"{path}: includes {name}, but its target does not link {layer}")
                if kind == '"' and layer not in ALLOWED:
                    problems.append(f"{path}: includes {name}, which is not a layer's header by its full path")
                for prefix, places in LIBRARIES.items():
                    if name.startswith(prefix) and not may_include_library(path, places):
                        problems.append(f"{path}: includes <{name}>, which may stand only in {', '.join(sorted(places))}")
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in {len(ALLOWED)} layers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
