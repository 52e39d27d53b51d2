#!/usr/bin/env python3
"""Makes up a conversation in the public Polis export format, to measure import and export with.

    bench/polis_conversation.py OUT [--votes N] [--voters N] [--statements N] [--seed N]

Writes comments.csv, votes.csv and summary.csv to the folder OUT, rows of votes.csv by statement and voter as the published exports
have them. Some people vote on much and most on little, early statements get more votes than late ones, and 0.84 % of the votes
are cast again, nearly all of them the same. The same seed gives the same bytes. Memory: about 100 bytes per vote."""

import argparse
import random
from array import array
from pathlib import Path

BEGIN_MS = 1_500_000_000_000
SPAN_MS = 30 * 86_400_000
AGAIN = 0.0084
SAME_AGAIN = 0.95


def statements(random_numbers, options):
    created = sorted(BEGIN_MS + random_numbers.randrange(SPAN_MS // 4) for _ in range(options.statements))
    created[0] = BEGIN_MS
    with open(options.out / "comments.csv", "w", encoding="utf-8") as file:
        file.write("timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n")
        for number, time in enumerate(created):
            author = random_numbers.randrange(options.voters)
            moderated = random_numbers.choices((1, 0, -1), (80, 10, 10))[0]
            file.write(f'{time},,{number},{author},0,0,{moderated},"Statement {number}, of {random_numbers.random()}"\n')
    return created


def votes(random_numbers, created, options):
    """Packed as (statement, voter, time, choice) in two integers, so that ten million of them can be sorted."""
    places, moments = array("Q"), array("q")

    def add(statement, voter, time, choice):
        places.append(statement << 32 | voter)
        moments.append(time << 2 | (choice + 1))

    while len(places) < options.votes:
        voter = int(options.voters * random_numbers.random() ** 2)
        statement = int(options.statements * random_numbers.random() ** 1.5)
        time = random_numbers.randrange(created[statement], BEGIN_MS + SPAN_MS)
        choice = random_numbers.choices((1, -1, 0), (55, 30, 15))[0]
        add(statement, voter, time, choice)
        if random_numbers.random() < AGAIN and len(places) < options.votes:
            add(statement, voter, time + random_numbers.randrange(2_000), choice if random_numbers.random() < SAME_AGAIN else -choice)
    return sorted(zip(places, moments))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--voters", type=int, default=50_000)
    parser.add_argument("--statements", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    random_numbers = random.Random(options.seed)
    created = statements(random_numbers, options)
    with open(options.out / "votes.csv", "w", encoding="utf-8") as file:
        file.write("timestamp,datetime,comment-id,voter-id,vote\n")
        for place, moment in votes(random_numbers, created, options):
            file.write(f"{moment >> 2},,{place >> 32},{place & 0xffffffff},{(moment & 3) - 1}\n")
    (options.out / "summary.csv").write_text(f"topic,Made up with seed {options.seed}\nviews,{options.voters}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
