"""Times the half-cheetah of Gymnasium's vector environments and of EnvPool: 20 copies, episodes of 200 steps.

locomotion-peers.py [ROUNDS]

Prints a line with "median X steps/s" for each. What cannot be imported is left out, and the reason is printed.
"""

import statistics
import sys
import time

import numpy as np

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
COPIES, STEPS, EPISODES = 20, 200, 5


def report(name, environments):
    actions = np.random.default_rng(0).uniform(-1, 1, (STEPS, COPIES, 6)).astype(environments.action_space.dtype)
    environments.reset()
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(EPISODES):
            for action in actions:
                observations, *_ = environments.step(action)
        rates.append(STEPS * EPISODES * COPIES / (time.perf_counter() - start))
    if not np.isfinite(observations).all():
        sys.exit(f"wrong result: observations of {name} are not finite")
    print(f"{name}: median {statistics.median(rates):.0f} steps/s", flush=True)


def gymnasium_peers():
    import gymnasium
    import mujoco

    def make():
        return gymnasium.make("HalfCheetah-v5", max_episode_steps=STEPS)

    release = f"gymnasium {gymnasium.__version__} with MuJoCo {mujoco.__version__}"
    for kind in (gymnasium.vector.SyncVectorEnv, gymnasium.vector.AsyncVectorEnv):
        environments = kind([make] * COPIES)
        report(f"{release}, {kind.__name__}", environments)
        environments.close()


def envpool_peers():
    import envpool

    for threads in (1, 2):
        environments = envpool.make_gymnasium(
            "HalfCheetah-v4", num_envs=COPIES, num_threads=threads, max_episode_steps=STEPS)
        report(f"envpool {envpool.__version__}, {threads} thread{'s' * (threads > 1)}", environments)


if __name__ == "__main__":
    for peers in (gymnasium_peers, envpool_peers):
        try:
            peers()
        except ImportError as reason:
            print(f"left out: {reason}", flush=True)
