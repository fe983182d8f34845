"""What the locomotion families should do, from Gymnasium's models and the papers' definitions.

reference.py FILE: plays episodes with the reference models and writes states, observations, rewards and terminations of
every step to FILE, together with the numbers of the compiled models. The package's tests replay them. Nothing in here
comes from the package: rewards are written down again, in NumPy, from the papers' code.
"""

import importlib.util
import json
import os
import re
import sys

import gymnasium
import mujoco
import numpy as np

ASSETS = os.path.join(
    os.path.dirname(importlib.util.find_spec("gymnasium").origin), "envs", "mujoco", "assets")
# Since 3.5, a pair has the sum of two margins and not the larger of the two.
SUMS_MARGINS = tuple(int(part) for part in mujoco.__version__.split(".")[:2]) >= (3, 5)


def model_of(file, edit=lambda text: text):
    with open(os.path.join(ASSETS, file)) as source:
        text = edit(source.read())
    if SUMS_MARGINS:
        text = re.sub(
            r'(<geom [^>]*margin=")([0-9.]+)"', lambda m: f'{m.group(1)}{float(m.group(2)) / 2}"', text)
    return mujoco.MjModel.from_xml_string(text)


def rllab_ant(text):
    text = text.replace('timestep="0.01"', 'timestep="0.02"')
    return text.replace('density="5.0"', 'density="5.0" solref=".02 1" solimp=".8 .8 .01"')


CROUCH = np.array([0, 0, 0.55, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1.0])


class Robot:
    """A model, the steps of an action, and how episodes start."""

    def __init__(self, model, frame_skip, noise, init=None, refresh=False, scale=1.0):
        self.model, self.frame_skip, self.noise, self.refresh, self.scale = model, frame_skip, noise, refresh, scale
        self.init = model.qpos0.copy() if init is None else init
        self.dt = model.opt.timestep * frame_skip
        self.data = mujoco.MjData(model)

    def start(self, qpos, qvel):
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:], self.data.qvel[:] = qpos, qvel
        mujoco.mj_forward(self.model, self.data)
        if self.refresh:
            mujoco.mj_rnePostConstraint(self.model, self.data)

    def act(self, action):
        self.data.ctrl[:] = action * self.scale
        mujoco.mj_step(self.model, self.data, nstep=self.frame_skip)
        if self.refresh:  # rllab's forward_dynamics
            mujoco.mj_forward(self.model, self.data)
        mujoco.mj_rnePostConstraint(self.model, self.data)
        mujoco.mj_subtreeVel(self.model, self.data)

    def draw(self, random, spread=1.0):
        def noise(kind, size):
            return random.uniform(-kind[1], kind[1], size) if kind[0] == "u" else kind[1] * random.normal(size=size)

        positions, velocities = self.noise
        return (self.init + spread * noise(positions, self.model.nq), spread * noise(velocities, self.model.nv))


GYM = (("u", 0.1), ("n", 0.1))
RLLAB = (("n", 0.01), ("n", 0.1))
ROBOTS = {
    "half-cheetah": lambda: Robot(model_of("half_cheetah.xml"), 5, GYM),
    "half-cheetah-rllab": lambda: Robot(model_of("half_cheetah.xml"), 1, RLLAB, refresh=True),
    "ant": lambda: Robot(model_of("ant.xml"), 5, GYM),
    "ant-rllab": lambda: Robot(model_of("ant.xml", rllab_ant), 1, RLLAB, CROUCH, refresh=True),
    "ant-weak": lambda: Robot(
        model_of("ant.xml", lambda t: t.replace('gear="150"', 'gear="30"')), 1, RLLAB, CROUCH, refresh=True),
    "hopper": lambda: Robot(model_of("hopper.xml"), 4, (("u", 0.005), ("u", 0.005))),
    "walker": lambda: Robot(model_of("walker2d.xml"), 4, (("u", 0.005), ("u", 0.005))),
    "humanoid": lambda: Robot(model_of("humanoid.xml"), 5, (("u", 0.01), ("u", 0.01)), scale=0.4),
}


class Definition:
    """A family: its robot, and what the papers' code makes of a step."""

    def __init__(self, robot, task, observe, judge, before=lambda r: r.data.qpos[0], horizon=200):
        self.robot, self.task, self.observe, self.judge = robot, task, observe, judge
        self.before, self.horizon = before, horizon


