#!/usr/bin/env python3
"""Prints tables by seed of the comparisons in this folder; README.md says where they are used.

by-seed.py t-maze DIR [ZOO]   the return before any experience, over 50 episodes of each task: its mean, and each seed
by-seed.py rooms DIR          how many seeds have lifetimes that return more than 300, and how many runs there are
"""
import json
import pathlib
import subprocess
import sys


def runs(directory):
    """Run directories by learner and family, in order of their seeds."""
    found = {}
    for run in sorted(pathlib.Path(directory).glob("runs/*/*/seed-*")):
        found.setdefault((run.parts[-3], run.parts[-2]), []).append(run)
    return found


def t_maze(directory, zoo=".build/release/zoo"):
    for (learner, family), seeds in runs(directory).items():
        command = [zoo, "evaluate", "--probe-episodes", "50", "--json"]
        outputs = [json.loads(subprocess.run(command + [str(run)], check=True, capture_output=True).stdout) for run in seeds]
        returns = sorted(output["adapted"][0]["return"] for output in outputs)
        print(f"{learner} | {family} | {sum(returns) / len(returns):.2f} ({', '.join(f'{r:.2f}' for r in returns)})")


def rooms(directory):
    for (learner, family), seeds in runs(directory).items():
        lines = [[json.loads(line) for line in (run / "episodes.jsonl").open()] for run in seeds]
        high = sum(any(row["kind"] == "online" and row["return"] > 300 for row in rows) for rows in lines)
        print(f"{learner} | {family} | {high} of {len(seeds)}")


if len(sys.argv) < 3 or sys.argv[1] not in ("t-maze", "rooms"):
    sys.exit(__doc__)
{"t-maze": t_maze, "rooms": rooms}[sys.argv[1]](*sys.argv[2:])
