"""Sends values of many kinds over the bridge, and compares what is taken and what is said of the others.

values.py WORKER: the path of worker.py. The last line is a digest of all that was found, which has to be the same with
every NumPy.
"""

import decimal
import fractions
import hashlib
import importlib.util
import math
import os
import re
import sys
import tempfile
import types
import warnings

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, Tuple

specification = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(specification)
specification.loader.exec_module(worker)
found = []


class Tensor:
    """What tensors of other libraries look like."""

    dtype = "float32"

    def __init__(self, *numbers):
        self.numbers = numbers
        self.shape = (len(numbers),)

    def item(self):
        if len(self.numbers) != 1:
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
        return self.numbers[0]

    def __float__(self):
        return float(self.item())


class Silent(Exception):
    def __str__(self):
        raise ValueError


class Env(gymnasium.Env):
    """Says what it is told to say."""

    observation_space = Box(-1, 1, (2,), np.float32)
    action_space = Box(-1, 1, (1,), np.float32)
    first = (np.zeros(2, np.float32), {})
    next = None

    def reset(self, *, seed=None, options=None):
        return self.first

    def step(self, action):
        self.action = action
        if isinstance(self.next, BaseException):
            raise self.next
        return self.next


count = 0


def register(name=None, **members):
    """Registers an environment with other members."""
    global count
    count += 1
    steps = members.pop("steps", 5)
    name = name or f"Values{count}-v0"
    gymnasium.register(name, type("Said", (Env,), members), max_episode_steps=steps)
    return name


def said(action):
    """What a problem says, or what was returned."""
    try:
        return action()
    except BaseException as error:
        text = worker.in_one_line(error)
        assert "\n" not in text and len(text) < 3000, text
        return text if isinstance(error, worker.Problem) else f"not a problem: {text}"


def lanes_of(name, module=None):
    return worker.Lanes((worker.HookedFamily if hasattr(module, "METARLZOO_HOOK") else worker.Family)(name, module))


def step(lanes, **changes):
    """One step that returns something: observation, reward, sparse reward and flags as bytes, or what is wrong."""
    parts = {
        "observation": np.zeros(2, np.float32), "reward": 0.0, "terminated": False, "truncated": False, "info": {}}
    parts.update(changes)
    lanes.reset([0], [["train", 3, 0]], [0], lambda: None)
    lanes.envs[0][1].unwrapped.next = tuple(parts.values())
    data = lanes.step([0], np.zeros((1, 1), np.float32), lambda: None)
    return [*np.frombuffer(data[:-2], "<f4").tolist(), *data[-2:]]


def expect(text, action):
    """A problem that has a text in it."""
    result = said(action)
    assert isinstance(result, str) and text in result and not result.startswith("not a problem"), (text, result)
    found.append(result)


def same(value, action):
    result = said(action)
    assert result == value, (value, result)
    found.append(result)


lanes = lanes_of(register())
ONE = [
    1, 1.0, True, np.float16(1), np.float32(1), np.float64(1), np.longdouble(1), np.int8(1), np.uint64(1),
    np.bool_(True),
    np.array(1), np.array(1.0), np.array([1.0]), np.array([[1.0]], np.float32), np.array([True]),
    np.array(1, dtype=object), np.array([1.0], dtype=object), np.ma.array([1.0], mask=[False]), Tensor(1),
    decimal.Decimal(1), fractions.Fraction(1),
]
NONE = {
    "None": None, '"1"': "1", "of type bytes": b"1", "nan": math.nan, "inf": math.inf, "-inf": np.float32(-np.inf),
    "1e+39": 1e39, "a list of 1": [1.0], "a tuple of 2": (1.0, 2.0), "of type dict": {}, "(1+0j)": 1 + 0j,
    "(2+0j)": np.complex64(2), "a whole number of 1329 bits": 10**400, "a whole number of 16610 bits": 10**5000,
    "an array of shape (2,)": np.zeros(2), "an array of shape (0,)": np.zeros(0),
    "an array of shape (1, 2)": np.ones((1, 2)),
    "masked": np.ma.masked, "of type datetime": np.datetime64("2020-01-01"),
    '"2"': np.str_("2"), "of type object": object(),
}
MORE = [
    np.array([math.nan]), np.array(None), np.ma.array([1.0], mask=[True]), Tensor(1, 2), np.array(["1"]),
    np.float16("inf"),
]

