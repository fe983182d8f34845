#!/usr/bin/env python3
"""What the inner steps of Table 4 do to each test task, from the committed results.

    papers/finn2017-maml/second-step.py [--tasks] [EXPERIMENT ...]

Without names: every experiment whose returns by task the file has. --tasks lists each task that a second step makes worse.
"""

import json
import math
import pathlib
import statistics
import sys

WORSE_BY = 5.0

results = json.loads((pathlib.Path(__file__).parent / "table4.results.json").read_text())["results"]
names = [a for a in sys.argv[1:] if a != "--tasks"]
show_tasks = "--tasks" in sys.argv[1:]


def correlation(xs, ys):
    mx, my = statistics.mean(xs), statistics.mean(ys)
    xx = sum((x - mx) ** 2 for x in xs)
    yy = sum((y - my) ** 2 for y in ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / math.sqrt(xx * yy) if xx * yy else math.nan


def ranks(xs):
    order = sorted(range(len(xs)), key=lambda i: xs[i])
    rank = [0] * len(xs)
    for place, i in enumerate(order):
        rank[i] = place
    return rank


print(f"Worse: by more than {WORSE_BY:g}. Distance: of the goal from the start. Rank correlation: of the distance and the")
print("change by a step; -1 where the farther the goal, the worse. Means and medians are over 40 tasks.\n")
print("| experiment, budget, seed | step | mean before | mean after | median before | median after | worst after | tasks worse | "
      "mean distance of these | of the others | rank correlation |")
print("| --- |" + " ---: |" * 10)
listing = []
for record in results:
    if names and record["experiment"] not in names:
        continue
    by_step = {v["episode"] // 40: v["returnsByTask"] for v in record["values"] if "returnsByTask" in v}
    if len(by_step) < 3:
        continue
    distance = [math.hypot(x, y) for x, y in record["tasks"]]
    for place, seed in enumerate(record["seeds"]):
        title = f"{record['experiment']}, {record['budget']}, {seed['seed']}"
        for step in sorted(by_step)[1:]:
            before, after = by_step[step - 1][place], by_step[step][place]
            change = [b - a for a, b in zip(before, after)]
            worse = [i for i, c in enumerate(change) if c < -WORSE_BY]
            others = [i for i in range(len(change)) if i not in worse]

            def mean_distance(tasks):
                return f"{statistics.mean(distance[i] for i in tasks):.2f}" if tasks else "–"

            numbers = [statistics.mean(before), statistics.mean(after), statistics.median(before),
                       statistics.median(after), min(after)]
            print(f"| {title} | {step} | " + " | ".join(f"{n:.1f}" for n in numbers)
                  + f" | {len(worse)} | {mean_distance(worse)} | {mean_distance(others)} | "
                  + f"{correlation(ranks(distance), ranks(change)):.2f} |")
            if step == 2:
                listing += [(title, i, distance[i], *(by_step[s][place][i] for s in sorted(by_step))) for i in worse]
if show_tasks:
    print("\nTasks that the second step makes worse, with returns after each number of steps:\n")
    print("| experiment, budget, seed | task | distance | 0 | 1 | 2 | 3 | 4 |\n| --- |" + " ---: |" * 7)
    for title, task, away, *returns in listing:
        print(f"| {title} | {task} | {away:.2f} | " + " | ".join(f"{r:.1f}" for r in returns) + " |")
