#!/usr/bin/env python3
"""A second, independent decoder of the event log, written from docs/event-format.md alone.

It shares no code with the rest of the project and needs only Python's standard library, so that anybody can recount
a log. It reads the dump of `civic-replay log --format hex` (or, with --golden, tests/golden/events.txt).

    decoder.py FILE...                                  one readable line per event
    decoder.py --tally [--topic T] [--as-of N|TIME] -   the tallies, as CSV
    decoder.py --check FILE                             every rule of the document that a reader can verify

decoder_format.py decodes the bytes, decoder_rules.py counts and checks, decoder_text.py shows events to people.
Exit status: 0 well, 1 an event that cannot be decoded or breaks a rule, 2 the request itself cannot be served.
"""

import argparse
import csv
import re
import sys
import uuid
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Iterator, NamedTuple

from decoder_format import DAY_MS, LAYOUTS, DecodeError, Event, Sealed, commitment, decode
from decoder_rules import Checker, LogError, Tally, TopicTally
from decoder_text import EPOCH, event_text, listed_text


class RequestError(Exception):
    """What was asked for does not exist."""


class Line(NamedTuple):
    """One line of a dump: where it stands, what it says about the event, and the event's bytes."""

    place: str
    position: int | None
    labels: list[str]
    data: bytes


def read_lines(names: list[str], golden: bool) -> Iterator[Line]:
    for name in names:
        with nullcontext(sys.stdin) if name == "-" else open(name, encoding="utf-8") as source:
            for number, text in enumerate(source, 1):
                words = text.split()
                if words and not words[0].startswith("#"):
                    yield parse_line(f"{name}:{number}", words, golden)


def parse_line(place: str, words: list[str], golden: bool) -> Line:
    *labels, digits = words
    well = len(labels) in (2, 3) if golden else len(labels) == 1 and re.fullmatch("[0-9]+", labels[0])
    if not well or not re.fullmatch("([0-9a-f]{2})*", digits):
        raise LogError(f"{place}: this is not a line of a dump")
    return Line(place, None if golden else int(labels[0]), labels, bytes.fromhex(digits))