with warnings.catch_warnings():
    warnings.simplefilter("error")
    for value in ONE:
        same([0, 0, 1, 1, 0, 2], lambda: step(lanes, reward=value))
        same([0, 0, 0, 0, 1, 2], lambda: step(lanes, terminated=value))
        same([0, 0, 0, 0, 1, 1], lambda: step(lanes, terminated=value, truncated=value, info={"success": value}))
    for text, value in NONE.items():
        expect(f"the reward is {text}", lambda: step(lanes, reward=value))
        expect("has to be a number", lambda: step(lanes, reward=value))
        for flag in ["terminated", "truncated"]:
            expect(f"{flag} is {text}", lambda: step(lanes, **{flag: value}))
            expect("has to be True or False (step 1 of train task 3)", lambda: step(lanes, **{flag: value}))
        if value is not None:
            expect("the success is " + text, lambda: step(lanes, info={"is_success": value}))
    for value in MORE:
        expect("the reward is ", lambda: step(lanes, reward=value))
        expect("terminated is ", lambda: step(lanes, terminated=value))
    for value in [2, -1, 0.5]:
        expect(f"terminated is {value}, and has to be True or False", lambda: step(lanes, terminated=value))
    expect("below 3.4e38", lambda: step(lanes, reward=3.4028235677973366e38))
    same([0, 0, *[3.4028234663852886e38] * 2, 0, 2], lambda: step(lanes, reward=3.4028235677973362e38))
    same([0, 0, *[float(np.float32(0.1))] * 2, 0, 2], lambda: step(lanes, reward=0.1))

    # Observations.
    for value in [
            np.array([0.5, 1]), np.array([0.5, 1], np.float16), [0.5, 1], (0.5, 1), [np.float32(0.5), True],
            np.array([0.5, 1], object), [decimal.Decimal("0.5"), 1], np.ma.array([0.5, 1], mask=[0, 0])]:
        same([0.5, 1, 0, 0, 0, 2], lambda: step(lanes, observation=value))
    for text, value in {
            "holds nan as number 1": [0, math.nan], "holds -inf as number 0": np.array([-np.inf, 0], np.float32),
            "holds 1e+39 as number 1": np.array([0, 1e39]), 'holds "a" as number 0': ["a", "b"],
            "holds None as number 1": [0, None], "an array of shape (3,)": np.zeros(3), "has shape (3,)": [0, 1, 2],
            "an array of shape (1, 2)": np.zeros((1, 2)), "is 0.5": 0.5, "is None": None, "of type dict": {"a": 1},
            "masked": np.ma.array([1.0, 2], mask=[0, 1]), "holds (1+0j) as number 0": np.ones(2, complex),
            "a list of 2": [[1, 2], [3]], "a whole number of 1329 bits": [0, 10**400],
            "of type datetime": np.array(["2020-01-01", "2021-01-01"], "M8[D]")}.items():
        expect(text, lambda: step(lanes, observation=value))
        expect(
            "32 bits (below 3.4e38), in an array of shape (2,) (step 1 of train task 3)",
            lambda: step(lanes, observation=value))

    # Whole results.
    for value, text in {
            (1, 2, 3, 4): "4 values, as in the old API of Gym; it has to return (observation, reward, terminated,",
            (1, 2, 3): "3 values", (1,) * 6: "another number of values", None: "another number of values"}.items():
        lanes.reset([0], [["train", 3, 0]], [0], lambda: None)
        lanes.envs[0][1].unwrapped.next = value
        expect(f"step returned {text}", lambda: lanes.step([0], np.zeros((1, 1), np.float32), lambda: None))
        # Without the wrappers of Gymnasium, which unpack what they are given.
        bare = lanes_of("bare", types.SimpleNamespace(
            __name__="mine", METARLZOO_HOOK=1, HORIZON=5, make=lambda: Env()))
        bare.reset([0], [["train", 3, 0]], [0], lambda: None)
        bare.envs[0][1].next = value
        expect("step returned ", lambda: bare.step([0], np.zeros((1, 1), np.float32), lambda: None))
    for value in [None, [], 3]:
        expect("the info is ", lambda: step(lanes, info=value))
    for value, text in [
            (np.zeros(2), "one value that is an array of shape (2,), as in the old API of Gym"),
            ([0.0, 1.0], "a list of 2"), (None, "None"),
            ((np.zeros(2), None), "an info that is None, as in the old API"), ((np.zeros(2), 1, 2), "a tuple of 3"),
            ((np.zeros(3), {}), "the observation is an array of shape (3,)"),
            (([0, math.nan], {}), "(reset of train task 3)")]:
        bad = lanes_of(register(first=value))
        expect(text, lambda: bad.reset([0], [["train", 3, 0]], [0], lambda: None))
    wrapped = types.SimpleNamespace(
        __name__="mine", METARLZOO_HOOK=1, HORIZON=5,
        make=lambda: gymnasium.wrappers.TransformObservation(
            type("Old", (Env,), {"first": np.zeros(2)})(), lambda observation: observation, Env.observation_space))
    lost = lanes_of("wrapped", wrapped)
    expect("as in the old API of Gym", lambda: lost.reset([0], [["train", 3, 0]], [0], lambda: None))
    old = lanes_of(register(reset=lambda self: np.zeros(2)))
    expect(
        "takes no seed or no options, as in the old API of Gym",
        lambda: old.reset([0], [["train", 3, 0]], [0], lambda: None))

    # Discrete observations.
    choices = lanes_of(register(observation_space=Discrete(3, start=1), first=(2, {})))
    for value in [2, 2.0, np.int64(2), np.array(2), np.array([2])]:
        same([0, 1, 0, 0, 0, 0, 2], lambda: step(choices, observation=value))
    for value in [0, 4, 1.5, None, "1", np.zeros(2), math.nan, [1]]:
        expect("and has to be a whole number from 1 to 3", lambda: step(choices, observation=value))

