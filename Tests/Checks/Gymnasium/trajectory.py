"""Plays the trajectory of a family's card with Gymnasium alone, and compares its digest with that of the zoo.

trajectory.py ZOO FAMILY: random streams, tasks, seeds, actions and the digest are written again here, from their
descriptions. That the digests are equal says that every observation and every reward came through to the last bit.
"""

import importlib
import json
import struct
import subprocess
import sys

import gymnasium
import numpy

WORD = 2**32 - 1
LONG = 2**64 - 1


def mixed(value):
    """The finaliser of SplitMix64."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & LONG
    value = (value ^ value >> 27) * 0x94D049BB133111EB & LONG
    return value ^ value >> 31


def fnv(data, value=0xCBF29CE484222325):
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & LONG
    return value


class Stream:
    """Philox 4x32-10, split by name."""

    def __init__(self, key):
        self.key, self.counter = key, 0

    @classmethod
    def root(cls, seed):
        return cls(mixed(seed + 0x9E3779B97F4A7C15 & LONG))

    def split(self, name, index=0):
        named = mixed(self.key ^ mixed(fnv(name.encode())))
        return Stream(mixed(named + index * 0x9E3779B97F4A7C15 & LONG))

    def bits(self):
        key = [self.key & WORD, self.key >> 32]
        words = [self.counter & WORD, self.counter >> 32, 0, 0]
        for _ in range(10):
            first, second = words[0] * 0xD2511F53, words[2] * 0xCD9E8D57
            words = [second >> 32 ^ words[1] ^ key[0], second & WORD, first >> 32 ^ words[3] ^ key[1], first & WORD]
            key = [key[0] + 0x9E3779B9 & WORD, key[1] + 0xBB67AE85 & WORD]
        self.counter += 1
        return words[0] | words[1] << 32

    def uniform(self, low, high):
        return low + (high - low) * ((self.bits() >> 11) * 2.0**-53)

    def below(self, bound):
        return self.bits() * bound >> 64


def make(family, task_seed):
    """The environment of the first test task, and whether the task's seed is that of its resets."""
    module, _, name = family.removeprefix("gym:").rpartition(":")
    if module == "metaworld":
        import metaworld
        benchmark = metaworld.ML1(name.removeprefix("ML1-"), seed=0)
        env = benchmark.test_classes[name.removeprefix("ML1-")]()
        env.set_task(benchmark.test_tasks[0])
        return env, False
    if module:
        hook = importlib.import_module(module)
        env = gymnasium.make(name, max_episode_steps=hook.HORIZON)
        hook.set_task(env, "test", 0, task_seed)
        return env, False
    return gymnasium.make(name), True


def sparse(family, reward, info):
    module = family.removeprefix("gym:").rpartition(":")[0]
    if module == "metaworld":
        return info["success"]
    return importlib.import_module(module).sparse_reward(reward, info) if module else reward


def digest(family):
    task_seed = Stream.root(0).split("tasks").split(family).split("test", 0).bits() >> 33
    env, is_seed = make(family, task_seed)
    episode = Stream.root(0).split("trajectory hash", 0).split("episode", 0)
    drawn = episode.split("environment").bits() >> 33
    observation, _ = env.reset(seed=task_seed if is_seed else drawn)
    observations, dense, sparse_rewards, terminated = [observation], [], [], False
    stream = episode.split("agent")
    while len(dense) < 50 and not terminated:
        if isinstance(env.action_space, gymnasium.spaces.Discrete):
            action = stream.below(int(env.action_space.n))
        else:
            space = env.action_space
            numbers = [numpy.float32(stream.uniform(-1.5, 1.5)) for _ in range(space.shape[0])]
            # An action of 1 is the upper bound, -1 the lower one, and what lies beyond is clipped.
            low, high = space.low.astype(float), space.high.astype(float)
            action = ((high + low) / 2 + (high - low) / 2 * numpy.clip(numbers, -1, 1)).astype(space.dtype)
        observation, reward, terminated, _, info = env.step(action)
        observations.append(observation)
        dense.append(reward)
        sparse_rewards.append(sparse(family, reward, info))
    numbers = b"".join(numpy.asarray(part, "<f4").tobytes() for part in [*observations, dense, sparse_rewards])
    return f"{fnv(numbers + struct.pack('<I', terminated)):016x}", len(dense)


zoo, family = sys.argv[1:]
card = json.loads(subprocess.run([zoo, "describe", family, "--json"], check=True, capture_output=True).stdout)
mine, steps = digest(family)
if mine != card["trajectoryHash"]:
    sys.exit(f"{family}: the zoo's trajectory is {card['trajectoryHash']}, and that of Gymnasium alone is {mine}")
print(f"{family}: {steps} steps are those of Gymnasium alone, to the last bit: {mine}")
