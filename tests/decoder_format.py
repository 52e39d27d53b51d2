"""Decodes the bytes of events, as docs/event-format.md gives them. Part of decoder.py."""

import hashlib
import hmac
import struct
from typing import Any, NamedTuple

DAY_MS = 86_400_000
NO_TIME = -(1 << 63)
NO_ID = bytes(16)
FORMAT = 1
MIN_STORED_SIZE = 166

ENVELOPE = struct.Struct("<4sBBH16sQHHB16s16sQH16s32sB16sBqq")
SEALED_FORM = struct.Struct("<4sBBH16sQ16si32sI")

STREAM_KINDS = "none organisation participant topic contribution comment ballot case import".split()
ACTOR_KINDS = "system participant ballot-tag".split()
BALLOT_KIND = STREAM_KINDS.index("ballot")

# The names of the listed values, and the number of the first.
LISTS: dict[str, tuple[int, list[str]]] = {
    "role": (0, "none citizen stakeholder editor process_owner moderator auditor privacy_officer system"
                " installation".split()),
    "contribution_kind": (1, "policy question opinion action article".split()),
    "phase_kind": (1, "inform collect discuss vote decide follow_up".split()),
    "choice": (1, "agree disagree pass".split()),
    "secrecy": (1, "open pseudonymous embargoed".split()),
    "stance": (0, "neutral for against".split()),
    "action": (1, "accept reject hide restore".split()),
    "ground": (1, "in_scope off_topic duplicate spam offensive personal_data illegal imported".split()),
    "status": (0, "pending published rejected hidden withdrawn".split()),
    "erasure_reason": (1, "subject_request retention legal_order".split()),
}
AGREE = 1

# The table of payloads: type, schema, stream kinds, then "field notation" pairs. `*x` is list(x).
LAYOUT_TABLE = """
organisation-registered 1 organisation | slug text, name word
role-granted 1 organisation | participant id, role role
role-revoked 1 organisation | participant id, role role, reason word
participant-joined 1 participant | source_id text
participant-verified 1 participant | method text, identity word
words-erased 1 participant/organisation | author id, words *id, reason erasure_reason
topic-launched 1 topic | organisation id, slug text, title word, summary word, source_id text
phases-defined 1 topic | phases *phase
rules-set 1 topic | rules rules, reason word
phase-opened 1 topic | phase u16, reason word
phase-closed 1 topic | phase u16, reason word
phase-extended 1 topic | phase u16, old_end time, new_end time, justification word
box-opened 1 topic | box id, secrecy secrecy, key_fingerprint digest, rules_hash digest
box-closed 1 topic | box id
contribution-submitted 1 contribution | topic id, kind contribution_kind, pre_moderated bool, title word, body word, \
link word, source_id text
contribution-revised 1 contribution | topic id, version u32, substantive bool, title word, body word
contribution-withdrawn 1 contribution | topic id, reason word
contribution-moderated 1 contribution | topic id, case id, action action, status status
comment-posted 1 comment | topic id, target id, parent id, depth u8, body word, source_id text
comment-posted 2 comment | topic id, target id, parent id, depth u8, body word, source_id text, stance stance
comment-edited 1 comment | topic id, target id, version u32, body word
comment-retracted 1 comment | topic id, target id
comment-moderated 1 comment | topic id, target id, case id, action action, status status
ballot-cast 1 ballot | topic id, contribution id, contribution_version u32, choice choice
ballot-changed 1 ballot | topic id, contribution id, contribution_version u32, previous choice, choice choice
ballot-reaffirmed 1 ballot | topic id, contribution id, contribution_version u32, choice choice
ballot-withdrawn 1 ballot | topic id, contribution id, previous choice
content-flagged 1 case | target target, ground ground, explanation word
moderation-decided 1 case | target target, action action, ground ground, facts word, policy_reference text, \
automated bool
import-started 1 import | source text, content_digest digest, imported_at time, drives_the_clock bool, topic id, \
attributes word
"""

Field = tuple[str, str]


def parse_fields(text: str) -> list[Field]:
    return [(name, notation) for name, notation in (pair.split() for pair in text.split(","))]


COMPOUNDS: dict[str, list[Field]] = {
    "phase": parse_fields("kind phase_kind, may_submit bool, may_comment bool, may_vote bool, starts_at time,"
                          " ends_at time"),
    "rules": parse_fields("secrecy secrecy, pre_moderation bool, kinds *contribution_kind"),
    "target": parse_fields("topic id, contribution id, comment id"),
}


