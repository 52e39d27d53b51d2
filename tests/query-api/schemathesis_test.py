"""schemathesis against a running civicd: requests made up from its OpenAPI document, right ones and wrong ones, and every answer
held against the document. The callers: a citizen, who may do little with many things; a process owner; the installation; and the
citizen again, who leaves.

  schemathesis_test.py VENV CIVICD CIVIC_REPLAY [SEED]
"""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from running_civicd import RunningCivicd, running_civicd

HERE = Path(__file__).resolve().parent
MAX_SECONDS = 240  # Of one caller; usually 10 to 30.
SEED = 1  # The same requests in every run; another one by hand looks for more.
MAX_EXAMPLES = 5  # Of each operation and phase.
STEERING = "Topics|Organisations|Moderation"
SETTING_UP = "registerOrganisation|grantRole|revokeRole|join|verifyParticipant|eraseWords"


def let_in(civicd: RunningCivicd, roles: tuple[str, ...]) -> str:
    """A verified participant with these roles at every organisation; their token."""
    participant, installation = str(uuid.uuid4()), civicd.token("installation")
    civicd.post("/v1/participants", {"participant": participant}, installation)
    civicd.post(f"/v1/participants/{participant}/verification", {"method": "test", "identity": participant}, installation)
    for organisation in civicd.get("/v1/organisations")["items"]:
        for role in roles:
            civicd.post(f"/v1/organisations/{organisation['slug']}/roles", {"participant": participant, "role": role}, installation)
    return civicd.token(participant)


def what_is_there(civicd: RunningCivicd) -> dict[str, list[str]]:
    topics = [topic["id"] for topic in civicd.get("/v1/topics")["items"]]
    contributions = [item["id"] for topic in topics for item in civicd.get(f"/v1/topics/{topic}/contributions?limit=20")["items"]]
    comments = [item["id"] for one in contributions[:40] for item in civicd.get(f"/v1/contributions/{one}/comments?limit=5")["items"]]
    organisations = [organisation["slug"] for organisation in civicd.get("/v1/organisations")["items"]]
    return {"topic": topics, "contribution": contributions, "comment": comments, "organisation": organisations}


def run(venv: Path, civicd: RunningCivicd, caller: str, token: str, seed: int, *selection: str) -> bool:
    head = civicd.get("/v1/head")["position"]
    environment = os.environ | {
        "CIVICD_HEAD": str(head), "CIVICD_CALLER": caller, "CIVICD_KNOWN": json.dumps(what_is_there(civicd)),
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    print(f"== {caller}, seed {seed}", flush=True)
    done = subprocess.run([venv / "bin/schemathesis", "--config-file", HERE / "schemathesis.toml", "run", civicd.url + "/openapi.json",
                           "--header", f"Authorization: Bearer {token}", "--checks", "all", "--seed", str(seed), "--no-color",
                           "--generation-database", "none", "--request-timeout", "30", "--max-examples", str(MAX_EXAMPLES), *selection],
                          cwd=civicd.data.parent, env=environment, stdin=subprocess.DEVNULL, timeout=MAX_SECONDS)
    return done.returncode == 0


def main() -> int:
    venv, daemon, civic_replay = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else SEED
    with running_civicd(daemon, civic_replay, example=True, flags=("--subject-rate", "10000", "--address-rate", "100000")) as civicd:
        citizen = let_in(civicd, ())
        owner = let_in(civicd, ("process_owner", "editor", "moderator"))
        phases = ("--phases", "examples,coverage,fuzzing")
        well = [run(venv, civicd, "a citizen", citizen, seed, "--exclude-operation-id", "eraseWords"),
                run(venv, civicd, "a process owner", owner, seed, *phases, "--include-tag-regex", STEERING),
                run(venv, civicd, "the installation", civicd.token("installation"), seed, *phases, "--include-operation-id-regex", SETTING_UP),
                run(venv, civicd, "a citizen who leaves", citizen, seed, *phases, "--include-operation-id", "eraseWords")]
        civicd.get("/readyz")
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
