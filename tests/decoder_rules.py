"""Counts tallies and verifies the rules of docs/event-format.md over a whole log. Part of decoder.py."""

from dataclasses import dataclass, field
from typing import Any

from decoder_format import (AGREE, DAY_MS, KINDS_OF_TYPE, NO_TIME, STREAM_KINDS, Event, Sealed, key_fingerprint,
                            rules_hash)
from decoder_text import id_text, listed_text, stream_text, time_text


class LogError(Exception):
    """A dump that is no dump, or a log that cannot be counted."""


@dataclass
class TopicTally:
    slug: str
    rows: dict[bytes, list[Any]] = field(default_factory=dict)  # contribution -> source id, agree, disagree, pass


class Tally:
    """The fold of the section "How a tally is counted"."""

    def __init__(self) -> None:
        self.topics: dict[bytes, TopicTally] = {}

    def apply(self, event: Event) -> None:
        fields = event.fields
        try:
            if event.type == "topic-launched":
                self.topics[event.stream_id] = TopicTally(fields["slug"])
            elif event.type == "contribution-submitted":
                self.topics[fields["topic"]].rows[event.stream_id] = [fields["source_id"], 0, 0, 0]
            elif event.type.startswith("ballot-") and event.type != "ballot-reaffirmed":
                row = self.topics[fields["topic"]].rows[fields["contribution"]]
                if "previous" in fields:
                    row[fields["previous"] - AGREE + 1] -= 1
                if "choice" in fields:
                    row[fields["choice"] - AGREE + 1] += 1
        except KeyError as missing:
            raise LogError(f"position {event.position}: {event.type} names {id_text(missing.args[0])}, "
                           "which was not there before") from None


@dataclass
class TopicState:
    phases: list[dict[str, Any]] = field(default_factory=list)
    ever_opened: set[int] = field(default_factory=set)
    open_phase: int | None = None
    rules: dict[str, Any] | None = None

    def may_vote(self) -> bool:
        return self.open_phase is not None and self.phases[self.open_phase]["may_vote"]


@dataclass
class BoxState:
    topic: bytes
    secrecy: int
    is_open: bool = True


