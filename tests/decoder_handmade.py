"""Events and logs written by hand from docs/event-format.md, without the decoder's tables, for decoder_selftest.py."""

import hashlib
import hmac
import struct

T0 = 1_714_564_800_000  # 2024-05-01T12:00:00Z
LOG, TOPIC, BOX, ORGANISATION = bytes([1] * 16), bytes([3] * 16), bytes([6] * 16), bytes([2] * 16)
FIRST, SECOND = bytes([0x41] * 16), bytes([0x42] * 16)  # Contributions.
ANNA, BERT = bytes([0xA1] * 16), bytes([0xB1] * 16)  # Voters' tags.
BOX_KEY = bytes(range(32))
AGREE, DISAGREE, PASS = b"\x01", b"\x02", b"\x03"


def u16(value: int) -> bytes:
    return struct.pack("<H", value)


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def time(value: int) -> bytes:
    return struct.pack("<q", value)


def text(value: str) -> bytes:
    return u64(len(value.encode())) + value.encode()


NO_WORD = bytes(48)
WORD = bytes([9] * 16) + bytes([8] * 32)
PHASES = u64(2) + b"\x02\x01\x01\x00" + time(T0) + time(T0 + 10) + b"\x04\x00\x01\x01" + time(T0 + 10) + time(T0 + 20)
RULES = b"\x02\x00" + u64(2) + b"\x01\x03"
RULES_HASH = hashlib.sha256(b"civiclog/rules/v1\0" + b"\x02\x00\x02\x01\x03").digest()
FINGERPRINT = hashlib.sha256(b"civiclog/box-key/v1\0" + BOX_KEY).digest()


