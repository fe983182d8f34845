"""Writes results of runs that never were, with random returns: random_results.py MODEL DIRECTORY.

MODEL is the directory of a real comparison on one family; its files say what files look like.
"""

import copy
import json
import pathlib
import random
import sys

model, directory = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
first = next(model.glob("runs/*/*/*"))
config = json.loads((first / "config.json").read_text())
rows = [json.loads(line) for line in (first / "episodes.jsonl").read_text().splitlines()]
draw = random.Random(7)
manifest = []
for learner, seeds, mean in [("first", 9, 0.6), ("second", 6, 0.55), ("third", 7, 0.3)]:
    for seed in range(seeds):
        run = f"runs/{learner}/{config['family']}/seed-{seed}"
        place = directory / run
        place.mkdir(parents=True)
        mine = copy.deepcopy(config)
        mine.update(learner=learner, seed=seed)
        (place / "config.json").write_text(json.dumps(mine))
        (place / "status.json").write_text('{"status":"done"}')
        with open(place / "episodes.jsonl", "w") as file:
            for row in rows:
                level = mean + 0.02 * (row["task"] % 5)
                row.update(learner=learner, seed=seed, **{"return": draw.gauss(level, 0.25)})
                file.write(json.dumps(row) + "\n")
        manifest.append(
            {"run": run, "state": "planned", "learner": learner, "family": config["family"], "seed": seed})
(directory / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in manifest))
