#!/usr/bin/env python3
"""Tests of decoder.py, on events and logs written by hand: they need no build of the project."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
import uuid

import decoder
import decoder_format
from decoder_format import DecodeError
from decoder_handmade import (AGREE, ANNA, BERT, BOX, BOX_KEY, DISAGREE, FINGERPRINT, FIRST, NO_WORD, PASS, PAYLOADS,
                              PHASES, RULES, RULES_HASH, SECOND, T0, TOPIC, WORD, Log, patched, sealed, slow_crc,
                              stored, text, time, u16, u32, u64)


def run(dump: str, *arguments: str) -> tuple[int, str, str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(dump)
        file.flush()
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = decoder.main([*arguments, file.name])
        return status, out.getvalue(), err.getvalue()


class Decoding(unittest.TestCase):
    def assert_error(self, name: str, data: bytes, position: int | None = None) -> None:
        with self.assertRaises(DecodeError) as caught:
            decoder_format.decode(data, position)
        self.assertEqual(caught.exception.name, name)

    def test_the_checksum_agrees_with_the_published_check_value_and_the_slow_way(self) -> None:
        self.assertEqual(decoder_format.crc32c(b"123456789"), 0xE3069283)
        for size in range(40):
            data = bytes((size * 31 + i * 7) & 255 for i in range(size))
            self.assertEqual(u32(decoder_format.crc32c(data)), slow_crc(data))

    def test_every_type_decodes_and_is_shown_with_its_fields(self) -> None:
        for name, schema, kind, payload, shown in PAYLOADS:
            with self.subTest(name, schema=schema):
                data = stored(name, payload, kind=kind, schema=schema, tag=ANNA if kind == "ballot" else bytes(16))
                status, out, err = run(f"1 {data.hex()}\n")
                self.assertEqual((status, err), (0, ""))
                self.assertIn(f" {name}/{schema} ", out)
                self.assertIn(shown, out)

    def test_every_type_tells_a_payload_cut_short_or_too_long(self) -> None:
        for name, schema, kind, payload, _ in PAYLOADS:
            with self.subTest(name, schema=schema):
                for size in range(len(payload)):
                    self.assert_error("payload_truncated", stored(name, payload[:size], kind=kind, schema=schema))
                self.assert_error("payload_trailing_bytes", stored(name, payload + b"\0", kind=kind, schema=schema))

    def test_a_line_shows_the_envelope(self) -> None:
        self.assertEqual(run(Log().prepared().ballot("cast", AGREE).dump())[1].splitlines()[9],
                         "10 2024-05-01T12:00:10.000Z ballot-06060606-0606-0606-0606-060606060606-" + "a1" * 16
                         + " v1 ballot-cast/1 by ballot-tag-a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1 as system "
                         "topic=03030303-0303-0303-0303-030303030303 contribution=41414141-4141-4141-4141-414141414141 "
                         "contribution_version=1 choice=agree")

    def test_errors_of_the_envelope_are_told_apart(self) -> None:
        data = stored("box-closed", BOX)
        self.assert_error("truncated", b"")
        self.assert_error("truncated", data[:165])
        self.assert_error("truncated", data[:-1])
        self.assert_error("bad_magic", b"CVLX" + data[4:])
        self.assert_error("future_format", data[:4] + b"\x02" + data[5:])
        self.assert_error("trailing_bytes", data + b"\0")
        for at in range(8, len(data)):
            self.assert_error("bad_crc", data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        self.assert_error("wrong_position", data, 2)
        self.assert_error("unknown_type", stored("box-painted", BOX))
        self.assert_error("future_schema", stored("box-closed", BOX, schema=2))
        self.assert_error("payload_truncated", stored("box-closed", b"", lead=b""))

    def test_every_range_of_the_envelope_is_checked(self) -> None:
        data = stored("box-closed", BOX)
        bad = [(4, b"\0"), (5, b"\0"), (5, b"\x41"), (5, b"\x1c"), (24, u64(0)), (32, u16(1)), (34, u16(0)),
               (36, b"\0"), (36, b"\x09"), (53, ANNA), (69, u64(0)), (77, u16(0)), (127, b"\x03"),
               (128, ANNA), (144, b"\x0a"), (161, b"\xff")]
        for offset, piece in bad:
            with self.subTest(offset=offset, piece=piece):
                self.assert_error("bad_envelope", patched(data, offset, piece))

    def test_an_earlier_error_hides_a_later_one(self) -> None:
        data = stored("box-closed", BOX)
        self.assert_error("bad_magic", b"CVLX\x02" + data[5:])
        self.assert_error("future_format", data[:4] + b"\x02" + data[5:] + b"\0")
        self.assert_error("bad_envelope", patched(data, 69, u64(0)), 2)
        self.assert_error("wrong_position", stored("box-painted", BOX), 2)
        self.assert_error("unknown_type", stored("box-painted", BOX, schema=9))

    def test_invalid_payloads_are_refused(self) -> None:
        cast = TOPIC + FIRST + u32(1)
        bad = [("box-closed", BOX, {"lead": b"\0"}), ("ballot-cast", cast + b"\0", {"kind": "ballot"}),
               ("ballot-cast", cast + b"\x04", {"kind": "ballot"}), ("role-granted", ANNA + b"\x0a", {}),
               ("contribution-revised", TOPIC + u32(2) + b"\x02" + NO_WORD * 2, {}),
               ("participant-joined", u64(2) + b"\xc3\x28", {}), ("participant-joined", u64(3) + b"\xed\xa0\x80", {}),
               ("phase-opened", u16(0) + bytes(47) + b"\x01", {}),
               ("rules-set", b"\x02\x00" + u64(2) + b"\x03\x01" + NO_WORD, {}),
               ("rules-set", b"\x02\x00" + u64(2) + b"\x01\x01" + NO_WORD, {})]
        for name, payload, changes in bad:
            with self.subTest(name, payload=payload):
                self.assert_error("payload_invalid", stored(name, payload, **changes))

    def test_a_false_size_or_count_runs_out_of_bytes(self) -> None:
        self.assert_error("payload_truncated", stored("participant-joined", u64(2**64 - 1) + b"x"))
        self.assert_error("payload_truncated", stored("phases-defined", u64(2**64 - 1) + PHASES[8:]))

    def test_sealed_forms_decode_and_their_errors_are_told_apart(self) -> None:
        event = stored("ballot-cast", TOPIC + FIRST + u32(1) + AGREE, kind="ballot", stream=BOX, tag=ANNA, position=5)
        data = sealed(event)
        self.assertEqual(len(data), 88)
        decoded = decoder_format.decode(data, 5)
        self.assertEqual((decoded.position, decoded.box, decoded.day, decoded.secrecy), (5, BOX, 19844, 2))
        self.assertEqual(decoded.commitment, decoder_format.commitment(decoder_format.decode(event), BOX_KEY))
        self.assert_error("truncated", data[:-1])
        self.assert_error("future_format", data[:4] + b"\x02" + data[5:])
        self.assert_error("trailing_bytes", data + b"\0")
        self.assert_error("truncated", data[:6] + u16(89) + data[8:])
        self.assert_error("bad_crc", data[:60] + b"\xff" + data[61:])
        self.assert_error("bad_envelope", patched(data, 5, b"\x01"))
        self.assert_error("bad_envelope", patched(data + b"\0", 6, u16(89)))
        self.assert_error("wrong_position", data, 6)

    def test_an_unreadable_event_is_named_with_its_position_and_the_next_is_read(self) -> None:
        log = Log().prepared()
        log.events[1] = log.events[1][:-1]
        status, out, err = run(log.dump())
        self.assertEqual((status, len(out.splitlines())), (1, 8))
        self.assertTrue(err.startswith("position 2: truncated: "), err)

    def test_a_line_that_is_no_line_of_a_dump_is_refused(self) -> None:
        for line in ("x 00", "1", "1 0", "1 CV", "1 00 00"):
            status, _, err = run(line + "\n")
            self.assertEqual(status, 1)
            self.assertIn(":1: this is not a line of a dump", err)

    def test_the_golden_events_of_the_project_decode(self) -> None:
        golden = pathlib.Path(__file__).with_name("golden") / "events.txt"
        self.assertEqual(run(golden.read_text(encoding="utf-8"), "--golden")[::2], (0, ""))

    def test_golden_lines_must_hold_what_they_name(self) -> None:
        lines = "# golden\n"
        for position, (name, schema, kind, payload, _) in enumerate(PAYLOADS, 1):
            tag = ANNA if kind == "ballot" else bytes(16)
            event = stored(name, payload, kind=kind, stream=BOX, tag=tag, position=position, schema=schema)
            lines += f"{name} {schema} {event.hex()}\n"
            if name == "ballot-cast":
                ballot, public = event, sealed(event)
                lines += f"{name} {schema} public-open {event.hex()}\n"
                lines += f"{name} {schema} public-pseudonymous {public.hex()}\n"
        key = ("--golden", "--box-key", f"{uuid.UUID(bytes=BOX)}={BOX_KEY.hex()}")
        self.assertEqual(run(lines, *key)[::2], (0, ""))
        broken = [
            (public.hex(), patched(public, 52, bytes(32)).hex(), "the commitment is not that"),
            (public.hex(), sealed(ballot, day=1).hex(), "day differ"),
            (public.hex(), patched(public, 24, u64(99)).hex(), "no line before has a stored event"),
            ("public-pseudonymous", "public-embargoed", "this is a pseudonymous sealed form"),
            ("public-open", "public-embargoed", "these are the stored bytes of a ballot-cast 1"),
            ("comment-posted 1 ", "comment-posted 2 ", "these are the stored bytes of a comment-posted 1"),
        ]
        for old, new, problem in broken:
            status, _, err = run(lines.replace(old, new), *key)
            self.assertEqual((status, len(err.splitlines())), (1, 1), err)
            self.assertIn(problem, err)
        self.assertIn("no line has a import-started 1", run("\n".join(lines.splitlines()[:-1]), *key)[2])



class Tallies(unittest.TestCase):
    def setUp(self) -> None:
        log = Log().prepared()
        log.ballot("cast", AGREE).ballot("cast", PASS, BERT).ballot("changed", AGREE + DISAGREE)
        log.ballot("reaffirmed", DISAGREE).ballot("withdrawn", PASS, BERT).ballot("cast", AGREE, BERT)
        log.add("contribution-withdrawn", TOPIC + NO_WORD, "contribution", FIRST)
        self.log = log

    def tally(self, *arguments: str) -> list[str]:
        status, out, err = run(self.log.dump(), "--tally", *arguments)
        self.assertEqual((status, err), (0, ""))
        return out.split("\n")

    def test_every_rule_counts_and_nothing_else_does(self) -> None:
        self.assertEqual(self.tally(), ["source_id,agree,disagree,pass", "17,1,1,0", '"a, b",0,0,0', ""])

    def test_a_tally_as_of_a_position_is_the_fold_up_to_it(self) -> None:
        rows = {10: "17,1,0,0", 11: "17,1,0,1", 12: "17,0,1,1", 13: "17,0,1,1", 14: "17,0,1,0", 15: "17,1,1,0"}
        for position, row in rows.items():
            self.assertEqual(self.tally("--as-of", str(position))[1], row)
        self.assertEqual(self.tally("--as-of", "6"), ["source_id,agree,disagree,pass", "17,0,0,0", ""])

    def test_a_tally_as_of_a_time_includes_the_events_of_that_instant(self) -> None:
        self.assertEqual(self.tally("--as-of", "2024-05-01T12:00:12Z")[1], "17,0,1,1")
        self.assertEqual(self.tally("--as-of", "2024-05-01T12:00:11.999Z")[1], "17,1,0,1")
        self.assertEqual(self.tally("--as-of", "2024-05-01T14:00:12+02:00")[1], "17,0,1,1")
        for wrong in ("yesterday", "2024-05-01T12:00:12"):
            self.assertEqual(run(self.log.dump(), "--tally", "--as-of", wrong)[0], 2)

    def test_topics_are_chosen_by_id_or_slug_and_named_when_there_are_several(self) -> None:
        other = bytes([0x33] * 16)
        self.log.launch(other, "bridge").submit(bytes([0x43] * 16), "1", other)
        head = "source_id,agree,disagree,pass"
        both = ["# topic park", head, "17,1,1,0", '"a, b",0,0,0', "# topic bridge", head, "1,0,0,0", ""]
        self.assertEqual(self.tally(), both)
        self.assertEqual(self.tally("--topic", "bridge"), [head, "1,0,0,0", ""])
        self.assertEqual(self.tally("--topic", str(uuid.UUID(bytes=TOPIC))), both[1:4] + [""])
        self.assertEqual(run(self.log.dump(), "--tally", "--topic", "bridge", "--as-of", "9")[0], 2)

    def test_what_would_falsify_a_count_is_refused(self) -> None:
        tenth = self.log.events[9]
        for event in (tenth[:-1], sealed(tenth)):
            self.assertEqual(run(self.log.dump().replace(tenth.hex(), event.hex()), "--tally")[:2], (1, ""))
        gap = self.log.dump().splitlines(keepends=True)
        self.assertEqual(run("".join(gap[:10] + gap[11:]), "--tally")[:2], (1, ""))
        self.assertIn("was not there before", run(Log().ballot("cast", AGREE).dump(), "--tally")[2])


class Checks(unittest.TestCase):
    def assert_ok(self, log: Log) -> None:
        self.assertEqual(run(log.dump(), "--check"), (0, f"ok: {len(log.events)} events, head {len(log.events)}\n", ""))

    def assert_violation(self, log: Log, text: str, *arguments: str) -> None:
        """Exactly one violation, so that a broken rule is not blamed for another."""
        status, out, _ = run(log.dump(), "--check", *arguments)
        self.assertEqual((status, len(out.splitlines())), (1, 1), out)
        self.assertIn(text, out)

    def test_a_log_that_keeps_the_rules_is_well(self) -> None:
        log = Log().prepared().add("phase-extended", u16(1) + time(T0 + 20) + time(T0 + 30) + WORD)
        log.add("phase-extended", u16(1) + time(T0 + 30) + time(T0 + 40) + WORD).ballot("cast", AGREE)
        log.ballot("cast", PASS, BERT).ballot("cast", PASS, BERT, SECOND).ballot("changed", AGREE + DISAGREE)
        log.ballot("reaffirmed", DISAGREE).ballot("withdrawn", DISAGREE).ballot("cast", AGREE)
        log.add("box-closed", BOX, count=2).add("phase-closed", u16(1) + NO_WORD, command=19, index=1, count=2)
        self.assert_ok(log)
        self.assertEqual(run("", "--check")[1], "ok: 0 events, head 0\n")

    def test_an_unreadable_event_is_a_violation_with_its_name(self) -> None:
        log = Log().prepared()
        log.events[4] = patched(log.events[4], 161, b"fuss")
        status, out, _ = run(log.dump(), "--check")
        self.assertEqual(status, 1)
        self.assertTrue(out.startswith("position 5: unknown_type: "), out)

    def test_positions_are_dense_and_a_log_has_one_id(self) -> None:
        log = Log().prepared()
        dump = log.dump().splitlines(keepends=True)
        self.assertIn("position 2: position 1 was expected", run("".join(dump[1:]), "--check")[1])
        self.assert_violation(Log().launch().add("phases-defined", PHASES, log=ANNA), "log id a1a1")

    def test_commits_are_whole_and_their_ids_used_once(self) -> None:
        def two(first: dict[str, int], second: dict[str, int]) -> Log:
            return Log().launch().add("phases-defined", PHASES, **first).add("phases-defined", PHASES, **second)
        self.assert_ok(two({"count": 2}, {"command": 2, "index": 1, "count": 2}))
        self.assert_violation(two({}, {"count": 2}), "1 of 2 events")
        self.assert_violation(two({"count": 2}, {}), "position 3: the commit before has 1 of 2 events")
        self.assert_violation(two({}, {"command": 1}), "used by an earlier commit")
        self.assert_violation(two({}, {"command": 2}), "used by an earlier commit")
        self.assert_violation(two({}, {"index": 1, "count": 2}), "begins at index 1")
        self.assert_violation(two({"count": 3}, {"command": 2, "index": 2, "count": 3}), "index 2, 1 was expected")
        self.assert_violation(two({"count": 3}, {"command": 2, "index": 1, "count": 2}), "of 3 events says it has 2")

    def test_stream_versions_are_dense_and_the_clock_never_goes_back(self) -> None:
        self.assert_violation(Log().launch().add("phases-defined", PHASES, version=3), "from version 1 to 3")
        self.assert_violation(Log().launch().add("phases-defined", PHASES, version=1), "from version 1 to 1")
        self.assert_violation(Log().launch().add("phases-defined", PHASES, at=T0), "backwards")
        self.assert_ok(Log().launch().add("phases-defined", PHASES, at=T0 + 1000))

    def test_a_type_stands_in_a_stream_of_its_kind(self) -> None:
        self.assert_violation(Log().launch().add("role-granted", ANNA + b"\x01"), "role-granted in the stream topic-03")

    def test_phases_never_reopen_and_are_never_two(self) -> None:
        opened = u16(1) + NO_WORD
        self.assert_violation(Log().prepared().add("phase-closed", opened).add("phase-opened", opened), "a second time")
        self.assert_violation(Log().launch().add("phases-defined", PHASES).add("phase-opened", u16(0) + NO_WORD)
                              .add("phase-opened", opened), "while phase 0 is open")
        self.assert_violation(Log().prepared().add("phase-closed", u16(0) + NO_WORD), "was not open")
        self.assert_violation(Log().launch().add("phase-opened", opened), "phase 1 is not defined")
        self.assert_violation(Log().prepared().add("phase-extended", u16(1) + time(T0) + time(T0 + 9) + WORD),
                              "ended at 2024-05-01T12:00:00.020Z")
        self.assert_violation(Log().prepared().add("phases-defined", u64(1) + PHASES[8:28]), "no longer defined")

    def test_boxes_agree_with_the_rules_in_force_and_with_their_key(self) -> None:
        def boxed(*, rules: bytes = RULES, secrecy: bytes = b"\x02", digest: bytes = RULES_HASH) -> Log:
            return (Log().launch().add("rules-set", rules + NO_WORD)
                    .add("box-opened", BOX + secrecy + FINGERPRINT + digest))
        key = f"{uuid.UUID(bytes=BOX)}="
        self.assert_ok(boxed())
        self.assert_violation(boxed(secrecy=b"\x03"), "secrecy")
        self.assert_violation(boxed(digest=bytes(32)), "rules hash")
        self.assert_violation(boxed(rules=b"\x02\x01" + RULES[2:]), "rules hash")
        self.assert_violation(boxed(), "fingerprint", "--box-key", key + "00" * 32)
        self.assertEqual(run(boxed().dump(), "--check", "--box-key", key + BOX_KEY.hex())[0], 0)
        self.assertEqual(run(boxed().dump(), "--check", "--box-key", "x=y")[0], 2)
        self.assert_violation(boxed().add("box-closed", ANNA), "was not open")
        self.assert_violation(boxed().add("box-opened", BOX + b"\x02" + FINGERPRINT + RULES_HASH), "opened before")

    def test_every_previous_choice_is_the_choice_before(self) -> None:
        def log() -> Log:
            return Log().prepared().ballot("cast", AGREE)
        self.assert_violation(log().ballot("changed", DISAGREE + PASS), "the choice disagree, the current choice is")
        self.assert_violation(log().ballot("reaffirmed", PASS), "the choice pass, the current choice is agree")
        self.assert_violation(log().ballot("withdrawn", PASS), "the choice pass, the current choice is agree")
        self.assert_violation(log().ballot("cast", PASS), "the choice none, the current choice is agree")
        self.assert_violation(log().ballot("withdrawn", AGREE, BERT), "the current choice is none")
        self.assert_violation(log().ballot("reaffirmed", AGREE, contribution=SECOND), "the current choice is none")
        self.assert_violation(log().ballot("withdrawn", AGREE).ballot("reaffirmed", AGREE), "current choice is none")

    def test_ballots_lie_inside_an_open_phase_that_allows_voting(self) -> None:
        outside = "outside an open phase that allows voting"
        closed = Log().prepared().add("phase-closed", u16(1) + NO_WORD)
        self.assert_violation(closed.ballot("cast", AGREE), outside)
        early = Log().prepared()
        del early.events[7:]
        early.versions["topic", TOPIC, bytes(16)] -= 2
        self.assert_violation(early.ballot("cast", AGREE), outside)
        self.assert_violation(Log().prepared().add("box-closed", BOX).ballot("cast", AGREE), "closed box")
        self.assert_violation(Log().launch().submit(FIRST, "1").ballot("cast", AGREE), "unknown box")
        self.assert_violation(Log().prepared().ballot("cast", AGREE, contribution=ANNA), "was not submitted")

    def test_an_event_names_only_what_was_there_before_and_opens_nothing_twice(self) -> None:
        other = bytes([0x33] * 16)
        foreign = bytes([0x43] * 16)
        two = Log().prepared().launch(other).submit(foreign, "1", other)
        self.assert_violation(two.ballot("cast", AGREE, contribution=foreign, topic=other), "not that of its box")
        self.assert_violation(Log().prepared().launch(other).add("box-closed", BOX, "topic", other), "in this topic")
        self.assert_violation(Log().launch().submit(FIRST, "1").submit(FIRST, "1"), "submitted before")
        self.assert_violation(Log().launch().launch(), "launched before")
        self.assert_violation(Log().add("rules-set", RULES + NO_WORD), "before the topic was launched")
        self.assert_violation(Log().submit(FIRST, "1"), "unknown topic")
        box = BOX + b"\x02" + FINGERPRINT + RULES_HASH
        self.assert_violation(Log().launch().add("box-opened", box), "no rules are in force")

    def test_sealed_events_are_checked_as_far_as_they_show(self) -> None:
        def log(**changes: int) -> Log:
            result = Log().prepared().ballot("cast", AGREE, count=2)
            result.ballot("cast", AGREE, contribution=SECOND, command=10, index=1, count=2)
            result.events[9:] = [sealed(event, **changes) for event in result.events[9:]]
            return result.add("phase-closed", u16(1) + NO_WORD)
        self.assert_ok(log())
        self.assertIn("sealed as embargoed, the box is pseudonymous", run(log(secrecy=3).dump(), "--check")[1])
        self.assertIn("backwards", run(log(day=1).dump(), "--check")[1])
        late = log()
        late.events.append(patched(late.events[9], 24, u64(13)))
        self.assert_violation(late, "outside an open phase")


if __name__ == "__main__":
    sys.exit(unittest.main())
