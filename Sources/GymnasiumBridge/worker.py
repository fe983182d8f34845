"""Steps environments of Gymnasium for MetaRLZoo.

The zoo starts it with the environment's name as its argument and a socket as its standard input. Frames go both ways:
a byte that says the kind, the length of what follows as four bytes, and what follows. Numbers have their lowest byte
first.

    from the zoo        answer
    h  a JSON object    h  what the family is, as a JSON object
    d  a JSON object    d  descriptors of tasks, as a JSON list
    r  a JSON object    r  first observations: float32 [lane, observation]
    s  lanes, actions   s  observations, rewards, sparse rewards: float32; terminated, succeeded: a byte a lane

In place of any answer, e says in words what is wrong. w says that the work goes on; it may come before any answer.
"""

import difflib
import importlib
import importlib.metadata
import json
import math
import os
import platform
import re
import select
import struct
import sys
import threading
import time
import traceback
from collections.abc import Mapping

PROTOCOL = 1
# Environments that no lane uses are kept, since making one may take a second; but not without end.
MOST_IDLE_ENVIRONMENTS = 32
# What is further away does not round to a number of 32 bits.
END_OF_32_BITS = 2.0**128 - 2.0**103
# Bounds of actions beyond it, as those of types of numbers, are bounds that nobody means.
END_OF_BOUNDS = 1e9


class Problem(Exception):
    """Something that the user has to mend, in one sentence."""