# Exceptions of all kinds are told, and leave other lanes as they are.
for error in [
        SystemExit(3), KeyboardInterrupt("stop"), GeneratorExit(), MemoryError(), RecursionError("deep"), Silent()]:
    lanes.reset([0, 1], [["train", 3, 0], ["train", 4, 0]], [0, 0], lambda: None)
    lanes.envs[1][1].unwrapped.next = error
    lanes.envs[0][1].unwrapped.next = (np.zeros(2), 1, False, False, {})
    result = said(lambda: lanes.step([0, 1], np.zeros((2, 1), np.float32), lambda: None))
    assert type(error).__name__ in result and 1 not in lanes.envs and 0 in lanes.envs, result
    assert not isinstance(error, SystemExit) or "sys.exit(3)" in result, result
# An environment may tell NumPy to be strict.
lanes = lanes_of(register())
tiny = np.array([[1e-40]], np.float32)
with np.errstate(all="raise"):
    same([float(np.float32(1e-40))] * 2, lambda: step(lanes, observation=np.array([1e-40] * 2))[:2])
    same([float(np.float32(1e-40))] * 2, lambda: step(lanes, reward=1e-40)[2:4])
    expect("the observation holds 1e+39 as number 0", lambda: step(lanes, observation=np.array([1e39] * 2)))
    assert lanes.actions_of(tiny)[0].shape == (1,)
# What an environment does with an array that it has returned does not matter any more.
kept = np.zeros(2, np.float32)
mutable = lanes_of(register(first=(kept, {})))
data = mutable.reset([0, 1], [["train", 3, 0], ["train", 4, 0]], [0, 0], lambda: kept.__iadd__(1))
assert np.frombuffer(data, "<f4").tolist() == [0, 0, 1, 1], data


# Modules.
def module(**members):
    made = types.ModuleType("mine")
    made.__dict__.update({"METARLZOO_HOOK": 1, **members})
    return made


plain = register()
FLAGS, WHOLE, TEXTS, ANCHORS = (
    ["TEST_TASKS_ARE_TRAINING_TASKS", "EPISODES_ARE_NUMBERED"], ["VERSION", "EPISODES_PER_LIFETIME", "HORIZON"],
    ["SUMMARY", "SOURCE"], ["RANDOM_RETURN", "ORACLE_RETURN"])
