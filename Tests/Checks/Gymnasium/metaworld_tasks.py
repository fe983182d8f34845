"""Compares the families of Meta-World with Meta-World's own lists.

metaworld_tasks.py WORKER: the path of worker.py.
"""

import importlib.util
import pickle
import sys

import metaworld
from metaworld import env_dict

specification = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(specification)
specification.loader.exec_module(worker)

for name, train, test in [("ML10", 10, 5), ("ML45", 45, 5)]:
    family = worker.find_family("metaworld:" + name)
    lists = getattr(env_dict, name + "_V3")
    for split, count in [("train", train), ("test", test)]:
        assert family.names[split] == list(lists[split]) and len(lists[split]) == count, (name, split)
        assert family.task_count(split) == 50 * count, (name, split)
        # The first tasks are of different environments, and every environment has 50 tasks.
        kinds = [family.kind(split, index) for index in range(family.task_count(split))]
        assert kinds[:count] == family.names[split] and all(kinds.count(kind) == 50 for kind in set(kinds))
    assert not set(family.names["train"]) & set(family.names["test"]), name
    assert family.descriptor_size == train + test + 6, name

family = worker.find_family("metaworld:ML1-reach-v3")
own = metaworld.ML1("reach-v3", seed=0)
goals = {}
for split, tasks in [("train", own.train_tasks), ("test", own.test_tasks)]:
    assert family.task_count(split) == len(tasks) == 50
    goals[split] = [tuple(pickle.loads(task.data)["rand_vec"]) for task in tasks]
    assert [tuple(family.descriptor(split, index, 0)) for index in range(50)] == goals[split], split
goals["validation"] = [tuple(family.descriptor("validation", index, 0)) for index in range(50)]
assert len({goal for split in goals.values() for goal in split}) == 150, "splits share goals"

lanes = worker.Lanes(family)
data = lanes.reset([0, 1], [["test", 0, 0], ["test", 1, 0]], [1, 2], lambda: None)
first = lanes.numpy.frombuffer(data, "<f4").reshape(2, 39)
assert (first[:, -3:] == 0).all(), "the goal is in sight"
assert lanes.horizon == 500 and lanes.action["low"] == [-1] * 4 and lanes.action["high"] == [1] * 4
print("ML1, ML10 and ML45 have the environments, the goals and the horizon of Meta-World; goals are hidden")
