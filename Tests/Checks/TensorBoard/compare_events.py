"""Compares the event files of results with the rows they were made from: compare_events.py DIR..."""

import collections
import glob
import json
import os
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

MOST_POINTS = 1000


def single(number):
    """The number as 32 bits keep it."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def rows(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def expected(run):
    """The points of every tag, before they are thinned."""
    tags = collections.OrderedDict()
    for row in rows(run + "/train.jsonl"):
        for name, value in row["metrics"].items():
            tags.setdefault("train/" + name, []).append((row["environmentSteps"], value))
    for kind in ["adapted", "online"]:
        returns = collections.defaultdict(list)
        for row in rows(run + "/episodes.jsonl"):
            if row["kind"] == kind:
                returns[row["episode"]].append(row["return"])
        tags["adaptation/" + kind + "Return"] = [
            (episode, sum(returns[episode]) / len(returns[episode])) for episode in sorted(returns)
        ]
    return tags


def check(comparison, run):
    """The number of points of a run, and whether any tag was thinned."""
    name = os.path.relpath(run, comparison + "/runs")
    events = EventAccumulator(comparison + "/report/tensorboard/" + name, size_guidance={"scalars": 0})
    events.Reload()
    wanted = expected(run)
    found = events.Tags()["scalars"]
    assert sorted(found) == sorted(wanted), (run, found, list(wanted))
    count, is_thinned = 0, False
    for tag, points in wanted.items():
        scalars = events.Scalars(tag)
        if len(points) > MOST_POINTS:
            is_thinned = True
            last = len(points) - 1
            points = [points[number * last // (MOST_POINTS - 1)] for number in range(MOST_POINTS)]
        assert [scalar.step for scalar in scalars] == [step for step, _ in points], (run, tag, "steps")
        for scalar, (step, value) in zip(scalars, points):
            # Means over tasks may be added in another order.
            tolerance = 0 if tag.startswith("train/") else 1e-6 * max(1, abs(value))
            assert abs(scalar.value - single(value)) <= tolerance, (run, tag, step, scalar.value, value)
        count += len(scalars)
    return count, is_thinned


total, runs, has_thinned = 0, 0, False
for directory in sys.argv[1:]:
    for configuration in sorted(glob.glob(directory + "/runs/*/*/*/config.json")):
        count, is_thinned = check(directory, os.path.dirname(configuration))
        total, runs, has_thinned = total + count, runs + 1, has_thinned or is_thinned
assert runs > 0 and total > 0, "no runs"
assert has_thinned, "no tag was thinned, so that thinning was not checked"
print(f"TensorBoard reads {total} points of {runs} runs as they were written")