good = {
    **{name: [True, False, 1, 0, np.bool_(True), np.array([0])] for name in FLAGS},
    **{name: [2, 2.0, np.int64(2), np.float32(2), np.array([2])] for name in WHOLE},
    **{name: ["words", "two\n lines", np.str_("words")] for name in TEXTS},
    **{name: [None, -5, np.float32(-5), np.array([0.5]), 1e300, decimal.Decimal(2)] for name in ANCHORS},
    "REPORTED_REWARD": ["dense", np.str_("sparse")], "SOFTWARE": [[], ["numpy"], ("gymnasium",)],
    "METARLZOO_HOOK": [1, 1.0, np.int32(1)],
}
bad = {
    **{name: [None, "yes", 2, math.nan, []] for name in FLAGS},
    **{name: [None, "2", 0, -1, 2.5, math.nan, math.inf, True, [2], np.zeros(2), 10**400, 1j] for name in WHOLE},
    **{name: [None, "", " \n", 3, b"words", ["words"], "\ud800"] for name in TEXTS},
    **{name: ["5", math.nan, math.inf, [1], np.zeros(2), np.ma.masked, 1j] for name in ANCHORS},
    "REPORTED_REWARD": ["Dense", None, 1, ["dense"]], "SOFTWARE": ["numpy", None, [3], {"numpy": 1}],
    "METARLZOO_HOOK": [0, 2, None, "1", True],
}
for name in [*good, "function"]:
    assert name in worker.RULES
for name, values in good.items():
    for value in values:
        result = said(
            lambda: worker.json.dumps(lanes_of(plain, module(**{name: value})).description(), allow_nan=False))
        assert result.startswith("{"), (name, value, result)
for name, values in bad.items():
    for value in values:
        expect(f"{name} of mine ", lambda: lanes_of(plain, module(**{name: value})))
        expect(f", and has to be {worker.RULES[name][0]}", lambda: lanes_of(plain, module(**{name: value})))
for name in ["make", "tasks", "set_task", "descriptor", "sparse_reward", "success"]:
    expect(f"{name} of mine is 3, and has to be a function", lambda: lanes_of(plain, module(**{name: 3})))
expect(
    "what make() of mine returned is None, and has to be a gymnasium.Env",
    lambda: lanes_of(plain, module(make=lambda: None)))
expect("set HORIZON in mine", lambda: lanes_of(plain, module(make=Env)))
gymnasium.register("NoSpace-v0", type("NoSpace", (gymnasium.Env,), {}), max_episode_steps=5)
expect("NoSpace-v0 has no observation_space, and has to be a gymnasium.Env", lambda: lanes_of("NoSpace-v0"))
gymnasium.register("Old-v0", type("Old", (), {}), max_episode_steps=5)
expect("as environments of the old package gym do not; it has to, with a reset(self", lambda: lanes_of("Old-v0"))
for value, due in [(7, 7), (np.int64(7), 7), ([1, 2], 2), (np.zeros(3), 3), (None, None), (range(4), 4)]:
    hooked = lanes_of(plain, module(tasks=lambda split: value, set_task=lambda *_: None))
    same(due, lambda: hooked.family.task_count("train"))
for value in [0, -1, 2.5, "ten", [], {}, True, math.nan, np.zeros((0,)), np.array(2.5), object()]:
    hooked = module(tasks=lambda split: value, set_task=lambda *_: None)
    expect('tasks("train") of mine is', lambda: lanes_of(plain, hooked).description())
for value in [[1, 2.5], (1, 2.5), np.array([1, 2.5]), np.array([[1], [2.5]]), {1: 0, 2.5: 0}.keys()]:
    same([1, 2.5], lambda: lanes_of(plain, module(descriptor=lambda *_: value)).family.descriptor("test", 1, 0))
for value in [None, 3, "12", [], [math.nan], [1e39], {1: 2}, np.zeros((2, 2)), [None], np.array(2.0)]:
    expect('descriptor("train", 0, 0) of mine ', lambda: lanes_of(plain, module(descriptor=lambda *_: value)))
for name, text in [("sparse_reward", "the sparse reward is "), ("success", "the success is ")]:
    hooked = lanes_of(plain, module(**{name: lambda *_: "much"}))
    expect(text + '"much"', lambda: step(hooked))
# One limit of steps.
longer = module(make=lambda: gymnasium.make(plain), HORIZON=9)
expect(
    "HORIZON of mine is 9, and the environment's own limit (max_episode_steps) is 5: set HORIZON to 5",
    lambda: lanes_of(plain, longer))
