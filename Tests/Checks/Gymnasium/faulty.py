"""A pendulum that is at fault in its 450th step, in the way that FAULT says, until there is a file named mended."""

import os
import signal
import sys
import time

import gymnasium

METARLZOO_HOOK = 1
HORIZON = 100


class Faulty(gymnasium.Wrapper):
    steps = 0

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        Faulty.steps += 1
        fault = None if os.path.exists("mended") or Faulty.steps < 450 else os.environ["FAULT"]
        if fault == "raises":
            raise ValueError("no such thing")
        if fault == "hangs":
            time.sleep(3600)
        if fault == "exits":
            print("out of luck", flush=True)
            os._exit(9)
        if fault == "quits":
            sys.exit(4)
        if fault == "reads":
            input()
        if fault == "closes":
            os.closerange(3, 256)
        # What the zoo can live with.
        if fault == "forks":
            os.fork()
        if fault == "prints":
            print("much to say " * 100_000)
        if fault == "handles":
            for number in [signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD]:
                signal.signal(number, signal.SIG_IGN)
        if fault == "shape":
            observation = observation[:2]
        return observation, float("nan") if fault == "nan" else reward, terminated, truncated, info


def make():
    return Faulty(gymnasium.make("Pendulum-v1", max_episode_steps=HORIZON))
