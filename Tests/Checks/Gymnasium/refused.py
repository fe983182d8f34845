"""Registers an environment that the bridge cannot use."""

import gymnasium


class Pair(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (2,))
    action_space = gymnasium.spaces.Tuple((gymnasium.spaces.Discrete(2), gymnasium.spaces.Discrete(3)))


gymnasium.register("Tuple-v0", Pair, max_episode_steps=5)