def need(package, command):
    """Imports a package, or says how it is installed."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise Problem(
            f"{sys.executable} has no package {error.name}. Install it: {sys.executable} -m pip install {command}")


def software(packages):
    """Names and versions of all that results may depend on."""
    versions = [["python", platform.python_version()]]
    for package in ["gymnasium", "numpy", *packages]:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        if version and package not in [name for name, _ in versions]:
            versions.append([package, version])
    return versions


# What environments and modules say.


class Wrong(Exception):
    """A value is not what it has to be; says how, where that is more than what the value is."""


def in_words(value):
    """What a value is, the same with every version of NumPy."""
    if is_masked(value):
        return "masked"
    shape = getattr(value, "shape", None)
    shape = shape if isinstance(shape, tuple) else None
    if shape:
        return f"an array of shape {tuple(shape)}"
    value = value.item() if shape is not None and hasattr(value, "item") else value
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a whole number of {value.bit_length()} bits"
    if value is None or isinstance(value, (bool, int, float, complex)):
        return f"{value!s:.40}"
    if isinstance(value, str):
        return f'"{" ".join(value.split()):.40}"'
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"of type {name}"


def is_masked(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ma.MaskedArray) and bool(numpy.ma.is_masked(value))


def one(value):
    """The element of an array that has one, of whatever shape; other values as they are."""
    if not hasattr(value, "dtype") or not hasattr(value, "item"):
        return value
    if is_masked(value):
        raise Wrong
    try:
        return value.item()
    except (TypeError, ValueError, RuntimeError):
        raise Wrong from None


def any_number(value):
    if not isinstance(value, float):
        value = one(value)
        if isinstance(value, (str, bytes, bytearray)) or not hasattr(type(value), "__float__"):
            raise Wrong
        try:
            value = float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            raise Wrong from None
    if not math.isfinite(value):
        raise Wrong
    # NumPy's numbers of 64 bits are of this type too.
    return float(value)


def number(value):
    value = any_number(value)
    if abs(value) >= END_OF_32_BITS:
        raise Wrong
    return value


def numbers(value):
    if isinstance(value, (str, bytes, bytearray, Mapping, set, frozenset)) or not hasattr(value, "__iter__"):
        raise Wrong
    try:
        values = list(value)
    except TypeError:
        raise Wrong from None
    if not values:
        raise Wrong
    for place, element in enumerate(values):
        try:
            values[place] = number(element)
        except Wrong:
            raise Wrong(f"holds {in_words(element)} as number {place}") from None
    return values


def flag(value):
    if value is True or value is False:
        return value
    value = any_number(value)
    if value not in (0, 1):
        raise Wrong
    return value == 1


def whole(least, most):
    def read(value):
        if isinstance(one(value), bool):
            raise Wrong
        value = any_number(value)
        if value != int(value) or not least <= value <= most:
            raise Wrong
        return int(value)
    return read


def text(value):
    value = one(value)
    if not isinstance(value, str) or not value.strip():
        raise Wrong
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Wrong from None
    return " ".join(value.split())


def texts(value):
    if not isinstance(value, (list, tuple)):
        raise Wrong
    return [text(element) for element in value]


def task_count(value):
    if isinstance(value, (str, bytes, Mapping)):
        raise Wrong
    if hasattr(value, "__len__") and getattr(value, "shape", True):
        try:
            value = len(value)
        except (TypeError, OverflowError):
            raise Wrong from None
    return whole(1, 2**53)(value)


def channel(value):
    value = one(value)
    if not isinstance(value, str) or value not in ["dense", "sparse"]:
        raise Wrong
    # A text of an enumeration prints as its name.
    return "dense" if value == "dense" else "sparse"


def mapping(value):
    if not isinstance(value, Mapping):
        raise Wrong
    return value


def function(value):
    if not callable(value):
        raise Wrong
    return value


def environment(value):
    missing = [name for name in ["reset", "step", "observation_space", "action_space"] if not hasattr(value, name)]
    if missing:
        raise Wrong("" if len(missing) > 2 else f"has no {missing[0]}")
    return value


def or_none(read):
    return lambda value: None if value is None else read(value)


A_NUMBER = "a number that is finite in 32 bits (below 3.4e38)"
NUMBERS = "numbers that are finite in 32 bits (below 3.4e38)"
A_FLAG = "True or False"
# All that crosses the bridge, by its name: what it has to be, and what reads it.
RULES = {
    "METARLZOO_HOOK": ("1, the only version that is known", whole(1, 1)),
    "SUMMARY": ("a text that is not empty", text),
    "SOURCE": ("a text that is not empty", text),
    "VERSION": ("a whole number from 1 to 1000000000", whole(1, 10**9)),
    "EPISODES_PER_LIFETIME": ("a whole number from 1 to 10000", whole(1, 10_000)),
    "REPORTED_REWARD": ('"dense" or "sparse"', channel),
    "RANDOM_RETURN": ("a finite number, or None if it is not known", or_none(any_number)),
    "ORACLE_RETURN": ("a finite number, or None if it is not known", or_none(any_number)),
    "TEST_TASKS_ARE_TRAINING_TASKS": (A_FLAG, flag),
    "EPISODES_ARE_NUMBERED": (A_FLAG, flag),
    "HORIZON": ("a whole number from 1 to 1000000000", whole(1, 10**9)),
    "SOFTWARE": ("a list of names of packages", texts),
    "function": ("a function", function),
    "environment": ("a gymnasium.Env with an observation_space and an action_space", environment),
    "tasks": ("a count from 1 on, a list, or None if tasks are without end", or_none(task_count)),
    "descriptor": ("a list of " + NUMBERS, numbers),
    "number": (A_NUMBER, number),
    "terminated": (A_FLAG, flag),
    "truncated": (A_FLAG, flag),
    "success": ("True, False, or None if it is not said", or_none(flag)),
    "info": ("a dict", mapping),
}


def check(name, value, called=None, place=""):
    """A value as its rule reads it, or what it is and what it has to be."""
    should_be, read = RULES[name]
    try:
        return read(value)
    except Wrong as wrong:
        what, where = str(wrong) or "is " + in_words(value), f" ({place})" if place else ""
        raise Problem(f"{called or name} {what}, and has to be {should_be}{where}") from None


class Family:
    """What is the same for all kinds of family; without a hook, a task is the seed of its resets."""

    summary = "An environment of Gymnasium whose tasks are the seeds of its resets."
    source = ""
    version = 1
    episodes_per_lifetime = 10
    reported_reward = "dense"
    random_return = None
    oracle_return = None
    tasks_are_seeds = True
    test_tasks_are_training_tasks = False
    episodes_are_numbered = False
    descriptor_size = 1

    def __init__(self, environment, module):
        self.environment = environment
        self.module = module
        gymnasium = need("gymnasium", "gymnasium packaging")
        if environment not in gymnasium.registry and "." in environment:
            # A slash would be a directory where results are kept, so names may have a point in its place.
            spaced = environment.replace(".", "/", 1)
            environment = spaced if spaced in gymnasium.registry else environment
        if environment not in gymnasium.registry:
            near = difflib.get_close_matches(environment, gymnasium.registry.keys(), 1, 0.4)
            raise Problem(
                f'Gymnasium has no environment "{environment}".' + (f" Nearest: {near[0]}." if near else "")
                + (" Write MODULE:ENVIRONMENT if a module has to be imported first." if module is None else ""))
        self.gymnasium_id = environment
        self.source = "Gymnasium, " + environment

    def kind(self, split, index):
        """Tasks of one kind can share an environment."""
        return None

    def make(self, kind):
        return self.registered()

    def registered(self, **more):
        """What Gymnasium makes of the environment's name."""
        try:
            return need("gymnasium", "gymnasium").make(self.gymnasium_id, disable_env_checker=True, **more)
        except TypeError as error:
            if "must inherit" not in str(error):
                raise
            raise Problem(
                f"{self.gymnasium_id} does not inherit from gymnasium.Env, as environments of the old package gym do"
                " not; it has to, with a reset(self, *, seed=None, options=None) that returns (observation, info) and a"
                " step that returns (observation, reward, terminated, truncated, info)") from None

    def module_with(self, name, change, before=""):
        """A module in one line that changes the environment, for people to write."""
        environment = self.gymnasium_id if self.module is None else f"{self.module.__name__}:{self.gymnasium_id}"
        return (
            f"Write a file {name}.py, and use gym:{name}:{self.environment}: import gymnasium; METARLZOO_HOOK = 1; "
            + before + "make = lambda: " + change(f'gymnasium.make("{environment}")'))

    def task_count(self, split):
        return None

    def set_task(self, env, split, index, seed):
        pass

    def descriptor(self, split, index, seed):
        return [seed / 2**31]

    def sparse_reward(self, reward, info):
        return reward

    def success(self, info):
        return info.get("success", info.get("is_success"))

    def own_limit(self, env):
        """The steps after which Gymnasium truncates an episode; None if it does not."""
        steps = getattr(getattr(env, "spec", None), "max_episode_steps", None)
        return check("HORIZON", steps, "max_episode_steps") if steps else None

    def horizon(self, env):
        steps = self.own_limit(env)
        if steps is None:
            raise Problem(f"{self.environment} has no limit of steps: {self.limited()}")
        return steps

    def limited(self):
        """What to do about an environment without a limit of steps."""
        return (
            "register it with max_episode_steps, or set HORIZON in a module with METARLZOO_HOOK = 1 and write"
            f" MODULE:{self.environment}")

    def shorter(self, steps):
        """What to do about episodes that end before the horizon."""
        return (
            f"register it with max_episode_steps={steps}, or set HORIZON = {steps} in a module with METARLZOO_HOOK = 1")

    def packages(self, env):
        package = type(getattr(env, "unwrapped", env)).__module__.split(".")[0]
        return [package, *(["mujoco"] if "mujoco" in sys.modules else [])]


