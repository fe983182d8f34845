#!/usr/bin/env python3
"""Gives every learner of the standing comparison the same attention: as many trials of settings, on validation tasks.

  trials.py draw              draws the settings of all trials from ranges.json into trials.json
  trials.py run ZOO OUT [GROUP] [LEARNER]
                              carries the trials out with the program ZOO, in the directory OUT, those of a group or of a
                              learner alone if it is named ("all": every group), that of a learner in OUT/LEARNER; goes on
                              where it stopped
  trials.py ledger OUT ...    writes ledger.csv, all trials, and chosen.json5, a suite file with the groups; where several
                              directories have a trial, the last one counts

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
    base = (HERE / "base.json5").read_text().rstrip()
    assert base.endswith("}"), "base.json5 ends with a brace"
    if settings:
        own += f'\n  groups: {{ trial: {{ families: ["{family}"], settings: {json.dumps(settings, indent=2)} }} }},'
    return f"{base[:-1]}  {own}\n}}\n"


def run(zoo, out, only="all", learner=None):
    ranges, out = read("ranges.json"), pathlib.Path(out) / learner if learner else out
    for number in range(ranges["trials"]):
        for group in ranges["groups"]:
            if only not in ("all", group):
                continue
            path = directory(out, group, number)
            if (path / "report" / "report.json").exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.with_suffix(".json5")
            file.write_text(suite(group, number))
            command = ["resume", str(path)] if path.exists() else ["compare", str(file), "--out", str(path)]
            if learner and command[0] == "compare":
                command += ["--learners", learner]
            print(f"{path.name}: zoo {' '.join(command)}", file=sys.stderr, flush=True)
            subprocess.run([zoo, *command, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def ledger(outs):
    ranges, trials = read("ranges.json"), read("trials.json")
    found, best = {}, {}
    places = [(out, group, number) for out in outs for group in ranges["groups"] for number in range(ranges["trials"])]
    for out, group, number in places:
        file = directory(out, group, number) / "report" / "report.json"
        facts = ranges["groups"][group]
        report = json.loads(file.read_text()) if file.exists() else {"families": []}
        for family in report["families"]:
            if family["name"].split("@")[0] != facts["family"]:
                continue
            for learner in family["learners"]:
                name, lifetime = learner["learner"], learner["lifetime"]["value"]
                run = directory(out, group, number) / "runs" / name / family["name"]
                (budget,) = run.glob("seed-*/budget.json")
                cost = json.loads(budget.read_text())
                found[group, name, number] = [
                    group, facts["family"], name, number, json.dumps(trials[name][number]), f"{lifetime:.6g}",
                    f"{learner['after']['value']:.6g}", cost["environmentSteps"], cost["iterations"],
                    f"{cost['processorSeconds']:.1f}",
                ]
    order = [(group, name, number) for group in ranges["groups"] for name in trials for number in range(ranges["trials"])]
    rows = [found[key] for key in order if key in found]
    for group, _, name, number, _, lifetime, *_ in rows:
        if float(lifetime) > best.get((group, name), (float("-inf"), 0))[0]:
            best[group, name] = (float(lifetime), number)
    with open(HERE / "ledger.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([
            "group", "family", "learner", "trial", "settings", "lifetimeReturn", "adaptedReturn", "trainingSteps",
            "iterations", "processorSeconds"])
        writer.writerows(rows)
    lines = ["{", f'learners: {json.dumps(list(trials))},']
    lines += [f'families: {json.dumps([g["family"] for g in ranges["groups"].values()])},', "groups: {"]
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
    lines += ["},", "}"]
    (HERE / "chosen.json5").write_text("\n".join(lines) + "\n")


match sys.argv[1:]:
    case ["draw"]:
        draw()
    case ["run", zoo, out, *only] if len(only) < 3:
        run(zoo, out, *only)
    case ["ledger", *outs] if outs:
        ledger(outs)
    case _:
        sys.exit(__doc__)