def parse_layouts(table: str) -> tuple[dict[tuple[str, int], list[Field]], dict[str, list[str]], dict[str, int]]:
    layouts, kinds, newest = {}, {}, {}
    for line in table.strip().splitlines():
        head, fields = line.split(" | ")
        name, schema, streams = head.split()
        layouts[name, int(schema)] = parse_fields(fields)
        kinds[name] = streams.split("/")
        newest[name] = int(schema)
    return layouts, kinds, newest


LAYOUTS, KINDS_OF_TYPE, NEWEST_SCHEMA = parse_layouts(LAYOUT_TABLE)
INTEGERS = {"u8": struct.Struct("<B"), "u16": struct.Struct("<H"), "u32": struct.Struct("<I"),
            "u64": struct.Struct("<Q"), "time": struct.Struct("<q")}


class DecodeError(Exception):
    """One of the document's named errors, e.g. `bad_crc`."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name


class Event(NamedTuple):
    """A stored event. Fields before `type` are in the order of the envelope."""

    log: bytes
    position: int
    index: int
    count: int
    stream_kind: int
    stream_id: bytes
    tag: bytes
    version: int
    schema: int
    command: bytes
    body_digest: bytes
    actor_kind: int
    actor: bytes
    role: int
    recorded_at: int
    occurred_at: int
    type: str
    fields: dict[str, Any]
    stored: bytes


class Sealed(NamedTuple):
    """The public form of an event of a pseudonymous or embargoed box."""

    secrecy: int
    log: bytes
    position: int
    box: bytes
    day: int
    commitment: bytes


def crc_tables() -> list[list[int]]:
    """Eight 256-entry tables: the k-th advances a byte over k further zero bytes (slicing-by-8)."""
    first = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        first.append(byte)
    tables = [first]
    for _ in range(7):
        tables.append([value >> 8 ^ first[value & 255] for value in tables[-1]])
    return tables


CRC_TABLES = crc_tables()


def crc32c(data: bytes) -> int:
    t0, t1, t2, t3, t4, t5, t6, t7 = CRC_TABLES
    crc = 0xFFFFFFFF
    whole = len(data) & ~7
    for low, e, f, g, h in struct.iter_unpack("<IBBBB", memoryview(data)[:whole]):
        low ^= crc
        crc = (t7[low & 255] ^ t6[low >> 8 & 255] ^ t5[low >> 16 & 255] ^ t4[low >> 24]
               ^ t3[e] ^ t2[f] ^ t1[g] ^ t0[h])
    for byte in data[whole:]:
        crc = crc >> 8 ^ t0[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


class Payload:
    """Reads the fields of one payload, front to back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        if self.take(1) != b"\x01":
            raise DecodeError("payload_invalid", "does not begin with 0x01")

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            raise DecodeError("payload_truncated", f"{size} bytes wanted, {len(self.data) - self.at} left")
        piece = self.data[self.at:end]
        self.at = end
        return piece

    def integer(self, notation: str) -> int:
        layout = INTEGERS[notation]
        return layout.unpack(self.take(layout.size))[0]

    def record(self, layout: list[Field]) -> dict[str, Any]:
        return {name: self.value(notation) for name, notation in layout}

    def value(self, notation: str) -> Any:
        if notation == "id":
            return self.take(16)
        if notation == "digest":
            return self.take(32)
        if notation in INTEGERS:
            return self.integer(notation)
        if notation in LISTS:
            return self.listed(notation)
        if notation == "word":
            return self.word()
        if notation == "text":
            return self.text()
        if notation == "bool":
            return self.boolean()
        if notation in COMPOUNDS:
            return self.record(COMPOUNDS[notation])
        return self.sequence(notation.removeprefix("*"))

    def listed(self, notation: str) -> int:
        number = self.integer("u8")
        first, names = LISTS[notation]
        if not first <= number < first + len(names):
            raise DecodeError("payload_invalid", f"{number} is no {notation}")
        return number

    def word(self) -> tuple[bytes, bytes]:
        word, commitment = self.take(16), self.take(32)
        if word == NO_ID and any(commitment):
            raise DecodeError("payload_invalid", "a commitment without a word")
        return word, commitment

    def text(self) -> str:
        try:
            return self.take(self.integer("u64")).decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError("payload_invalid", "text is not UTF-8") from None

    def boolean(self) -> bool:
        number = self.integer("u8")
        if number > 1:
            raise DecodeError("payload_invalid", f"{number} is no bool")
        return bool(number)

    def sequence(self, notation: str) -> list[Any]:
        # A false count runs out of bytes at once: every element takes at least one.
        values: list[Any] = []
        for _ in range(self.integer("u64")):
            values.append(self.value(notation))
        if notation == "contribution_kind" and any(a >= b for a, b in zip(values, values[1:])):
            raise DecodeError("payload_invalid", "kinds are not ascending")
        return values