class HookedFamily(Family):
    """An environment whose tasks are set by functions of the user's module."""

    summary = "An environment of Gymnasium with tasks of the user's."
    tasks_are_seeds = False

    def __init__(self, environment, module):
        self.hook = module
        self.said = {
            name: check(name, getattr(module, name), f"{name} of {module.__name__}")
            for name in RULES if name.isupper() and hasattr(module, name)}
        for name in ["make", "tasks", "set_task", "descriptor", "sparse_reward", "success"]:
            if hasattr(module, name):
                check("function", getattr(module, name), f"{name} of {module.__name__}")
        if hasattr(module, "make"):
            self.environment, self.module = environment, module
        else:
            super().__init__(environment, module)
        self.source = f"{module.__name__}, {environment}"
        for name in [
                "SOURCE", "SUMMARY", "VERSION", "EPISODES_PER_LIFETIME", "REPORTED_REWARD", "RANDOM_RETURN",
                "ORACLE_RETURN", "TEST_TASKS_ARE_TRAINING_TASKS", "EPISODES_ARE_NUMBERED"]:
            if name in self.said:
                setattr(self, name.lower(), self.said[name])
        if hasattr(module, "set_task") != hasattr(module, "tasks"):
            raise Problem(f"{module.__name__} has to define both tasks and set_task, or neither of them")
        self.tasks_are_seeds = not hasattr(module, "tasks")
        self.descriptor_size = len(self.descriptor("train", 0, 0))

    def make(self, kind):
        if hasattr(self.hook, "make"):
            return check("environment", self.hook.make(), f"what make() of {self.hook.__name__} returned")
        if "HORIZON" in self.said:
            return self.registered(max_episode_steps=self.said["HORIZON"])
        return super().make(kind)

    def module_with(self, name, change, before=""):
        module = self.hook.__name__
        made = "original()"
        if not hasattr(self.hook, "make"):
            steps = f", max_episode_steps={self.said['HORIZON']}" if "HORIZON" in self.said else ""
            made = f'gymnasium.make("{self.gymnasium_id}"{steps})'
        return (
            f"Write a file {name}.py, and use gym:{name}:{self.environment}: import gymnasium; from {module} import *; "
            + (f"from {module} import make as original; " if hasattr(self.hook, "make") else "")
            + before + "make = lambda: " + change(made))

    def horizon(self, env):
        steps = self.said.get("HORIZON")
        if steps is None:
            return super().horizon(env)
        limit = self.own_limit(env)
        if limit is not None and limit < steps:
            raise Problem(
                f"HORIZON of {self.hook.__name__} is {steps}, and the environment's own limit (max_episode_steps) is"
                f" {limit}: set HORIZON to {limit} or less, or make the environment with max_episode_steps={steps}")
        return steps

    def limited(self):
        return f"set HORIZON in {self.hook.__name__}"

    def shorter(self, steps):
        if "HORIZON" not in self.said:
            return f"set HORIZON = {steps} in {self.hook.__name__}"
        return f"HORIZON of {self.hook.__name__}, {self.said['HORIZON']}, has to be {steps}"

    def task_count(self, split):
        tasks = None if self.tasks_are_seeds else self.hook.tasks(split)
        return check("tasks", tasks, f'tasks("{split}") of {self.hook.__name__}')

    def set_task(self, env, split, index, seed):
        if not self.tasks_are_seeds:
            self.hook.set_task(env, split, index, seed)

    def descriptor(self, split, index, seed):
        if hasattr(self.hook, "descriptor"):
            called = f'descriptor("{split}", {index}, {seed}) of {self.hook.__name__}'
            return check("descriptor", self.hook.descriptor(split, index, seed), called)
        count = self.task_count(split)
        return [index / count] if count else super().descriptor(split, index, seed)

    def sparse_reward(self, reward, info):
        return self.hook.sparse_reward(reward, info) if hasattr(self.hook, "sparse_reward") else reward

    def success(self, info):
        return self.hook.success(info) if hasattr(self.hook, "success") else super().success(info)

    def packages(self, env):
        return [*super().packages(env), *self.said.get("SOFTWARE", [])]