class GoldenLines:
    """A golden line names what it holds, and a sealed form must agree with its stored event on a line before."""

    def __init__(self, keys: dict[bytes, bytes]) -> None:
        self.keys = keys
        self.stored: dict[tuple[int, bytes], Event] = {}

    def missing(self) -> list[str]:
        """The golden file has every type and schema, so that an empty one proves nothing by passing."""
        present = {(event.type, event.schema) for event in self.stored.values()}
        return [f"{name} {schema}" for name, schema in LAYOUTS if (name, schema) not in present]

    def problem(self, line: Line, event: Event | Sealed) -> str | None:
        labels = line.labels
        form = labels[2] if len(labels) == 3 else "stored"
        if isinstance(event, Event):
            self.stored[event.position, event.stream_id] = event
            if form not in ("stored", "public-open", "public-1") or labels[:2] != [event.type, str(event.schema)]:
                return f"these are the stored bytes of a {event.type} {event.schema}"
            return None
        if form not in (f"public-{listed_text('secrecy', event.secrecy)}", f"public-{event.secrecy}"):
            return f"this is a {listed_text('secrecy', event.secrecy)} sealed form"
        stored = self.stored.get((event.position, event.box))
        if stored is None or labels[:2] != [stored.type, str(stored.schema)]:
            return "no line before has a stored event of this position and box"
        if (event.log, event.day) != (stored.log, stored.recorded_at // DAY_MS):
            return "log id or day differ from those of the stored event"
        if event.box in self.keys and event.commitment != commitment(stored, self.keys[event.box]):
            return "the commitment is not that of the stored event"
        return None


def print_events(names: list[str], golden: bool, keys: dict[bytes, bytes]) -> int:
    status = 0
    golden_lines = GoldenLines(keys)
    for line in read_lines(names, golden):
        try:
            event = decode(line.data, line.position)
        except DecodeError as error:
            place = line.place if line.position is None else f"position {line.position}"
            print(f"{place}: {error}", file=sys.stderr)
            status = 1
            continue
        print(event_text(event))
        problem = golden_lines.problem(line, event) if golden else None
        if problem:
            print(f"{line.place}: {problem}", file=sys.stderr)
            status = 1
    for absent in golden_lines.missing() if golden else []:
        print(f"no line has a {absent}", file=sys.stderr)
        status = 1
    return status


def check(names: list[str], keys: dict[bytes, bytes]) -> int:
    checker = Checker(keys)
    for line in read_lines(names, golden=False):
        assert line.position is not None
        try:
            event = decode(line.data, line.position)
        except DecodeError as error:
            checker.unreadable(line.position, str(error))
            continue
        if isinstance(event, Event):
            checker.stored(event)
        else:
            checker.sealed(event)
    checker.finish()
    for violation in checker.violations:
        print(violation)
    if not checker.violations:
        print(f"ok: {checker.count} events, head {checker.head}")
    return 1 if checker.violations else 0


def parse_as_of(text: str) -> tuple[int | None, int | None]:
    """A position, or a time in milliseconds."""
    if re.fullmatch("[0-9]+", text):
        return int(text), None
    try:
        moment = datetime.fromisoformat(text)
        return None, (moment - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, TypeError):  # TypeError: a time without its offset from UTC.
        raise RequestError(f"--as-of takes a position or an RFC 3339 time, not {text!r}") from None


def count(names: list[str], as_of: str | None) -> Tally:
    """The fold up to and including `as_of`. One unreadable or sealed event would falsify it, so it ends there."""
    last_position, last_time = parse_as_of(as_of) if as_of else (None, None)
    tally = Tally()
    head = 0
    for line in read_lines(names, golden=False):
        try:
            event = decode(line.data, line.position)
        except DecodeError as error:
            raise LogError(f"position {line.position}: {error}") from None
        # The log's clock never goes backwards, so the first later event ends the fold.
        if isinstance(event, Event) and last_time is not None and event.recorded_at > last_time:
            break
        if last_position is not None and event.position > last_position:
            break
        if isinstance(event, Sealed):
            raise LogError(f"position {event.position}: a sealed event cannot be counted")
        if event.position != head + 1:
            raise LogError(f"position {event.position}: position {head + 1} is missing, so the count would be false")
        head = event.position
        tally.apply(event)
    return tally


def choose_topic(tally: Tally, wanted: str) -> TopicTally:
    try:
        by_id = tally.topics.get(uuid.UUID(wanted).bytes)
    except ValueError:
        by_id = None
    found = [by_id] if by_id else [topic for topic in tally.topics.values() if topic.slug == wanted]
    if len(found) != 1:
        raise RequestError(f"{len(found)} topics are called {wanted!r} at this point of the log")
    return found[0]


def print_tallies(names: list[str], wanted: str | None, as_of: str | None) -> int:
    tally = count(names, as_of)
    topics = [choose_topic(tally, wanted)] if wanted else list(tally.topics.values())
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for topic in topics:
        if len(topics) > 1:
            print(f"# topic {topic.slug}")
        writer.writerow(["source_id", "agree", "disagree", "pass"])
        writer.writerows(topic.rows.values())
    return 0


def parse_box_keys(pairs: list[str]) -> dict[bytes, bytes]:
    keys = {}
    for pair in pairs:
        box, _, key = pair.partition("=")
        try:
            keys[uuid.UUID(box).bytes] = bytes.fromhex(key)
        except ValueError:
            raise RequestError(f"--box-key takes a box id, '=' and 64 hexadecimal digits, not {pair!r}") from None
    return keys


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Decodes, recounts and checks a dump of the event log.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a dump; - is the standard input")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--golden", action="store_true", help="the lines begin with a type and a schema number")
    mode.add_argument("--tally", action="store_true", help="print the tallies as CSV")
    mode.add_argument("--check", action="store_true", help="verify the log against the document's rules")
    parser.add_argument("--topic", help="with --tally: only this topic, by id or slug")
    parser.add_argument("--as-of", help="with --tally: a position, or a time such as 2024-05-01T12:00:00Z")
    parser.add_argument("--box-key", action="append", default=[], metavar="BOX=HEX",
                        help="with --check: also verify the box's key fingerprint; with --golden: its commitments")
    options = parser.parse_args(arguments)
    if (options.topic or options.as_of) and not options.tally:
        parser.error("--topic and --as-of belong to --tally")
    try:
        keys = parse_box_keys(options.box_key)
        if options.tally:
            return print_tallies(options.files, options.topic, options.as_of)
        if options.check:
            return check(options.files, keys)
        return print_events(options.files, options.golden, keys)
    except LogError as error:
        print(error, file=sys.stderr)
        return 1
    except (RequestError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
