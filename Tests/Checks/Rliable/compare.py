"""Compares what `zoo stats --json` says with what rliable computes of the same scores: compare.py FILE."""

import json
import sys
import warnings

import numpy as np
from rliable import library, metrics

warnings.filterwarnings("ignore")
RESAMPLES = 2000
checked = {"point estimates": 0, "interval bounds": 0}
failures = []
largest = 0.0


def check_point(name, ours, theirs):
    checked["point estimates"] += 1
    if not abs(ours - theirs) <= 1e-12 * max(1, abs(theirs)):
        failures.append(f"{name}: {ours!r}, rliable has {theirs!r}")


def check_interval(name, ours, *scores, statistic):
    """Compares our bounds with the distribution that rliable's bootstrap gives the statistic.

    A bound is right if 2.5 % of what rliable draws lie beyond it, as far as so many draws can tell. Where scores have
    ties, so has the distribution: then fewer may lie beyond, but with those that equal the bound they are enough.
    rliable takes no seed that it honours, so numpy's global generator gets one.
    """
    global largest
    if ours["lower"] is None:
        failures.append(f"{name}: no interval")
        return
    np.random.seed(0)
    bootstrap = library.StratifiedBootstrap if len(scores) == 1 else library.StratifiedIndependentBootstrap
    drawn = bootstrap(*scores).apply(lambda *x: np.array([statistic(*x)]), RESAMPLES).ravel()
    tail = 0.025
    # Our own bound is drawn, too, of more resamples.
    error = np.sqrt(tail * (1 - tail) * (1 / RESAMPLES + 1 / resamples))
    # Sums in another order differ in the last digits.
    rounding = 1e-9 * max(1, abs(drawn).max())
    for side, bound, sign in (("lower", ours["lower"], 1), ("upper", ours["upper"], -1)):
        checked["interval bounds"] += 1
        beyond = np.mean(sign * drawn < sign * bound - rounding)
        at_most = np.mean(sign * drawn <= sign * bound + rounding)
        off = max(beyond - tail, tail - at_most, 0) / error
        largest = max(largest, off)
        if off > 4.5:
            failures.append(
                f"{name}, {side}: {bound!r}; of what rliable draws, {beyond:.4f} lie beyond and {at_most:.4f} at or beyond")


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
                check_interval(f"{name}, {key}", entry[key], scores, statistic=aggregate)
            thresholds = np.array(metric["thresholds"])
            profiles, _ = library.create_performance_profile(
                {"x": scores}, thresholds, use_score_distribution=True, reps=10)
            for ours, theirs in zip(entry["profile"], profiles["x"]):
                check_point(f"{name}, profile", ours["value"], theirs)
            check_interval(
                f"{name}, profile above {thresholds[10]}", entry["profile"][10], scores,
                statistic=lambda drawn: np.mean(drawn > thresholds[10]))
            versus = entry["versus"]
            if versus is None:
                continue
            other = matrices[stats["reference"]]
            ours = versus["probabilityOfImprovement"]
            theirs = metrics.probability_of_improvement(scores, other)
            check_point(f"{name}, probability of improvement", ours["value"], theirs)
            check_interval(
                f"{name}, probability of improvement", ours, scores, other,
                statistic=metrics.probability_of_improvement)

counts = ", ".join(f"{count} {what}" for what, count in checked.items())
print(f"{sys.argv[1]}: {counts}; the bound farthest off is off by {largest:.2f} standard errors")
for failure in failures:
    print("error:", failure)
if failures or not all(checked.values()):
    sys.exit(1)