class MetaWorld(Family):
    """ML1, ML10 and ML45 of Meta-World: goals are hidden, 50 of them for each environment of a split.

    Tasks are numbered so that the first ones are of different environments: number i is goal i // n of environment
    i % n. Goals are those of metaworld.ML1(name, seed=0): its training tasks, but for ML1's test its test tasks.
    Meta-World has no split for validation; here it is the environments of training with goals of seed 2.
    """

    tasks_are_seeds = False
    GOALS = 50

    def __init__(self, environment, module):
        self.environment = environment
        self.module = module
        dictionary = importlib.import_module("metaworld.env_dict")
        all_names = list(dictionary.ALL_V3_ENVIRONMENTS)
        sets = {name: getattr(dictionary, name + "_V3") for name in ["ML10", "ML45"]}
        benchmark, _, name = environment.partition("-")
        if benchmark == "ML1" and name in all_names:
            self.names = {"train": [name], "test": [name]}
            self.summary = f"Meta-World's {name} with 50 hidden goals for training and 50 others for test."
        elif environment in sets:
            self.names = {split: list(sets[environment][split]) for split in ["train", "test"]}
            counts = [len(self.names[split]) for split in ["train", "test"]]
            self.summary = f"{counts[0]} environments of Meta-World for training, {counts[1]} for test; hidden goals."
        else:
            valid = [*("ML1-" + name for name in all_names), *sets]
            near = difflib.get_close_matches(environment, valid, 1, 0.4)
            raise Problem(
                f'Meta-World has no family "{environment}".'
                + (f" Nearest: {near[0]}." if near else "") + " There are: ML1-ENVIRONMENT, " + ", ".join(sets) + ".")
        self.names["validation"] = self.names["train"]
        self.is_ml1 = benchmark == "ML1"
        self.every_name = list(dict.fromkeys(self.names["train"] + self.names["test"]))
        self.source = "Meta-World, " + environment
        self.descriptor_size = 6 + (0 if self.is_ml1 else len(self.every_name))
        self.classes = dictionary.ALL_V3_ENVIRONMENTS
        self.goals = {}

    def kind(self, split, index):
        return self.names[split][index % len(self.names[split])]

    def make(self, kind):
        return self.classes[kind]()

    def task_count(self, split):
        return self.GOALS * len(self.names[split])

    def task(self, split, index):
        kind = self.kind(split, index)
        seed = 2 if split == "validation" else 0
        if (kind, seed) not in self.goals:
            benchmark = self.module.ML1(kind, seed=seed)
            self.goals[kind, seed] = (benchmark.train_tasks, benchmark.test_tasks)
        of_train, of_test = self.goals[kind, seed]
        return (of_test if self.is_ml1 and split == "test" else of_train)[index // len(self.names[split])]

    def set_task(self, env, split, index, seed):
        env.set_task(self.task(split, index))

    def descriptor(self, split, index, seed):
        import pickle
        goal = [float(number) for number in pickle.loads(self.task(split, index).data)["rand_vec"]]
        one_hot = [] if self.is_ml1 else [float(name == self.kind(split, index)) for name in self.every_name]
        return one_hot + (goal + [0.0] * 6)[:6]

    def sparse_reward(self, reward, info):
        return float(info["success"])

    def horizon(self, env):
        return env.max_path_length

    def shorter(self, steps):
        return "it is not one that this bridge was written for"

    def packages(self, env):
        return ["metaworld", "mujoco"]


def find_family(name):
    """The family of ENVIRONMENT or MODULE:ENVIRONMENT."""
    module_name, _, environment = name.rpartition(":")
    if not module_name:
        return Family(environment, None)
    need("gymnasium", "gymnasium packaging")
    if module_name == "metaworld":
        return MetaWorld(environment, need("metaworld", "metaworld packaging"))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise Problem(
                f"module {module_name} needs a package {error.name}: {sys.executable} -m pip install {error.name}")
        raise Problem(
            f"there is no module {module_name} here ({os.getcwd()}), on PYTHONPATH or installed:"
            f" {sys.executable} -m pip install {module_name.split('.')[0]}")
    return (HookedFamily if hasattr(module, "METARLZOO_HOOK") else Family)(environment, module)


class Lanes:
    """The environments of all lanes, and what their spaces are."""

    def __init__(self, family):
        self.numpy = need("numpy", "numpy")
        self.family = family
        self.envs = {}
        self.idle = []
        self.steps = {}
        self.tasks = {}
        env = check("environment", family.make(family.kind("train", 0)), family.environment)
        self.read_observations(env.observation_space)
        self.read_actions(env.action_space)
        self.spaces = self.spaces_of(env)
        self.known_spaces = {}
        self.horizon = check("HORIZON", family.horizon(env), "the horizon")
        self.packages = family.packages(env)
        self.idle.append((family.kind("train", 0), env))

    def refuse_space(self, space, sentence, advice=""):
        """Refuses a space; its type goes into a sentence."""
        kind, name = type(space), self.family.environment
        if kind.__module__.split(".")[0] == "gym":
            said = sentence.format(f"{kind.__module__}.{kind.__name__}")
            raise Problem(
                f"{name} {said}, which is of the old package gym: write import gymnasium as gym where it is defined")
        raise Problem(
            f"{name} {sentence.format(kind.__name__)}, and only Box and Discrete are known here{advice}")

    def read_observations(self, space):
        spaces = importlib.import_module("gymnasium.spaces")
        if isinstance(space, spaces.Box):
            self.size, self.one_hot_start = int(self.numpy.prod(space.shape)), None
        elif isinstance(space, spaces.Discrete):
            self.size, self.one_hot_start = int(space.n), int(space.start)
        else:
            self.refuse_space(
                space, "observes a {}", ": gymnasium.wrappers.FlattenObservation makes a Box of most spaces. "
                + self.family.module_with("flat", lambda made: f"gymnasium.wrappers.FlattenObservation({made})"))
        if self.size < 1:
            raise Problem(
                f"{self.family.environment} observes no numbers: its observation_space has shape {space.shape}")
        self.observation_space = space
        self.should_be = NUMBERS if self.one_hot_start is not None else f"{NUMBERS}, in an array of shape {space.shape}"

    def read_actions(self, space):
        spaces, numpy = importlib.import_module("gymnasium.spaces"), self.numpy
        if isinstance(space, spaces.Discrete):
            self.first_action = int(space.start)
            self.action = {"kind": "discrete", "size": int(space.n), "scale": 1.0, "first": self.first_action}
        elif isinstance(space, spaces.Box):
            self.refuse_bounds(space)
            self.low, self.high = (bound.astype(numpy.float64).ravel() for bound in [space.low, space.high])
            self.center, self.half = (self.high + self.low) / 2, (self.high - self.low) / 2
            # Where a sum is rounded, the ends would be missed.
            self.is_exact = bool(
                (self.center + self.half == self.high).all() and (self.center - self.half == self.low).all())
            self.is_whole = space.dtype.kind in "biu"
            # The shortest text of a number is the one that it was given as; str is the same with every NumPy.
            low, high = ([float(str(number)) for number in bound.ravel()] for bound in [space.low, space.high])
            if self.is_whole:
                low, high = self.low.tolist(), self.high.tolist()
            self.action = {
                "kind": "continuous", "size": len(self.low), "scale": float(self.half.max()), "low": low, "high": high,
                "areWhole": self.is_whole}
        else:
            self.refuse_space(space, "takes a {} of actions")
        self.action_space = space

    def refuse_bounds(self, space):
        """Refuses a box of actions without bounds that can be reached."""
        numpy, name = self.numpy, self.family.environment
        if not space.low.size:
            raise Problem(f"{name} takes a Box of no actions: its action_space has shape {space.shape}")
        low, high = space.low.astype(numpy.float64).ravel(), space.high.astype(numpy.float64).ravel()
        end = float(numpy.finfo(space.dtype).max) if space.dtype.kind == "f" else math.inf
        end = min(end, END_OF_BOUNDS)
        is_low = numpy.isfinite(low) & (low > -end) & numpy.ravel(getattr(space, "bounded_below", True))
        is_high = numpy.isfinite(high) & (high < end) & numpy.ravel(getattr(space, "bounded_above", True))
        for place in range(len(low)):
            bounds = f"number {place} of {len(low)} is from {low[place]!s} to {high[place]!s}"
            if not low[place] <= high[place]:
                raise Problem(f"{name} takes a Box of actions whose bounds are none: {bounds}")
        if (is_low & is_high).all():
            if (low == high).all():
                raise Problem(f"{name} takes a Box of actions that leaves no choice: each number's low is its high")
            return
        place = int(numpy.argmin(is_low & is_high))
        # Where one side has a bound, the other one is taken two further.
        new_low = numpy.where(is_low, low, numpy.where(is_high, numpy.minimum(high - 2, -1), -1))
        new_high = numpy.where(is_high, high, numpy.where(is_low, numpy.maximum(low + 2, 1), 1))

        def typed(bound):
            shown = [f"{number:.9g}" for number in bound.tolist()]
            if len(set(shown)) == 1:
                return shown[0]
            return f'numpy.array([{", ".join(shown)}], "{space.dtype}").reshape({space.shape})'

        ends = f"LOW, HIGH = {typed(new_low)}, {typed(new_high)}; "
        box = f'gymnasium.spaces.Box(LOW, HIGH, {space.shape}, "{space.dtype}")'
        raise Problem(
            f"{name} takes a Box of actions without bounds (number {place} of {len(low)} is from {low[place]!s} to"
            f" {high[place]!s}; bounds have to be within ±1e9). A wrapper that clips actions gives it some; change LOW"
            " and HIGH to what is meant. " + self.family.module_with(
                "bounded",
                lambda made: (
                    f"gymnasium.wrappers.TransformAction({made}, lambda action: action.clip(LOW, HIGH), {box})"),
                before=("import numpy; " if "numpy" in ends else "") + ends))

    def check_spaces(self, env, slot):
        spaces = env.observation_space, env.action_space
        if all(self.known_spaces.get(id(space)) is space for space in spaces):
            return
        if self.spaces_of(env) != self.spaces:
            raise Problem(
                f"the spaces of {self.family.environment} are not those that it had at first, and a family has one"
                f" observation_space and one action_space ({self.place(slot)})")
        if len(self.known_spaces) > 10_000:
            self.known_spaces.clear()
        self.known_spaces.update((id(space), space) for space in spaces)

    @staticmethod
    def spaces_of(env):
        """What must not change from one reset to the next, or between environments of a family."""
        observations, actions = env.observation_space, env.action_space

        def bounds(space):
            bounds = [getattr(space, name, None) for name in ["low", "high"]]
            return [bound.tobytes() if hasattr(bound, "tobytes") else None for bound in bounds]

        def kind(space):
            names = ["shape", "n", "start"]
            return [type(space).__name__, *(getattr(space, name, None) for name in names)]

        return kind(observations), kind(actions), str(getattr(actions, "dtype", None)), bounds(actions)

    def description(self):
        family = self.family
        return {
            "protocol": PROTOCOL, "observationSize": self.size, "action": self.action, "horizon": self.horizon,
            "taskCounts": {split: family.task_count(split) for split in ["train", "validation", "test"]},
            "tasksAreSeeds": family.tasks_are_seeds, "descriptorSize": family.descriptor_size,
            "testTasksAreTrainingTasks": family.test_tasks_are_training_tasks,
            "episodesAreNumbered": family.episodes_are_numbered, "episodesPerLifetime": family.episodes_per_lifetime,
            "reportedReward": family.reported_reward, "summary": family.summary, "source": family.source,
            "version": family.version, "randomReturn": family.random_return, "oracleReturn": family.oracle_return,
            "software": software(self.packages),
        }

    def env_for(self, slot, kind):
        """The environment of a slot, of the kind that its task needs."""
        if slot in self.envs:
            if self.envs[slot][0] == kind:
                return self.envs[slot][1]
            self.idle.append(self.envs.pop(slot))
        place = next((place for place, entry in enumerate(self.idle) if entry[0] == kind), None)
        entry = (kind, self.family.make(kind)) if place is None else self.idle.pop(place)
        while len(self.idle) > MOST_IDLE_ENVIRONMENTS:
            try:
                self.idle.pop(0)[1].close()
            except Exception:
                # It was another lane's.
                traceback.print_exc()
        self.envs[slot] = entry
        return entry[1]

    def place(self, slot):
        """Where something is, for messages."""
        step = f"step {self.steps[slot]}" if self.steps[slot] else "reset"
        return f"{step} of {self.tasks[slot]}"

    def check(self, name, value, called, slot):
        """A value of a lane, as its rule reads it."""
        try:
            return RULES[name][1](value)
        except Wrong:
            return check(name, value, called, self.place(slot))

    def flat(self, observation, slot, row):
        """Writes an observation as numbers; Discrete ones as one-hot vectors."""
        numpy = self.numpy
        if self.one_hot_start is not None:
            first, last = self.one_hot_start, self.one_hot_start + self.size - 1
            try:
                place = whole(first, last)(observation) - first
            except Wrong:
                raise Problem(
                    f"the observation is {in_words(observation)}, and has to be a whole number from {first} to {last}"
                    f" ({self.place(slot)})") from None
            row[:] = 0
            row[place] = 1
            return
        try:
            # As almost all are; the square of anything that is not finite is not finite.
            if type(observation) is numpy.ndarray and observation.shape == self.observation_space.shape:
                row[:] = observation.reshape(-1)
                if observation.dtype.kind in "biuf" and math.isfinite(row.dot(row)):
                    return
        except Exception:
            pass
        try:
            with numpy.errstate(all="ignore"):
                row[:] = self.numbers_of(observation)
        except Wrong as error:
            raise Problem(
                f"the observation {str(error) or 'is ' + in_words(observation)}, and has to be {self.should_be}"
                f" ({self.place(slot)})") from None

    def numbers_of(self, observation):
        """The numbers of a Box, from anything that has them."""
        numpy = self.numpy
        if is_masked(observation):
            raise Wrong
        try:
            values = numpy.asarray(observation)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            raise Wrong from None
        if values.shape != self.observation_space.shape:
            raise Wrong(f"has shape {values.shape}" if isinstance(observation, (list, tuple)) else "")
        if values.dtype.kind not in "biuf":
            # Objects may be numbers.
            return numbers(values.ravel().tolist())
        is_sound = numpy.isfinite(values.astype("<f4")).ravel()
        if not is_sound.all():
            place = int(numpy.argmin(is_sound))
            raise Wrong(f"holds {in_words(values.ravel()[place])} as number {place}")
        return values.ravel()

    def reset(self, slots, tasks, seeds, sign_of_life):
        observations = self.numpy.empty((len(slots), self.size), "<f4")
        for row, (slot, (split, index, task_seed), seed) in enumerate(zip(slots, tasks, seeds)):
            env = self.env_for(slot, self.family.kind(split, index))
            self.steps[slot], self.tasks[slot] = 0, f"{split} task {index}"
            try:
                self.family.set_task(env, split, index, task_seed)
                result = env.reset(seed=seed)
            except BaseException as error:
                # Its state is not known any more.
                self.envs.pop(slot)
                refuse_old_api(error, "reset", self.place(slot))
                raise
            is_pair = isinstance(result, tuple) and len(result) == 2 or (
                isinstance(result, list) and len(result) == 2 and isinstance(result[1], Mapping))
            if not is_pair:
                raise returned("reset", f"one value that is {in_words(result)}", self.place(slot))
            if not isinstance(result[1], Mapping):
                raise returned("reset", f"an info that is {in_words(result[1])}", self.place(slot))
            self.check_spaces(env, slot)
            self.flat(result[0], slot, observations[row])
            sign_of_life()
        return observations.tobytes()

    def step(self, slots, actions, sign_of_life):
        numpy, family, count = self.numpy, self.family, len(slots)
        observations = numpy.empty((count, self.size), "<f4")
        rewards, sparse_rewards = [], []
        flags = numpy.empty((2, count), "u1")
        actions = self.actions_of(actions)
        for row, slot in enumerate(slots):
            env = self.envs[slot][1]
            try:
                result = env.step(actions[row])
            except BaseException as error:
                # Its state is not known any more.
                self.envs.pop(slot)
                refuse_old_api(error, "step", f"step {self.steps[slot] + 1} of {self.tasks[slot]}")
                raise
            self.steps[slot] += 1
            if not isinstance(result, (tuple, list)) or len(result) != 5:
                what = f"{len(result)} values" if isinstance(result, (tuple, list)) else in_words(result)
                raise returned("step", what, self.place(slot))
            observation, reward, terminated, truncated, info = result
            terminated = self.check("terminated", terminated, None, slot)
            truncated = self.check("truncated", truncated, None, slot)
            self.check("info", info, "the info", slot)
            if truncated and not terminated and self.steps[slot] < self.horizon:
                raise Problem(
                    f"{family.environment} cut its episode off after {self.steps[slot]} of {self.horizon} steps, and"
                    f" all episodes have to have one limit: {family.shorter(self.steps[slot])} ({self.place(slot)})")
            self.flat(observation, slot, observations[row])
            rewards.append(self.check("number", reward, "the reward", slot))
            sparse_rewards.append(
                self.check("number", family.sparse_reward(reward, info), "the sparse reward", slot))
            flags[0, row] = terminated
            success = self.check("success", family.success(info), "the success", slot)
            flags[1, row] = 2 if success is None else success
            sign_of_life()
        # An environment may have set NumPy to raise exceptions where numbers are rounded.
        with numpy.errstate(all="ignore"):
            return observations.tobytes() + numpy.array([rewards, sparse_rewards], "<f4").tobytes() + flags.tobytes()

    def actions_of(self, numbers):
        """What environments take, lane by lane: the zoo's actions are within ±1, or numbered from 0."""
        numpy = self.numpy
        if self.action["kind"] == "discrete":
            return [choice + self.first_action for choice in numbers[:, 0].tolist()]
        with numpy.errstate(all="ignore"):
            clipped = numpy.clip(numbers.astype(numpy.float64), -1, 1)
            scaled = self.center + self.half * clipped
            if not self.is_exact:
                scaled = numpy.clip(scaled, self.low, self.high)
                scaled = numpy.where(clipped == 1, self.high, numpy.where(clipped == -1, self.low, scaled))
            if self.is_whole:
                scaled = numpy.rint(scaled)
            scaled = scaled.astype(self.action_space.dtype)
        # Separate arrays, since an environment may keep them.
        return [row.reshape(self.action_space.shape).copy() for row in scaled]


class Channel:
    """Frames to and from the zoo."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.last = time.monotonic()
        self.socket = self.identity()
        # A copy of this process would answer too, or keep the socket open after the end of this one.
        os.register_at_fork(after_in_child=lambda: os.close(descriptor))

    def identity(self):
        try:
            status = os.fstat(self.descriptor)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def require(self):
        """Ends the process if an environment has closed the socket, or another file has its number now."""
        if self.identity() != self.socket:
            try:
                os.write(2, b"\nthe environment closed file descriptors that are not its own, or copied its process\n")
            finally:
                os._exit(1)

    def read(self, count):
        data = bytearray()
        while len(data) < count:
            part = os.read(self.descriptor, min(count - len(data), 1 << 20))
            if not part:
                os._exit(0)
            data += part
        return bytes(data)

    def receive(self):
        self.require()
        kind, length = struct.unpack("<cI", self.read(5))
        return kind, self.read(length)

    def send(self, kind, data):
        self.require()
        data = memoryview(struct.pack("<cI", kind, len(data)) + data)
        while data:
            data = data[os.write(self.descriptor, data):]
        self.last = time.monotonic()

    def sign_of_life(self):
        """Says that the work goes on, once a second."""
        if time.monotonic() - self.last > 1:
            self.send(b"w", b"")


def in_one_line(error):
    """An exception and the place in the environment's code that it comes from."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "without words"
    if isinstance(error, Problem):
        return text
    if isinstance(error, SystemExit):
        text = f"the environment wants to end the process (sys.exit({error.code!r:.100}))"
    # Neither this script nor Python's own library is what has to be mended.
    library = os.path.dirname(os.__file__) + os.sep
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
        and (not frame.filename.startswith(library) or "-packages" in frame.filename)]
    place = f" ({frames[-1].filename}, line {frames[-1].lineno}, in {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {text:.1000}{place}"