def slow_crc(data: bytes) -> bytes:
    """Bit by bit, unlike the decoder's tables."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 * (crc & 1))
    return u32(crc ^ 0xFFFFFFFF)


def with_crc(data: bytes) -> bytes:
    return data[:-4] + slow_crc(data[:-4])


def patched(data: bytes, offset: int, piece: bytes) -> bytes:
    """The event with other bytes at an offset, and a checksum that agrees with them."""
    return with_crc(data[:offset] + piece + data[offset + len(piece):])


KINDS = {"organisation": 1, "participant": 2, "topic": 3, "contribution": 4, "comment": 5, "ballot": 6, "case": 7,
         "import": 8}


def stored(type_name: str, payload: bytes, *, kind: str = "topic", stream: bytes = TOPIC, tag: bytes = bytes(16),
           position: int = 1, version: int = 1, schema: int = 1, command: int = 1, index: int = 0, count: int = 1,
           at: int = T0, log: bytes = LOG, lead: bytes = b"\x01") -> bytes:
    name = type_name.encode()
    actor = b"\x02" + tag if kind == "ballot" else b"\x00" + bytes(16)
    event = (b"CVLG\x01" + bytes([len(name)]) + u16(165 + len(name) + len(lead + payload)) + log + u64(position)
             + u16(index) + u16(count) + bytes([KINDS[kind]]) + stream + tag + u64(version) + u16(schema)
             + command.to_bytes(16, "big") + bytes([7] * 32) + actor + b"\x08" + time(at) + time(-2**63)
             + name + lead + payload + bytes(4))
    return with_crc(event)


def sealed(event: bytes, *, secrecy: int = 2, day: int = T0 // 86_400_000) -> bytes:
    salt = hmac.digest(BOX_KEY, b"civiclog/public-form-salt/v1\0" + event[79:95] + event[32:34], "sha256")
    commitment = hashlib.sha256(b"civiclog/public-form/v1\0" + salt + event).digest()
    return with_crc(b"CVLP\x01" + bytes([secrecy]) + u16(88) + event[8:32] + event[37:53] + struct.pack("<i", day)
                    + commitment + bytes(4))


class Log:
    """Writes a log with the counters right; a test breaks what it wants to break."""

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.versions: dict[tuple[str, bytes, bytes], int] = {}

    def add(self, type_name: str, payload: bytes, kind: str = "topic", stream: bytes = TOPIC, tag: bytes = bytes(16),
            **changes: int | bytes) -> "Log":
        key = (kind, stream, tag)
        self.versions[key] = self.versions.get(key, 0) + 1
        number = len(self.events) + 1
        values = {"position": number, "command": number, "at": T0 + 1000 * number, "version": self.versions[key]}
        self.events.append(stored(type_name, payload, kind=kind, stream=stream, tag=tag, **(values | changes)))
        return self

    def ballot(self, verb: str, tail: bytes, tag: bytes = ANNA, contribution: bytes = FIRST, topic: bytes = TOPIC,
               **changes: int | bytes) -> "Log":
        version = b"" if verb == "withdrawn" else u32(1)
        return self.add(f"ballot-{verb}", topic + contribution + version + tail, "ballot", BOX, tag, **changes)

    def submit(self, contribution: bytes, source: str, topic: bytes = TOPIC) -> "Log":
        return self.add("contribution-submitted", topic + b"\x01\x00" + NO_WORD * 3 + text(source), "contribution",
                        contribution)

    def launch(self, topic: bytes = TOPIC, slug: str = "park") -> "Log":
        return self.add("topic-launched", ORGANISATION + text(slug) + NO_WORD * 2 + text(""), "topic", topic)

    def prepared(self) -> "Log":
        """Nine events; phase 1 is open for voting."""
        return (self.launch().add("phases-defined", PHASES).add("rules-set", RULES + NO_WORD)
                .add("box-opened", BOX + b"\x02" + FINGERPRINT + RULES_HASH)
                .add("phase-opened", u16(0) + NO_WORD).submit(FIRST, "17").submit(SECOND, "a, b")
                .add("phase-closed", u16(0) + NO_WORD).add("phase-opened", u16(1) + NO_WORD))

    def dump(self) -> str:
        return "".join(f"{number} {event.hex()}\n" for number, event in enumerate(self.events, 1))


# Per type: schema, stream kind, payload, and what the readable line must say of the fields.
TARGET = TOPIC + FIRST + bytes(16)
PAYLOADS = [
    ("organisation-registered", 1, "organisation", text("zug") + WORD, "slug='zug' name=09090909"),
    ("role-granted", 1, "organisation", ANNA + b"\x04", "role=process_owner"),
    ("role-revoked", 1, "organisation", ANNA + b"\x06" + NO_WORD, "role=auditor reason=none"),
    ("participant-joined", 1, "participant", text("42"), "source_id='42'"),
    ("participant-verified", 1, "participant", text("paper") + WORD, "method='paper' identity=09"),
    ("words-erased", 1, "participant", bytes(16) + u64(2) + ANNA + BERT + b"\x03",
     "author=none words=[a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1, b1b1b1b1-b1b1-b1b1-b1b1-b1b1b1b1b1b1]"
     " reason=legal_order"),
    ("topic-launched", 1, "topic", ORGANISATION + text("é") + WORD + NO_WORD + text("s"), "slug='é' title=09"),
    ("phases-defined", 1, "topic", PHASES, "{kind=vote may_submit=false may_comment=true may_vote=true starts_at=2024-"
     "05-01T12:00:00.010Z ends_at=2024-05-01T12:00:00.020Z}]"),
    ("rules-set", 1, "topic", RULES + NO_WORD,
     "rules={secrecy=pseudonymous pre_moderation=false kinds=[policy, opinion]}"),
    ("phase-opened", 1, "topic", u16(258) + NO_WORD, "phase=258 reason=none"),
    ("phase-closed", 1, "topic", u16(1) + NO_WORD, "phase=1 reason=none"),
    ("phase-extended", 1, "topic", u16(1) + time(-1) + time(T0) + WORD,
     "old_end=1969-12-31T23:59:59.999Z new_end=2024-05-01T12:00:00.000Z justification=09"),
    ("box-opened", 1, "topic", BOX + b"\x03" + FINGERPRINT + RULES_HASH,
     f"secrecy=embargoed key_fingerprint={FINGERPRINT.hex()} rules_hash={RULES_HASH.hex()}"),
    ("box-closed", 1, "topic", BOX, "box=06060606-0606-0606-0606-060606060606"),
    ("contribution-submitted", 1, "contribution", TOPIC + b"\x04\x01" + WORD + NO_WORD * 2 + text("x"),
     "kind=action pre_moderated=true title=09"),
    ("contribution-revised", 1, "contribution", TOPIC + u32(2) + b"\x01" + NO_WORD * 2, "version=2 substantive=true"),
    ("contribution-withdrawn", 1, "contribution", TOPIC + NO_WORD, "reason=none"),
    ("contribution-moderated", 1, "contribution", TOPIC + ANNA + b"\x02\x02", "action=reject status=rejected"),
    ("comment-posted", 1, "comment", TOPIC + FIRST + bytes(16) + b"\x00" + WORD + text("c"),
     "source_id='c' stance=neutral"),
    ("comment-posted", 2, "comment", TOPIC + FIRST + ANNA + b"\x05" + WORD + text("c") + b"\x02",
     "parent=a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1 depth=5 "),
    ("comment-edited", 1, "comment", TOPIC + FIRST + u32(3) + WORD, "version=3 body=09"),
    ("comment-retracted", 1, "comment", TOPIC + FIRST, "target=41414141-"),
    ("comment-moderated", 1, "comment", TOPIC + FIRST + ANNA + b"\x03\x03", "action=hide status=hidden"),
    ("ballot-cast", 1, "ballot", TOPIC + FIRST + u32(7) + PASS, "contribution_version=7 choice=pass"),
    ("ballot-changed", 1, "ballot", TOPIC + FIRST + u32(7) + AGREE + DISAGREE, "previous=agree choice=disagree"),
    ("ballot-reaffirmed", 1, "ballot", TOPIC + FIRST + u32(7) + AGREE, "choice=agree"),
    ("ballot-withdrawn", 1, "ballot", TOPIC + FIRST + DISAGREE, "previous=disagree"),
    ("content-flagged", 1, "case", TARGET + b"\x04" + WORD, "comment=none} ground=spam explanation=09"),
    ("moderation-decided", 1, "case", TARGET + b"\x03\x07" + WORD + text("2.1") + b"\x01",
     "action=hide ground=illegal facts=09"),
    ("import-started", 1, "import", text("csv") + bytes([5] * 32) + time(T0) + b"\x01" + TOPIC + NO_WORD,
     "imported_at=2024-05-01T12:00:00.000Z drives_the_clock=true topic=03"),
]
