#!/usr/bin/env python3
"""Gives every learner of the standing comparison the same attention: as many trials of settings, on validation tasks.

  trials.py draw              draws the settings of all trials from ranges.json into trials.json
  trials.py run ZOO OUT       carries the trials out with the program ZOO, in the directory OUT; goes on where it stopped
  trials.py ledger OUT        writes ledger.csv, all trials, and chosen.json5, the groups of a suite file

Trial 0 is what a learner has without any of this. The trial with the highest lifetime return is chosen.
"""

import csv
import json
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def read(name):
    return json.loads((HERE / name).read_text())


def draw():
    """The same settings for every group, so that a trial is a set of settings, and no two alike."""
    ranges = read("ranges.json")
    generator = random.Random(ranges["seed"])
    trials = {}
    for learner, values in ranges["learners"].items():
        drawn = [{}]
        while len(drawn) < ranges["trials"]:
            settings = {key: generator.choice(choices) for key, choices in values.items()}
            if settings not in drawn:
                drawn.append(settings)
        trials[learner] = drawn
    rows = [f'  "{learner}": [\n' + ",\n".join("    " + json.dumps(s) for s in drawn) + "\n  ]"
            for learner, drawn in trials.items()]
    (HERE / "trials.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


def directory(out, group, number):
    return pathlib.Path(out) / f"{group.replace(' ', '-')}-{number}"


def suite(group, number):
    """The text of a suite file: that of all trials with the settings of this one."""
    family = read("ranges.json")["groups"][group]["family"]
    settings = {learner: drawn[number] for learner, drawn in read("trials.json").items() if drawn[number]}
    own = f'families: ["{family}"],'
    if settings:
        own += f'\n  groups: {{ trial: {{ families: ["{family}"], settings: {json.dumps(settings, indent=2)} }} }},'
    base = (HERE / "base.json5").read_text().rstrip()
    assert base.endswith("}"), "base.json5 ends with a brace"
    return f"{base[:-1]}  {own}\n}}\n"


def run(zoo, out):
    ranges = read("ranges.json")
    for number in range(ranges["trials"]):
        for group in ranges["groups"]:
            path = directory(out, group, number)
            if (path / "report" / "report.json").exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.with_suffix(".json5")
            file.write_text(suite(group, number))
            command = ["resume", str(path)] if path.exists() else ["compare", str(file), "--out", str(path)]
            print(f"{path.name}: zoo {' '.join(command)}", file=sys.stderr, flush=True)
            subprocess.run([zoo, *command, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def ledger(out):
    ranges, trials = read("ranges.json"), read("trials.json")
    rows, best = [], {}
    for group, facts in ranges["groups"].items():
        for number in range(ranges["trials"]):
            report = json.loads((directory(out, group, number) / "report" / "report.json").read_text())
            for family in report["families"]:
                for learner in family["learners"]:
                    name, lifetime = learner["learner"], learner["lifetime"]["value"]
                    run = directory(out, group, number) / "runs" / name / family["name"] / "seed-100"
                    cost = json.loads((run / "budget.json").read_text())
                    rows.append([
                        group, facts["family"], name, number, json.dumps(trials[name][number]), f"{lifetime:.6g}",
                        f"{learner['after']['value']:.6g}", cost["environmentSteps"], cost["iterations"],
                        f"{cost['processorSeconds']:.1f}",
                    ])
                    if lifetime > best.get((group, name), (float("-inf"), 0))[0]:
                        best[group, name] = (lifetime, number)
    with open(HERE / "ledger.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([
            "group", "family", "learner", "trial", "settings", "lifetimeReturn", "adaptedReturn", "trainingSteps",
            "iterations", "processorSeconds"])
        writer.writerows(rows)
    lines = []
    for group, facts in ranges["groups"].items():
        lines.append(f'"{group}": {{')
        lines.append(f'  families: {json.dumps(facts["families"])},')
        lines.append("  settings: {")
        for name, drawn in trials.items():
            number = best.get((group, name), (0, 0))[1]
            if number:
                values = ", ".join(f"{key}: {json.dumps(value)}" for key, value in drawn[number].items())
                lines.append(f"    {name}: {{ {values} }},  // trial {number}")
        lines += ["  },", "},"]
    (HERE / "chosen.json5").write_text("\n".join(lines) + "\n")


match sys.argv[1:]:
    case ["draw"]:
        draw()
    case ["run", zoo, out]:
        run(zoo, out)
    case ["ledger", out]:
        ledger(out)
    case _:
        sys.exit(__doc__)