def returned(call, what, place):
    """What is wrong with what step or reset has returned."""
    have_to = {
        "step": "(observation, reward, terminated, truncated, info), where the old done is terminated, or truncated if"
                " a limit of steps has ended the episode",
        "reset": "(observation, info), as in: return observation, {}",
    }
    is_old = call == "reset" or what == "4 values"
    return Problem(
        f"{call} returned {what}{', as in the old API of Gym' if is_old else ''}; it has to return {have_to[call]}"
        f" ({place})")


def refuse_old_api(error, call, place):
    """Names what is wrong where a wrapper cannot unpack what the environment in it has returned, or pass a seed on."""
    frames = traceback.extract_tb(error.__traceback__)
    if not isinstance(error, (TypeError, ValueError)) or not frames:
        return
    if "unpack" in str(error) and f".{call}(" in (frames[-1].line or ""):
        count = re.search(r"got ([0-9]+)", str(error))
        what = f"{count[1]} values" if count else "a single value" if call == "reset" else "another number of values"
        raise returned(call, what, place) from None
    if call == "reset" and re.search("unexpected keyword argument '(seed|options)'", str(error)):
        raise Problem(
            "reset takes no seed or no options, as in the old API of Gym; it has to be reset(self, *, seed=None,"
            f" options=None), and to return (observation, info) ({place})") from None