def clipped(r):
    return np.clip(r.data.cfrc_ext, -1, 1)


def contact_cost(r):
    return 0.5 * 1e-3 * np.sum(np.square(clipped(r)))


def torso(r):
    return r.data.body("torso").xpos.copy()


def com(r):
    return r.data.subtree_com[mujoco.mj_name2id(r.model, mujoco.mjtObj.mjOBJ_BODY, "torso")]


def comvel(r):
    return r.data.subtree_linvel[mujoco.mj_name2id(r.model, mujoco.mjtObj.mjOBJ_BODY, "torso")]


def mass_center(r):
    mass = np.expand_dims(r.model.body_mass, 1)
    return (np.sum(mass * r.data.xipos, 0) / np.sum(mass))[:2].copy()


def enabled(t, action):
    """The action without what a disabled joint is asked for."""
    return np.where(np.arange(len(action)) == t.get("joint"), 0, action)


def cheetah(robot, task, worth, torso_seen, rllab=False, horizon=200):
    def observe(r):
        parts = [r.data.qpos[1:], r.data.qvel]
        return np.concatenate(parts + ([com(r)] if rllab else [torso(r)] if torso_seen else []))

    def judge(r, t, a, before):
        speed = comvel(r)[0] if rllab else (r.data.qpos[0] - before) / r.dt
        reward = worth(speed, t) - 0.5 * 1e-1 * np.sum(np.square(a))
        return reward, reward, False

    return Definition(robot, task, observe, judge, horizon=horizon)


def ant_running(robot, task, seen, low, action_cost, survive, rllab):
    def observe(r):
        if seen == "rllab":
            return np.concatenate(
                [r.data.qpos, r.data.qvel, clipped(r).flat, r.data.body("torso").xmat.flat, com(r)])
        return np.concatenate(
            [r.data.qpos[2:], r.data.qvel] + ([clipped(r).flatten()] if seen == "contacts" else []))

    def judge(r, t, a, before):
        velocity = comvel(r)[:2] if rllab else (torso(r) - before)[:2] / r.dt
        along = np.dot(velocity, (t["x"], t["y"]))
        worth = -np.abs(along - t["speed"]) + 1.0 if t.get("speed") is not None else along
        reward = worth - action_cost * np.square(a).sum() - contact_cost(r) + survive
        z = r.data.qpos[2]
        return reward, reward, not (np.isfinite(r.data.qpos).all() and low <= z <= 1.0)

    return Definition(robot, task, observe, judge, before=torso)


def ant_goal(robot):
    def observe(r):
        return np.concatenate([r.data.qpos, r.data.qvel, clipped(r).flat])

    def judge(r, t, a, before):
        reward = -np.sum(np.abs(torso(r)[:2] - (t["x"], t["y"])))
        reward = reward - 0.1 * np.square(a).sum() - contact_cost(r)
        return reward, reward, False

    def task(random):
        angle, radius = random.uniform() * 2 * np.pi, 3 * random.uniform() ** 0.5
        return {"x": radius * np.cos(angle), "y": radius * np.sin(angle)}

    return Definition(robot, task, observe, judge)


def ant_ring(robot):
    def observe(r):
        return np.concatenate([r.data.qpos, r.data.qvel, clipped(r).flat, r.data.body("torso").xmat.flat, com(r)])

    def judge(r, t, a, before):
        goal = np.array([t["x"], t["y"]])
        dense = -np.sum(np.abs(com(r)[:2] - goal)) + 4.0
        sparse = -np.sum(np.abs(goal)) + 4.0 if np.linalg.norm(com(r)[:2] - goal) > 0.8 else dense
        rest = -0.5 * 1e-2 * np.sum(np.square(a)) - contact_cost(r) + 0.05
        return dense + rest, sparse + rest, not 0.2 <= r.data.qpos[2] <= 1.0

    def task(random):
        angle = random.uniform(0, np.pi)
        return {"x": 2 * np.cos(angle), "y": 2 * np.sin(angle)}

    return Definition(robot, task, observe, judge)


