"""Events as text for people. Part of decoder.py."""

import uuid
from datetime import date, datetime, timedelta, timezone
from typing import Any

from decoder_format import (ACTOR_KINDS, BALLOT_KIND, COMPOUNDS, LAYOUTS, LISTS, NEWEST_SCHEMA, NO_ID, NO_TIME,
                            STREAM_KINDS, Event, Field, Sealed)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def id_text(value: bytes) -> str:
    return "none" if value == NO_ID else str(uuid.UUID(bytes=value))


def stream_text(event: Event) -> str:
    tag = f"-{event.tag.hex()}" if event.stream_kind == BALLOT_KIND else ""
    return f"{STREAM_KINDS[event.stream_kind]}-{uuid.UUID(bytes=event.stream_id)}{tag}"


def time_text(ms: int) -> str:
    try:
        return (EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return f"{ms}ms"


def day_text(day: int) -> str:
    try:
        return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
    except OverflowError:
        return f"day {day}"


def listed_text(notation: str, number: int) -> str:
    first, names = LISTS[notation]
    return names[number - first]


def value_text(notation: str, value: Any) -> str:
    if notation.startswith("*"):
        return "[" + ", ".join(value_text(notation[1:], element) for element in value) + "]"
    if notation in COMPOUNDS:
        return "{" + fields_text(COMPOUNDS[notation], value) + "}"
    if notation in LISTS:
        return listed_text(notation, value)
    if notation == "word":
        return "none" if value[0] == NO_ID else f"{id_text(value[0])}:{value[1].hex()}"
    texts = {"id": id_text, "digest": bytes.hex, "time": time_text, "text": repr, "bool": lambda b: str(b).lower()}
    return texts.get(notation, str)(value)


def fields_text(layout: list[Field], fields: dict[str, Any]) -> str:
    return " ".join(f"{name}={value_text(notation, fields[name])}" for name, notation in layout)


def event_text(event: Event | Sealed) -> str:
    if isinstance(event, Sealed):
        return (f"{event.position} {day_text(event.day)} sealed {listed_text('secrecy', event.secrecy)} "
                f"box={id_text(event.box)} commitment={event.commitment.hex()}")
    actor = ACTOR_KINDS[event.actor_kind] + (f"-{id_text(event.actor)}" if event.actor_kind else "")
    occurred = "" if event.occurred_at == NO_TIME else f"occurred_at={time_text(event.occurred_at)} "
    # The newest layout also names the fields that older schemas leave to their defaults.
    layout = LAYOUTS[event.type, NEWEST_SCHEMA[event.type]]
    return (f"{event.position} {time_text(event.recorded_at)} {stream_text(event)} v{event.version} "
            f"{event.type}/{event.schema} by {actor} as {listed_text('role', event.role)} {occurred}"
            f"{fields_text(layout, event.fields)}")