def answer(kind, data, name, lanes, channel):
    """Does what a frame asks for: the lanes, and the answer."""
    if kind == b"h":
        asked = json.loads(data)
        if asked["protocol"] != PROTOCOL:
            raise Problem(f"the zoo speaks protocol {asked['protocol']}, and this worker {PROTOCOL}")
        lanes = Lanes(find_family(name))
        return lanes, json.dumps(lanes.description()).encode()
    if kind == b"d":
        descriptors = []
        for split, index, seed in json.loads(data)["tasks"]:
            descriptor, size = lanes.family.descriptor(split, index, seed), lanes.family.descriptor_size
            if len(descriptor) != size:
                raise Problem(
                    f'descriptor("{split}", {index}, {seed}) has {len(descriptor)} numbers, and that of the first'
                    f" training task has {size}")
            descriptors.append(descriptor)
            channel.sign_of_life()
        return lanes, json.dumps(descriptors).encode()
    if kind == b"r":
        asked = json.loads(data)
        return lanes, lanes.reset(asked["slots"], asked["tasks"], asked["seeds"], channel.sign_of_life)
    if kind == b"s":
        (count,) = struct.unpack_from("<I", data)
        slots = lanes.numpy.frombuffer(data, "<u4", count, 4).tolist()
        number = "<i4" if lanes.action["kind"] == "discrete" else "<f4"
        actions = lanes.numpy.frombuffer(data, number, -1, 4 + 4 * count).reshape(count, -1)
        return lanes, lanes.step(slots, actions, channel.sign_of_life)
    raise Problem(f"the zoo sent a frame of unknown kind {kind!r}")


def main():
    # What an environment prints goes where the zoo's messages are kept; it can read nothing, and write no frame.
    channel = Channel(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)

    def end_with_the_zoo():
        watch = select.poll()
        watch.register(channel.descriptor, 0)
        watch.poll()
        os._exit(0)

    threading.Thread(target=end_with_the_zoo, daemon=True).start()
    lanes = None
    while True:
        kind, data = channel.receive()
        try:
            lanes, reply = answer(kind, data, sys.argv[1], lanes, channel)
        except BaseException as error:
            channel.send(b"e", in_one_line(error).encode(errors="backslashreplace"))
        else:
            channel.send(kind, reply)


if __name__ == "__main__":
    main()