def humanoid(robot):
    def observe(r):
        d = r.data
        return np.concatenate(
            [d.qpos[2:], d.qvel, d.cinert.flat, d.cvel.flat, d.qfrc_actuator.flat, d.cfrc_ext.flat])

    def judge(r, t, a, before):
        way = np.sum(np.array([t["x"], t["y"]]) * (mass_center(r) - before))
        impact = min(0.5e-6 * np.square(r.data.cfrc_ext).sum(), 10)
        reward = 0.25 * way / r.model.opt.timestep - 0.1 * np.square(r.data.ctrl).sum() - impact + 5.0
        return reward, reward, bool(r.data.qpos[2] < 1.0 or r.data.qpos[2] > 2.0)

    return Definition(robot, direction, observe, judge, before=mass_center)


def random_parameters(robot, kind):
    counts = [robot.model.nbody, 3 * robot.model.nbody, robot.model.nv, 3 * robot.model.ngeom]
    base = [a.copy() for a in (
        robot.model.body_mass, robot.model.body_inertia, robot.model.dof_damping, robot.model.geom_friction)]

    def task(random):
        return {"powers": random.uniform(-3, 3, sum(counts)).tolist()}

    def observe(r):
        return np.concatenate([r.data.qpos[1:], np.clip(r.data.qvel, -10, 10)])

    def judge(r, t, a, before):
        reward = (r.data.qpos[0] - before) / r.dt + 1.0 - 1e-3 * np.square(a).sum()
        height, angle = r.data.qpos[1:3]
        if kind == "hopper":
            state = np.concatenate([r.data.qpos, r.data.qvel])
            stands = np.isfinite(state).all() and (np.abs(state[2:]) < 100).all() and height > 0.7 and abs(angle) < 0.2
        else:
            stands = 0.8 < height < 2.0 and -1.0 < angle < 1.0
        return reward, reward, not stands

    definition = Definition(robot, task, observe, judge)

    def prepare(t):
        powers = np.split(np.array(t["powers"]), np.cumsum(counts)[:-1])
        arrays = (robot.model.body_mass, robot.model.body_inertia, robot.model.dof_damping, robot.model.geom_friction)
        for array, original, exponents, root in zip(arrays, base, powers, (1.5, 1.5, 1.3, 1.5)):
            array[:] = original * (root ** exponents).reshape(original.shape)

    definition.prepare = prepare
    return definition


def direction(random):
    angle = random.uniform(0, 2 * np.pi)
    return {"x": np.cos(angle), "y": np.sin(angle)}


def sign(random):
    return {"x": float(random.choice([-1, 1])), "y": 0.0}


def speed_up_to(limit):
    return lambda random: {"speed": random.uniform(0, limit)}


def families(robots):
    tracking = lambda speed, t: -abs(speed - t["speed"])
    running = lambda speed, t: t["direction"] * speed
    either = lambda random: {"direction": float(random.choice([-1, 1]))}
    half, lab = robots["half-cheetah"], robots["half-cheetah-rllab"]
    ant, ant_lab = robots["ant"], robots["ant-rllab"]
    velocity = lambda random: {"x": 1.0, "y": 0.0, "speed": random.uniform(0, 3)}
    return {
        "half-cheetah-velocity": cheetah(half, speed_up_to(3), tracking, True),
        "half-cheetah-velocity-promp": cheetah(half, speed_up_to(3), tracking, False, horizon=100),
        "half-cheetah-velocity-deleu": cheetah(half, speed_up_to(2), tracking, True),
        "half-cheetah-velocity-maml": cheetah(lab, speed_up_to(2), tracking, True, rllab=True),
        "half-cheetah-direction": cheetah(half, either, running, True),
        "half-cheetah-direction-promp": cheetah(half, either, running, False, horizon=100),
        "half-cheetah-direction-maml": cheetah(lab, either, running, True, rllab=True),
        "half-cheetah-disabled-joint": cheetah(
            lab, lambda random: {"joint": int(random.integers(6))}, lambda speed, t: speed, True, rllab=True,
            horizon=1000),
        "ant-velocity": ant_running(ant_lab, velocity, "rllab", 0.2, 0.5e-2, 0.05, True),
        "ant-forward-backward-maml": ant_running(ant_lab, sign, "rllab", 0.2, 0.5e-2, 0.05, True),
        "ant-forward-backward": ant_running(ant, sign, "plain", 0.2, 0.5, 1.0, False),
        "ant-forward-backward-promp": ant_running(ant, sign, "contacts", 0.0, 0.5, 1.0, False),
        "ant-direction": ant_running(ant, direction, "plain", 0.2, 0.5, 1.0, False),
        "ant-goal": ant_goal(ant),
        "ant-ring": ant_ring(robots["ant-weak"]),
        "ant-ring-sparse": ant_ring(robots["ant-weak"]),
        "humanoid-direction": humanoid(robots["humanoid"]),
        "hopper-random-parameters": random_parameters(robots["hopper"], "hopper"),
        "walker-random-parameters": random_parameters(robots["walker"], "walker"),
    }


