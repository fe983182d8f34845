#!/usr/bin/env python3
"""Three updates of PEARL with a value network, in JAX and double precision: what SoftActorCriticUpdate is compared with.

Written from the paper and its authors' code, not from ours. It needs jax; it is run when the reference is to be made anew:

    python reference.py > reference.json
"""
import json

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp

OBS, ACT, Z, TASKS, ROWS, CTX = 2, 2, 3, 3, 5, 4
SCALE, DISCOUNT, KL, TAU, LR, REG = 10.0, 0.9, 0.3, 0.05, 3e-3, 1e-3
rng = np.random.default_rng(7)


def net(sizes):
    return [(rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b) * 0.1) for a, b in zip(sizes, sizes[1:])]


def mlp(layers, x):
    for w, b in layers[:-1]:
        x = jnp.maximum(x @ w + b, 0)
    return x @ layers[-1][0] + layers[-1][1]


def infer(encoder, context, noise):
    out = mlp(encoder, context)
    variance = jnp.maximum(jnp.logaddexp(out[..., Z:], 0), 1e-7)
    posterior_variance = 1 / (1 / variance).sum(1)
    mean = posterior_variance * (out[..., :Z] / variance).sum(1)
    kl = 0.5 * (posterior_variance + mean**2 - 1 - jnp.log(posterior_variance)).sum()
    return mean + jnp.sqrt(posterior_variance) * noise, kl


def act(actor, obs, z, noise):
    out = mlp(actor, jnp.concatenate([obs, z], -1))
    mean, log_std = out[:, :ACT], jnp.clip(out[:, ACT:], -20, 2)
    u = mean + jnp.exp(log_std) * noise
    normal = -0.5 * noise**2 - log_std - 0.5 * np.log(2 * np.pi)
    return jnp.tanh(u), (normal - 2 * (np.log(2) - u - jnp.logaddexp(-2 * u, 0))).sum(-1), mean, log_std


def adam(params, grads, memory, names):
    for name in names:
        m, v = memory[name]
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads[name])
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads[name])
        memory[name] = (m, v)
        t = memory["t"]
        params[name] = jax.tree.map(
            lambda p, m, v: p - LR * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), params[name], m, v)


def update(params, target, memory, data):
    memory["t"] += 1
    obs, action, reward, after, context, noise_z, noise_a, goes_on = data
    repeat = lambda z: jnp.repeat(z, ROWS, 0)
    q = lambda layers, a, z: mlp(layers, jnp.concatenate([obs, a, z], -1))[:, 0]

    def critic_loss(p):
        z, kl = infer(p["encoder"], context, noise_z)
        z = repeat(z)
        value = mlp(target, jnp.concatenate([after, jax.lax.stop_gradient(z)], -1))[:, 0]
        y = SCALE * reward + DISCOUNT * goes_on * value
        error = ((q(p["critic1"], action, z) - y) ** 2).mean() + ((q(p["critic2"], action, z) - y) ** 2).mean()
        return error + KL * kl, (z, error, kl)

    part = {n: params[n] for n in ("encoder", "critic1", "critic2")}
    (_, (z, error, kl)), grads = jax.value_and_grad(critic_loss, has_aux=True)(part)
    z = jax.lax.stop_gradient(z)
    adam(params, grads, memory, ["encoder", "critic1", "critic2"])

    def policy_loss(actor):
        a, log_pi, mean, log_std = act(actor, obs, z, noise_a)
        lesser = jnp.minimum(q(params["critic1"], a, z), q(params["critic2"], a, z))
        return (log_pi - lesser).mean() + REG * (mean**2).mean() + REG * (log_std**2).mean(), lesser - log_pi

    (loss, value_target), actor_grads = jax.value_and_grad(policy_loss, has_aux=True)(params["actor"])
    value_loss = lambda v: ((mlp(v, jnp.concatenate([obs, z], -1))[:, 0] - value_target) ** 2).mean()
    value, value_grads = jax.value_and_grad(value_loss)(params["value"])
    adam(params, {"actor": actor_grads, "value": value_grads}, memory, ["actor", "value"])
    target = jax.tree.map(lambda t, v: (1 - TAU) * t + TAU * v, target, params["value"])
    return target, [float(error), float(KL * kl), float(value), float(loss)]


def named(name, layers):
    return {
        f"{name}.layer{i + 1}.{kind}": np.asarray(x).ravel().tolist()
        for i, layer in enumerate(layers) for kind, x in zip(("weights", "bias"), layer)
    }


params = {
    "actor": net([OBS + Z, 8, 8, 2 * ACT]), "critic1": net([OBS + ACT + Z, 8, 8, 1]),
    "critic2": net([OBS + ACT + Z, 8, 8, 1]), "value": net([OBS + Z, 8, 8, 1]),
    "encoder": net([OBS + ACT + 1, 6, 6, 2 * Z]),
}
target = net([OBS + Z, 8, 8, 1])
rows = TASKS * ROWS
data = (
    rng.normal(size=(rows, OBS)), np.tanh(rng.normal(size=(rows, ACT))), rng.normal(size=rows),
    rng.normal(size=(rows, OBS)), rng.normal(size=(TASKS, CTX, OBS + ACT + 1)), rng.normal(size=(TASKS, Z)),
    rng.normal(size=(rows, ACT)), (rng.uniform(size=rows) < 0.7).astype(float),
)
start = {k: v for n in params for k, v in named(n, params[n]).items()}
start_target = named("value", target)
memory = {n: (jax.tree.map(np.zeros_like, params[n]), jax.tree.map(np.zeros_like, params[n])) for n in params}
memory["t"] = 0
reports = []
for _ in range(3):
    target, report = update(params, target, memory, data)
    reports.append(report)
keys = ["observations", "actions", "rewards", "nextObservations", "context", "latentNoise", "actionNoise", "continues"]
print(json.dumps({
    "data": {k: np.asarray(x).ravel().tolist() for k, x in zip(keys, data)}, "theta": start, "target": start_target,
    "reports": reports, "thetaAfter": {k: v for n in params for k, v in named(n, params[n]).items()},
    "targetAfter": named("value", target),
}))