assert lanes_of(plain, module(HORIZON=9)).horizon == 9
assert lanes_of(plain, module(make=longer.make, HORIZON=3)).horizon == 3
expect("set HORIZON = 1 in mine", lambda: step(lanes_of(plain, module()), truncated=True))
expect("HORIZON of mine, 4, has to be 1", lambda: step(lanes_of(plain, module(HORIZON=4)), truncated=True))
expect("register it with max_episode_steps=1", lambda: step(lanes_of(plain), truncated=True))
# Spaces are the same for ever.
changing = lanes_of(register())
changing.reset([0], [["train", 3, 0]], [0], lambda: None)
changing.envs[0][1].unwrapped.action_space = Box(-2, 1, (1,), np.float32)
expect("the spaces of", lambda: changing.reset([0], [["train", 3, 0]], [0], lambda: None))


# Boxes of actions.
def box(low, high, dtype=np.float32):
    return lanes_of(register(action_space=Box(np.array(low, dtype), np.array(high, dtype), dtype=dtype)))


def arrives(lanes, *numbers):
    (action,) = lanes.actions_of(np.array([numbers], np.float32))
    assert lanes.action_space.contains(action), (action, lanes.action_space)
    return action.ravel().tolist()


for low, high, dtype in [
        ([0], [4], np.float32), ([-1, 0], [1, 0], np.float32), ([0.1], [0.3], np.float64), ([-0.3], [0.7], np.float64),
        ([-1e-9], [1e6], np.float64), ([[-1, 0], [3, 1]], [[1, 2], [4, 1]], np.float32), ([0], [3], np.uint8),
        ([-128, 0], [127, 1], np.int8), ([-3], [3], np.int64), ([-2], [2], np.float16), (-1, 1, np.float32)]:
    lanes = box(low, high, dtype)
    space = lanes.action_space
    size = int(np.prod(space.shape))
    for ends, bound, name in [(-1, space.low, "low"), (1, space.high, "high")]:
        same(bound.ravel().tolist(), lambda: arrives(lanes, *[ends] * size))
        same(bound.ravel().tolist(), lambda: arrives(lanes, *[3 * ends] * size))
        told = lanes.action[name]
        assert np.array(told, dtype).tolist() == bound.ravel().tolist(), (told, bound)
        found.append(told)
    for number in np.linspace(-1, 1, 41):
        found.append(arrives(lanes, *[number] * size))
assert box([0.1], [0.3]).action["low"] == [0.1] and box([0], [3], np.int8).action["areWhole"]
# A whole number is drawn as often as it should be, and not only where an action is exactly 1.
drawn = [arrives(box([0], [4], np.int64), number)[0] for number in [-1, -0.6, -0.1, 0.3, 0.6, 0.9, 1]]
assert drawn == [0, 1, 2, 3, 3, 4, 4], drawn
numbered = lanes_of(register(action_space=Discrete(3, start=-1)))
assert numbered.action["first"] == -1 and numbered.actions_of(np.array([[2], [0]])) == [1, -1]

largest = float(np.finfo(np.float32).max)
for low, high, dtype, text in [
        ([-np.inf], [np.inf], np.float32, "without bounds (number 0 of 1 is from -inf to inf"),
        ([-1, 0], [1, np.inf], np.float32, "number 1 of 2 is from 0.0 to inf"),
        ([-np.inf], [5], np.float32, "number 0 of 1 is from -inf to 5.0"),
        ([-largest], [largest], np.float32, "without bounds (number 0 of 1"),
        ([-1e30], [1e30], np.float32, "without bounds"), ([-1e10], [1], np.float64, "without bounds"),
        ([-65504], [65504], np.float16, "without bounds"), ([-2**31], [2**31 - 1], np.int32, "without bounds"),
        ([-2**63], [2**63 - 1], np.int64, "without bounds"), ([2, 3], [2, 3], np.float32, "leaves no choice"),
        ([], [], np.float32, "a Box of no actions")]:
    expect(text, lambda: box(low, high, dtype))
for low, high in [(np.nan, 1), (-1, np.nan), (1, -1)]:
    space = Box(-1, 1, (2,), np.float32)
    space.low[1], space.high[1] = low, high
    expect("whose bounds are none: number 1 of 2", lambda: lanes_of(register(action_space=space)))
