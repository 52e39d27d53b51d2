"""Two programs that share no code must agree: `civic-replay` (C++) and decoder.py (written from the format's page alone).

    decoder_agrees.py CIVIC_REPLAY

Makes the example deliberation, and imports a real conversation where the data folder is there; dumps the log; lets the
decoder check every rule it knows, and compares the tallies of every topic, now and as of several positions."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nexit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def decoder(dump: Path, *arguments: object) -> str:
    return run(sys.executable, "-B", HERE / "decoder.py", *arguments, dump)


def real_data() -> Path | None:
    named = os.environ.get("CIVICLOG_DATA")
    places = [Path(named)] if named else [parent / "shared" / "data" for parent in HERE.parents]
    return next((place for place in places if (place / "polis").is_dir()), None)


def compare(replay: str, data: Path, topics: list[str]) -> int:
    dump = data.with_suffix(".hex")
    dump.write_text(run(replay, "log", "--data", data, "--format", "hex"))
    head = int(dump.read_text().rsplit("\n", 2)[-2].split()[0])
    print(decoder(dump, "--check").strip())
    compared = 0
    for topic in topics:
        for as_of in (head, head * 2 // 3, head // 2):
            position = ["--as-of", str(as_of)]
            ours = subprocess.run([replay, "tally", "--data", str(data), "--topic", topic, "--format", "csv", *position],
                                  capture_output=True, text=True)
            if ours.returncode != 0 and as_of != head:
                continue  # The topic had not been launched by then.
            theirs = decoder(dump, "--tally", "--topic", topic, *position)
            if ours.stdout != theirs:
                sys.exit(f"{topic} as of {as_of}: the tallies differ\n{ours.stdout}{ours.stderr}\n---\n{theirs}")
            compared += 1
    return compared


def main() -> None:
    replay = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "example"
        run(replay, "example", "--data", data)
        launched = run(replay, "log", "--data", data, "--type", "topic-launched", "--format", "json")
        topics = [json.loads(line)["stream"].removeprefix("topic-") for line in launched.splitlines()]
        if not topics:
            sys.exit("the example has no topics")
        print(f"example: {compare(replay, data, topics)} tallies agree")
        source = real_data()
        if source is None:
            print("skipped: real data folder not found")
            return
        for conversation in ("london.youth.policing", "15-per-hour-seattle"):
            data = Path(scratch) / conversation
            run(replay, "import", "polis", source / "polis" / conversation, "--data", data)
            print(f"{conversation}: {compare(replay, data, [conversation])} tallies agree")


if __name__ == "__main__":
    main()
