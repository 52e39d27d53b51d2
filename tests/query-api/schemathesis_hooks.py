"""What a client of civicd knows and the OpenAPI document cannot say: what is there, that positions beyond the head are the future, that
cursors come from answers, and that every act has a key of its own."""

import datetime
import json
import os
import uuid
import zlib

import schemathesis

HEAD = int(os.environ["CIVICD_HEAD"])
# {"topic": [ids], …}
KNOWN = json.loads(os.environ["CIVICD_KNOWN"])
# The installation must name whom it means; people may leave out themselves.
MUST_NAME = {"join": "participant", "eraseWords": "subject"} if os.environ["CIVICD_CALLER"] == "the installation" else {}
PAST = str(datetime.date.today() - datetime.timedelta(days=3))  # In every zone.


def is_beyond(value) -> bool:
    return str(value).isascii() and str(value).isdigit() and int(value) > HEAD


def mend_query(query: dict) -> None:
    if "min_position" not in query:
        query.pop("wait", None)
    query.pop("cursor", None)
    as_of = query.get("as_of")
    if as_of is not None and is_beyond(as_of):
        query["as_of"] = int(as_of) % (HEAD + 1)
    elif as_of is not None and not str(as_of).isdigit():
        query["as_of"] = PAST + str(as_of)[10:]


def name_what_is_there(values: dict) -> None:
    """Three in four made-up ids and slugs become those of something."""
    for name, known in KNOWN.items():
        number = zlib.crc32(str(values.get(name)).encode())
        if values.get(name) is not None and number % 4:
            values[name] = known[number // 4 % len(known)]


@schemathesis.hook
def before_call(context, case, kwargs):
    # Also of wrong requests: they would be waited for.
    if case.query.get("min_position") is not None and is_beyond(case.query["min_position"]):
        case.query["min_position"] = int(case.query["min_position"]) % (HEAD + 1)
    if not case.meta.generation.mode.is_positive:
        return
    mend_query(case.query)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    member = MUST_NAME.get(case.operation.definition.raw.get("operationId"))
    if member and not (isinstance(case.body, dict) and case.body.get(member)):
        case.body = {member: str(uuid.uuid4())}
        case.media_type = "application/json"
    # Sequences of requests go on with what they have made.
    if case.meta.phase.name.value != "stateful":
        name_what_is_there(case.path_parameters)
        if isinstance(case.body, dict):
            name_what_is_there(case.body)
    # To JSON Schema 1.0 is an integer, too; civicd takes whole numbers as people write them.
    if isinstance(case.body, dict):
        case.body.update({name: int(value) for name, value in case.body.items() if isinstance(value, float) and value.is_integer()})