def check_frame(data: bytes, magic: bytes, smallest: int) -> None:
    """The checks common to both forms, in the order the document gives."""
    if len(data) < smallest:
        raise DecodeError("truncated", f"{len(data)} bytes, at least {smallest} wanted")
    if data[:4] != magic:
        raise DecodeError("bad_magic", data[:4].hex())
    if data[4] > FORMAT:
        raise DecodeError("future_format", f"format {data[4]}, this decoder knows {FORMAT}")
    total = int.from_bytes(data[6:8], "little")
    if total > len(data):
        raise DecodeError("truncated", f"{len(data)} bytes of {total}")
    if total < len(data):
        raise DecodeError("trailing_bytes", f"{len(data) - total} after the {total} of the event")
    if crc32c(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise DecodeError("bad_crc", "the checksum does not match the bytes")
    if data[4] != FORMAT:
        raise DecodeError("bad_envelope", f"format {data[4]} does not exist")


def check_position(position: int, expected: int | None) -> None:
    if expected is not None and position != expected:
        raise DecodeError("wrong_position", f"the event says {position}, it was read at {expected}")


def decode_stored(data: bytes, position: int | None = None) -> Event:
    check_frame(data, b"CVLG", MIN_STORED_SIZE)
    _, _, type_size, total, *envelope = ENVELOPE.unpack_from(data)
    event = Event(*envelope, type="", fields={}, stored=data)
    payload_at = ENVELOPE.size + type_size
    type_name = data[ENVELOPE.size:payload_at]
    ranges = {
        "size of the type name": 1 <= type_size <= 64 and payload_at + 4 <= total,
        "position": event.position >= 1,
        "commit index": event.index < event.count,
        "stream kind": 1 <= event.stream_kind < len(STREAM_KINDS),
        "voter's tag": event.stream_kind == BALLOT_KIND or event.tag == NO_ID,
        "stream version": event.version >= 1,
        "schema": event.schema >= 1,
        "actor kind": event.actor_kind < len(ACTOR_KINDS),
        "actor id": event.actor_kind != 0 or event.actor == NO_ID,
        "role": event.role < len(LISTS["role"][1]),
        "type name": type_name.isascii(),
    }
    for what, well in ranges.items():
        if not well:
            raise DecodeError("bad_envelope", f"{what} is out of range")
    check_position(event.position, position)
    name = type_name.decode("ascii")
    if name not in NEWEST_SCHEMA:
        raise DecodeError("unknown_type", repr(name))
    if event.schema > NEWEST_SCHEMA[name]:
        raise DecodeError("future_schema", f"{name} {event.schema}, this decoder knows {NEWEST_SCHEMA[name]}")
    payload = Payload(data[payload_at:-4])
    fields = payload.record(LAYOUTS[name, event.schema])
    if payload.at != len(payload.data):
        raise DecodeError("payload_trailing_bytes", f"{len(payload.data) - payload.at} after the last field")
    if name == "comment-posted":
        fields.setdefault("stance", 0)
    return event._replace(type=name, fields=fields)


def decode_sealed(data: bytes, position: int | None = None) -> Sealed:
    check_frame(data, b"CVLP", SEALED_FORM.size)
    _, _, secrecy, total, *rest, _ = SEALED_FORM.unpack_from(data)
    sealed = Sealed(secrecy, *rest)
    if total != SEALED_FORM.size or secrecy not in (2, 3) or sealed.position < 1:
        raise DecodeError("bad_envelope", "size, secrecy or position of the sealed form is out of range")
    check_position(sealed.position, position)
    return sealed


def decode(data: bytes, position: int | None = None) -> Event | Sealed:
    return decode_sealed(data, position) if data[:4] == b"CVLP" else decode_stored(data, position)


def key_fingerprint(box_key: bytes) -> bytes:
    return hashlib.sha256(b"civiclog/box-key/v1\0" + box_key).digest()


def rules_hash(rules: dict[str, Any]) -> bytes:
    kinds = rules["kinds"]
    return hashlib.sha256(b"civiclog/rules/v1\0"
                          + bytes([rules["secrecy"], rules["pre_moderation"], len(kinds), *kinds])).digest()


def commitment(event: Event, box_key: bytes) -> bytes:
    """What the sealed form of this event must hold."""
    message = b"civiclog/public-form-salt/v1\0" + event.command + struct.pack("<H", event.index)
    salt = hmac.digest(box_key, message, "sha256")
    return hashlib.sha256(b"civiclog/public-form/v1\0" + salt + event.stored).digest()
