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
FAR_WORSE_BY = 50.0

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


print(f"Worse: by more than {WORSE_BY:g}; far worse: by more than {FAR_WORSE_BY:g}. Distance: of the goal from the start. Rank")
print("correlations: of the change by the step with the distance (-1: the farther the goal, the worse) and with the return at")
print("birth (1: the lower it was, the worse). Means and medians are over the test tasks.\n")
columns = ["experiment, seed", "step", "mean before", "mean after", "median before", "median after", "worst after", "worse",
           "their distance", "others' distance", "far worse", "mean after of all but these", "with distance",
           "with return at birth"]
print("| " + " | ".join(columns) + " |")
print("| --- |" + " ---: |" * (len(columns) - 1))
# Of several budgets, the largest.
largest = {r["experiment"]: r for r in results if any("returnsByTask" in v for v in r["values"])}
listing = []
for record in largest.values():
    if names and record["experiment"] not in names:
        continue
    by_step = {v["episode"] // 40: v["returnsByTask"] for v in record["values"] if "returnsByTask" in v}
    distance = [math.hypot(x, y) for x, y in record["tasks"]]
    for place, seed in enumerate(record["seeds"]):
        title = f"{record['experiment']}, {seed['seed']}"
        for step in sorted(by_step)[1:]:
            before, after = by_step[step - 1][place], by_step[step][place]
            change = [b - a for a, b in zip(before, after)]
            tasks = range(len(change))
            worse = [i for i in tasks if change[i] < -WORSE_BY]
            far_worse = [i for i in tasks if change[i] < -FAR_WORSE_BY]

            def mean(values, of):
                return f"{statistics.mean(values[i] for i in of):.2f}" if of else "–"

            numbers = [statistics.mean(before), statistics.mean(after), statistics.median(before),
                       statistics.median(after), min(after)]
            cells = [title, str(step), *(f"{n:.1f}" for n in numbers), str(len(worse)), mean(distance, worse),
                     mean(distance, [i for i in tasks if i not in worse]), str(len(far_worse)),
                     mean(after, [i for i in tasks if i not in far_worse]),
                     f"{correlation(ranks(distance), ranks(change)):.2f}",
                     f"{correlation(ranks(by_step[0][place]), ranks(change)):.2f}"]
            print("| " + " | ".join(cells) + " |")
            if step == 2:
                at_birth = ranks(by_step[0][place])
                listing += [(title, i, record["tasks"][i], distance[i], at_birth[i] + 1,
                             [by_step[s][place][i] for s in sorted(by_step)]) for i in worse]
if show_tasks:
    print("\nTasks that the second step makes worse, with returns after each number of steps. Place: at birth, 1 being the task")
    print("with the lowest return.\n")
    print("| experiment, seed | task | goal | distance | place | 0 | 1 | 2 | 3 | 4 |\n| --- |" + " ---: |" * 9)
    for title, task, (x, y), away, place, returns in listing:
        print(f"| {title} | {task} | ({x:.2f}, {y:.2f}) | {away:.2f} | {place} | "
              + " | ".join(f"{r:.1f}" for r in returns) + " |")
