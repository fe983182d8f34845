"""Pendulums that differ in gravity: the example of a module that says what tasks are."""

import random

# The version of the functions and names below; it is what makes the zoo look for them.
METARLZOO_HOOK = 1

SUMMARY = "A pendulum is swung up and held, under a gravity that differs from task to task."
SOURCE = "Gymnasium's Pendulum-v1 with a gravity from 5 to 15"
HORIZON = 100
EPISODES_PER_LIFETIME = 5


def tasks(split):
    """How many tasks there are in train, validation or test: a count, a list, or None if they are without end."""
    return None


def gravity(seed):
    return random.Random(seed).uniform(5, 15)


def set_task(env, split, index, seed):
    """Makes env the task of a name; seed is a number that belongs to it, the same on every machine."""
    env.unwrapped.g = gravity(seed)


def descriptor(split, index, seed):
    """The task as numbers, for oracles."""
    return [gravity(seed) / 10]


def sparse_reward(reward, info):
    """The reward of the sparse channel."""
    return float(reward > -0.1)