expect("takes a Tuple of actions, and only Box and Discrete", lambda: lanes_of(register(action_space=Tuple([Discrete(2)]))))
old_box = type("Box", (), {"__module__": "gym.spaces.box"})()
expect("of the old package gym", lambda: lanes_of(register(action_space=old_box)))
expect("observes a gym.spaces.box.Box", lambda: lanes_of(register(observation_space=old_box)))
expect("observes no numbers", lambda: lanes_of(register(observation_space=Box(0, 1, (0,)))))


# The code that messages tell to write, written and run.
def advised(text, environment):
    name, code = re.search(r"Write a file (\w+)\.py, and use gym:\w+:[^ ]+: (.*)$", text).groups()
    with open(name + ".py", "w") as file:
        file.write(code + "\n")
    importlib.invalidate_caches()
    sys.modules.pop(name, None)
    lanes = worker.Lanes(worker.find_family(f"{name}:{environment}"))
    os.remove(name + ".py")
    lanes.reset([0], [["train", 0, 0]], [0], lambda: None)
    return lanes


with tempfile.TemporaryDirectory() as directory:
    os.chdir(directory)
    sys.path.insert(0, directory)
    definition = '''
import gymnasium, numpy as np
from gymnasium.spaces import Box, Dict, Discrete
class Env(gymnasium.Env):
    observation_space = Box(-1, 1, (2,), np.float32)
    def __init__(self, low, high, dtype):
        self.action_space = Box(np.array(low, dtype), np.array(high, dtype), dtype=dtype)
    def reset(self, *, seed=None, options=None):
        return np.zeros(2, np.float32), {}
    def step(self, action):
        assert action.dtype == self.action_space.dtype and action.shape == self.action_space.shape
        return np.zeros(2, np.float32), float(action.ravel()[0]), False, False, {}
class Nested(Env):
    observation_space = Dict({"a": Box(-1, 1, (2,), np.float32), "b": Discrete(3)})
    def reset(self, *, seed=None, options=None):
        return {"a": np.zeros(2, np.float32), "b": 1}, {}
inf = np.inf
for name, box in {"Both": ([-inf], [inf], "float32"), "Single": ([-inf, 0], [3, inf], "float64"),
                  "Far": ([[-1e30, 5], [0, 0]], [[1e30, 1e20], [1, 0]], "float32"),
                  "Whole": ([-2**31], [2**31 - 1], "int32")}.items():
    gymnasium.register(name + "-v0", Env, max_episode_steps=5, kwargs=dict(zip(["low", "high", "dtype"], box)))
gymnasium.register("Nested-v0", Nested, max_episode_steps=5, kwargs={"low": [-1], "high": [1], "dtype": "float32"})
'''
    hooks = {
        "plain": "", "hooked": "METARLZOO_HOOK = 1\nVERSION = 3\nHORIZON = 4\n",
        "making": "METARLZOO_HOOK = 1\nVERSION = 3\nHORIZON = 4\ndef make(): return gymnasium.make(NAME)\n"}
    for module_name, hook in hooks.items():
        for environment in ["Both-v0", "Single-v0", "Far-v0", "Whole-v0", "Nested-v0"]:
            with open(f"{module_name}.py", "w") as file:
                file.write(definition + hook.replace("NAME", repr(environment)))
            importlib.invalidate_caches()
            sys.modules.pop(module_name, None)
            text = said(lambda: worker.Lanes(worker.find_family(f"{module_name}:{environment}")))
            assert ("without bounds" in text) == (environment != "Nested-v0"), text
            lanes = advised(text, environment)
            found.append(text)
            assert lanes.horizon == (4 if hook else 5) and lanes.family.version == (3 if hook else 1)
            if environment == "Nested-v0":
                assert lanes.size == 5
                continue
            size = lanes.action["size"]
            data = lanes.step([0], np.ones((1, size), np.float32), lambda: None)
            assert np.frombuffer(data[8:12], "<f4")[0] == np.float32(lanes.action["high"][0])
            assert max(map(abs, lanes.action["low"] + lanes.action["high"])) <= 7, lanes.action
            # It clips by itself, too.
            env = lanes.envs[0][1]
            assert env.step(np.full_like(env.action_space.low, 100))[1] == env.action_space.high.ravel()[0]
    os.chdir("/")

digest = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
print(f"{len(found)} values cross the bridge or are refused with their names: {digest}")