def play(definition, random, steps, spread):
    robot = definition.robot
    task = definition.task(random)
    if hasattr(definition, "prepare"):
        definition.prepare(task)
    qpos, qvel = robot.draw(random, spread)
    robot.start(qpos, qvel)
    record = {
        "task": task, "positions": qpos.tolist(), "velocities": qvel.tolist(), "actions": [], "states": [],
        "observations": [definition.observe(robot).tolist()], "dense": [], "sparse": [], "terminated": [],
    }
    for _ in range(steps):
        # The package's actions are single precision; everything after that is double.
        action = random.uniform(-1, 1, robot.model.nu).astype(np.float32).astype(np.float64)
        before = definition.before(robot)
        taken = enabled(task, action)
        robot.act(taken)
        dense, sparse, terminated = definition.judge(robot, task, taken, before)
        record["actions"].append(action.tolist())
        record["states"].append(np.concatenate([robot.data.qpos, robot.data.qvel]).tolist())
        record["observations"].append(definition.observe(robot).tolist())
        record["dense"].append(float(dense))
        record["sparse"].append(float(sparse))
        record["terminated"].append(bool(terminated))
        if terminated:
            break
    return record


def gymnasium_trace(name, random, steps=200):
    """An episode of an environment of Gymnasium itself, by its own step function."""
    environment = gymnasium.make(name).unwrapped
    environment.reset(seed=0)
    model = environment.model
    qpos = environment.init_qpos + random.uniform(-0.1, 0.1, model.nq)
    qvel = environment.init_qvel + 0.1 * random.normal(size=model.nv)
    environment.data.qacc_warmstart[:] = 0
    mujoco.mj_resetData(model, environment.data)
    environment.set_state(qpos, qvel)
    trace = {"positions": qpos.tolist(), "velocities": qvel.tolist(), "actions": [], "states": []}
    for _ in range(steps):
        action = random.uniform(-1, 1, model.nu).astype(np.float32).astype(np.float64)
        environment.step(action)
        trace["actions"].append(action.tolist())
        trace["states"].append(np.concatenate([environment.data.qpos, environment.data.qvel]).tolist())
    return trace


FIELDS = """qpos0 body_pos body_quat body_ipos body_iquat body_mass body_inertia body_invweight0 jnt_type jnt_pos jnt_axis
jnt_range jnt_stiffness jnt_margin jnt_solref jnt_solimp qpos_spring dof_armature dof_damping dof_invweight0 geom_type
geom_condim geom_contype geom_conaffinity geom_size geom_pos geom_quat geom_friction geom_margin geom_solref geom_solimp
actuator_gear actuator_ctrlrange""".split()


def fields(model):
    values = {name: np.array(getattr(model, name), dtype=float).flatten().tolist() for name in FIELDS}
    for name in ("timestep", "integrator", "solver", "iterations"):
        values["opt." + name] = [float(getattr(model.opt, name))]
    return values


def main(path):
    robots = {name: make() for name, make in ROBOTS.items()}
    result = {
        "version": mujoco.mj_version(),
        "models": {name: fields(robot.model) for name, robot in robots.items()},
        "gymnasium": {
            family: gymnasium_trace(name, np.random.default_rng(7))
            for family, name in (("half-cheetah-velocity", "HalfCheetah-v5"), ("ant-goal", "Ant-v5"))
        },
        "families": {},
    }
    for number, (name, definition) in enumerate(families(robots).items()):
        random = np.random.default_rng(number)
        # Whole episodes, then single steps from states far from any start.
        episodes = [play(definition, random, definition.horizon, 1.0) for _ in range(3)]
        episodes += [play(definition, random, 1, spread) for spread in (3.0, 10.0) for _ in range(25)]
        result["families"][name] = episodes
    with open(path, "w") as out:
        json.dump(result, out)
    print(f"{len(result['families'])} families with MuJoCo {mujoco.__version__}, Gymnasium {gymnasium.__version__}")


if __name__ == "__main__":
    main(sys.argv[1])
