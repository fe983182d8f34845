"""Compares what `zoo stats --json` says with what rliable computes of the same scores: compare.py FILE."""

import json
import sys
import warnings

import numpy as np
from rliable import library, metrics

warnings.filterwarnings("ignore")
REPETITIONS, RESAMPLES = 5, 300
checked = {"point estimates": 0, "interval bounds": 0}
failures = []
largest = 0.0


def check_point(name, ours, theirs):
    checked["point estimates"] += 1
    if not abs(ours - theirs) <= 1e-12 * max(1, abs(theirs)):
        failures.append(f"{name}: {ours!r}, rliable has {theirs!r}")


def check_interval(name, ours, draw):
    """rliable's bounds vary with what is drawn: how much is seen by repeating it.

    rliable takes no seed (its random_state is not honoured), so numpy's global generator gets one.
    """
    global largest
    if ours["lower"] is None:
        failures.append(f"{name}: no interval")
        return
    bounds = []
    for repetition in range(REPETITIONS):
        np.random.seed(repetition)
        bounds.append(draw())
    bounds = np.array(bounds).reshape(REPETITIONS, 2)
    mean, spread = bounds.mean(axis=0), bounds.std(axis=0, ddof=1)
    # Our own bound is drawn, too, of more resamples.
    error = spread * np.sqrt(1 / REPETITIONS + RESAMPLES / resamples)
    # Where scores have few values, bounds jump between a few numbers, and the spread tells of it badly.
    allowed = 5 * error + 0.01 * (mean[1] - mean[0]) + 1e-12
    for side, our, their, most in zip(("lower", "upper"), (ours["lower"], ours["upper"]), mean, allowed):
        checked["interval bounds"] += 1
        largest = max(largest, abs(our - their) / most)
        if abs(our - their) > most:
            failures.append(f"{name}, {side}: {our!r}, rliable has {their!r}, and may differ by {most:.2g}")


def interval(scores, statistic):
    """rliable's interval of a statistic of one or two score matrices."""
    _, intervals = library.get_interval_estimates(
        {"x": scores}, lambda *drawn: np.array([statistic(*drawn)]), reps=RESAMPLES)
    return intervals["x"].ravel()


with open(sys.argv[1]) as file:
    stats = json.load(file)
resamples = stats["interval"]["resamples"]
aggregates = {
    "mean": metrics.aggregate_mean, "median": metrics.aggregate_median,
    "interquartileMean": metrics.aggregate_iqm, "optimalityGap": metrics.aggregate_optimality_gap,
}
for family in stats["families"]:
    for metric in family["metrics"]:
        matrices = {entry["learner"]: np.array(entry["scores"]) for entry in metric["learners"]}
        for entry in metric["learners"]:
            name = f"{family['family']}, {metric['metric']}, {entry['learner']}"
            scores = matrices[entry["learner"]]
            for key, aggregate in aggregates.items():
                check_point(f"{name}, {key}", entry[key]["value"], aggregate(scores))
                check_interval(f"{name}, {key}", entry[key], lambda: interval(scores, aggregate))
            thresholds = np.array(metric["thresholds"])
            profiles, _ = library.create_performance_profile(
                {"x": scores}, thresholds, use_score_distribution=True, reps=10)
            for ours, theirs in zip(entry["profile"], profiles["x"]):
                check_point(f"{name}, profile", ours["value"], theirs)
            for number in (10,):
                check_interval(
                    f"{name}, profile above {thresholds[number]}", entry["profile"][number],
                    lambda: interval(scores, lambda drawn: np.mean(drawn > thresholds[number])))
            versus = entry["versus"]
            if versus is None:
                continue
            other = matrices[stats["reference"]]
            ours = versus["probabilityOfImprovement"]
            theirs = metrics.probability_of_improvement(scores, other)
            check_point(f"{name}, probability of improvement", ours["value"], theirs)
            check_interval(
                f"{name}, probability of improvement", ours,
                lambda: interval((scores, other), metrics.probability_of_improvement))

counts = ", ".join(f"{count} {what}" for what, count in checked.items())
print(f"{sys.argv[1]}: {counts}; the bound farthest off is at {largest:.2f} of what may be")
for failure in failures:
    print("error:", failure)
if failures or not all(checked.values()):
    sys.exit(1)