class Checker:
    """Reads a log from position 1 and collects every violation, in log order."""

    def __init__(self, box_keys: dict[bytes, bytes]) -> None:
        self.box_keys = box_keys
        self.violations: list[str] = []
        self.count = 0
        self.head = 0
        self.log: bytes | None = None
        self.clock = NO_TIME
        # Of a commit with an unreadable or sealed event the index and size cannot be followed.
        self.blind = False
        self.commit: tuple[bytes, int] | None = None
        self.next_index = 0
        self.commands: set[bytes] = set()
        self.versions: dict[tuple[int, bytes, bytes], int] = {}
        self.topics: dict[bytes, TopicState] = {}
        self.boxes: dict[bytes, BoxState] = {}
        self.topic_of: dict[bytes, bytes] = {}  # contribution -> topic
        self.choices: dict[tuple[bytes, bytes, bytes], int] = {}  # box, tag, contribution -> current choice
        self.rules_by_type = {
            "topic-launched": self.topic_launched, "phases-defined": self.phases_defined,
            "rules-set": self.rules_set, "phase-opened": self.phase_opened, "phase-closed": self.phase_closed,
            "phase-extended": self.phase_extended, "box-opened": self.box_opened, "box-closed": self.box_closed,
            "contribution-submitted": self.contribution_submitted, "ballot-cast": self.ballot,
            "ballot-changed": self.ballot, "ballot-reaffirmed": self.ballot, "ballot-withdrawn": self.ballot,
        }

    def say(self, position: int, text: str) -> None:
        self.violations.append(f"position {position}: {text}")

    def density(self, position: int) -> None:
        if position != self.head + 1:
            self.say(position, f"position {self.head + 1} was expected")
        self.head = position
        self.count += 1

    def one_log(self, position: int, log: bytes) -> None:
        self.log = self.log or log
        if log != self.log:
            self.say(position, f"log id {id_text(log)} in the log {id_text(self.log)}")

    def unreadable(self, position: int, error: str) -> None:
        self.say(position, error)
        self.density(position)
        self.blind = True

    def sealed(self, event: Sealed) -> None:
        self.density(event.position)
        self.one_log(event.position, event.log)
        if event.day < self.clock // DAY_MS:
            self.say(event.position, "recorded_at goes backwards")
        self.clock = max(self.clock, event.day * DAY_MS)
        self.blind = True
        box = self.boxes.get(event.box)
        if box and box.secrecy != event.secrecy:
            self.say(event.position, f"sealed as {listed_text('secrecy', event.secrecy)}, the box is "
                                     f"{listed_text('secrecy', box.secrecy)}")
        self.inside_voting(event.position, event.box)

    def stored(self, event: Event) -> None:
        self.density(event.position)
        self.one_log(event.position, event.log)
        self.follow_commit(event)
        if event.recorded_at < self.clock:
            self.say(event.position, f"recorded_at goes backwards to {time_text(event.recorded_at)}")
        self.clock = event.recorded_at
        if STREAM_KINDS[event.stream_kind] not in KINDS_OF_TYPE[event.type]:
            self.say(event.position, f"{event.type} in the stream {stream_text(event)}")
        stream = (event.stream_kind, event.stream_id, event.tag)
        before = self.versions.get(stream, 0)
        if event.version != before + 1:
            self.say(event.position, f"{stream_text(event)} goes from version {before} to {event.version}")
        self.versions[stream] = event.version
        rule = self.rules_by_type.get(event.type)
        if rule:
            rule(event)

    def follow_commit(self, event: Event) -> None:
        position = event.position
        continues = self.commit is not None and event.command == self.commit[0]
        unfinished = self.commit is not None and not self.blind and self.next_index < self.commit[1]
        if continues and (unfinished or self.blind):
            if event.count != self.commit[1]:
                self.say(position, f"a commit of {self.commit[1]} events says it has {event.count}")
            if event.index != self.next_index and not self.blind:
                self.say(position, f"commit index {event.index}, {self.next_index} was expected")
        else:
            self.finish_commit(position)
            if event.command in self.commands:
                self.say(position, f"command id {id_text(event.command)} was used by an earlier commit")
            if event.index != 0 and not self.blind:
                self.say(position, f"a commit begins at index {event.index}")
            self.commands.add(event.command)
        self.commit = (event.command, event.count)
        self.next_index = event.index + 1
        self.blind = False

    def finish_commit(self, position: int) -> None:
        if self.commit and not self.blind and self.next_index < self.commit[1]:
            self.say(position, f"the commit before has {self.next_index} of {self.commit[1]} events")

    def topic(self, event: Event) -> TopicState:
        if event.stream_id not in self.topics:
            self.say(event.position, f"{event.type} before the topic was launched")
        return self.topics.setdefault(event.stream_id, TopicState())

    def topic_launched(self, event: Event) -> None:
        if event.stream_id in self.topics:
            self.say(event.position, "the topic was launched before")
        self.topics.setdefault(event.stream_id, TopicState())

    def phases_defined(self, event: Event) -> None:
        topic = self.topic(event)
        topic.phases = event.fields["phases"]
        if topic.open_phase is not None and topic.open_phase >= len(topic.phases):
            self.say(event.position, f"phase {topic.open_phase} is open and no longer defined")
            topic.open_phase = None

    def rules_set(self, event: Event) -> None:
        self.topic(event).rules = event.fields["rules"]

    def phase_opened(self, event: Event) -> None:
        topic, phase = self.topic(event), event.fields["phase"]
        if phase >= len(topic.phases):
            self.say(event.position, f"phase {phase} is not defined")
            return
        if phase in topic.ever_opened:
            self.say(event.position, f"phase {phase} is opened a second time")
        elif topic.open_phase is not None:
            self.say(event.position, f"phase {phase} is opened while phase {topic.open_phase} is open")
        topic.ever_opened.add(phase)
        topic.open_phase = phase

    def phase_closed(self, event: Event) -> None:
        topic, phase = self.topic(event), event.fields["phase"]
        if phase != topic.open_phase:
            self.say(event.position, f"phase {phase} is closed and was not open")
        else:
            topic.open_phase = None

    def phase_extended(self, event: Event) -> None:
        topic, phase = self.topic(event), event.fields["phase"]
        if phase >= len(topic.phases):
            self.say(event.position, f"phase {phase} is not defined")
            return
        if topic.phases[phase]["ends_at"] != event.fields["old_end"]:
            self.say(event.position, f"phase {phase} ended at {time_text(topic.phases[phase]['ends_at'])}, "
                                     f"not at {time_text(event.fields['old_end'])}")
        topic.phases[phase]["ends_at"] = event.fields["new_end"]

    def box_opened(self, event: Event) -> None:
        topic, fields = self.topic(event), event.fields
        box = fields["box"]
        if box in self.boxes:
            self.say(event.position, f"box {id_text(box)} was opened before")
        self.boxes[box] = BoxState(event.stream_id, fields["secrecy"])
        if topic.rules is None:
            self.say(event.position, "a box is opened and no rules are in force")
        else:
            if fields["secrecy"] != topic.rules["secrecy"]:
                self.say(event.position, "the box's secrecy is not that of the rules in force")
            if fields["rules_hash"] != rules_hash(topic.rules):
                self.say(event.position, "the rules hash is not that of the rules in force")
        # The key is not in the log: only somebody who was given it can check its fingerprint.
        if box in self.box_keys and fields["key_fingerprint"] != key_fingerprint(self.box_keys[box]):
            self.say(event.position, "the key fingerprint is not that of the given box key")

    def box_closed(self, event: Event) -> None:
        box = self.boxes.get(event.fields["box"])
        if box is None or not box.is_open or box.topic != event.stream_id:
            self.say(event.position, f"box {id_text(event.fields['box'])} is closed and was not open in this topic")
        else:
            box.is_open = False

    def contribution_submitted(self, event: Event) -> None:
        if event.fields["topic"] not in self.topics:
            self.say(event.position, f"{event.type} in an unknown topic")
        if event.stream_id in self.topic_of:
            self.say(event.position, "the contribution was submitted before")
        self.topic_of[event.stream_id] = event.fields["topic"]

    def inside_voting(self, position: int, box_id: bytes) -> BoxState | None:
        box = self.boxes.get(box_id)
        if box is None:
            self.say(position, f"a ballot in the unknown box {id_text(box_id)}")
            return None
        if not box.is_open:
            self.say(position, f"a ballot in the closed box {id_text(box_id)}")
        if not self.topics[box.topic].may_vote():
            self.say(position, "a ballot outside an open phase that allows voting")
        return box

    def ballot(self, event: Event) -> None:
        fields = event.fields
        contribution = fields["contribution"]
        box = self.inside_voting(event.position, event.stream_id)
        if box and box.topic != fields["topic"]:
            self.say(event.position, "the ballot's topic is not that of its box")
        if self.topic_of.get(contribution) != fields["topic"]:
            self.say(event.position, f"contribution {id_text(contribution)} was not submitted in the ballot's topic")
        voter = (event.stream_id, event.tag, contribution)
        current = self.choices.pop(voter, None)
        # A reaffirmed choice must be the current one; a cast ballot must find none.
        claimed = fields.get("previous", fields["choice"] if event.type == "ballot-reaffirmed" else None)
        if claimed != current:
            names = ["none" if choice is None else listed_text("choice", choice) for choice in (claimed, current)]
            self.say(event.position, f"{event.type} over the choice {names[0]}, the current choice is {names[1]}")
        if "choice" in fields:
            self.choices[voter] = fields["choice"]

    def finish(self) -> None:
        self.finish_commit(self.head)
