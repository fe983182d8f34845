"""Reads the files that Tests/Checks/Export/check has written, with the reference readers."""

import csv
import json
import pathlib
import sys
import xml.dom.minidom

import numpy
import onnx
import onnxruntime
from PIL import Image
from safetensors import safe_open

runs = pathlib.Path(sys.argv[1])


def check_safetensors(run, learner, names):
    with safe_open(runs / f"{run}.safetensors", framework="numpy") as file:
        assert set(file.keys()) == names, sorted(file.keys())
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    assert all(t.dtype == numpy.float32 and numpy.isfinite(t).all() for t in tensors.values())
    assert metadata["learner"] == learner and metadata["seed"] == "0", metadata
    assert any(setting["key"] == "innerStepSize" for setting in json.loads(metadata["settings"]))
    assert "gradient" in metadata["adaptation"]
    print(f"{run}.safetensors: {len(tensors)} tensors, {sum(t.size for t in tensors.values())} numbers")
    return tensors


def check_onnx(run, episodes, outputs, meta):
    path = runs / f"{run}-{episodes}.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    if outputs[0] == "action_mean":
        bounds = [json.loads(metadata[name]) for name in ("actionLow", "actionHigh")]
        assert all(len(bound) == model.graph.output[0].type.tensor_type.shape.dim[1].dim_value for bound in bounds)
        assert "clipped" in metadata["clipping"] and metadata["output"].startswith("gaussian"), metadata
    else:
        assert metadata["actionFirst"] == "0" and metadata["output"].startswith("categorical"), metadata
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == outputs
    expected = json.loads(pathlib.Path(f"{path}.examples.json").read_text())
    observations = numpy.array(expected["observation"], dtype=numpy.float32)
    worst = 0.0
    # The batch axis takes any length.
    for rows in (observations, observations[:1]):
        for name, value in zip(outputs, session.run(outputs, {"observation": rows})):
            due = numpy.array(expected[name], dtype=numpy.float32)
            due = due[: len(rows)] if due.ndim == 2 else due
            assert value.shape == due.shape, (name, value.shape, due.shape)
            # Numbers of 32 bits above 1 are further apart than those below.
            worst = max(worst, float((numpy.abs(value - due) / numpy.maximum(1, numpy.abs(due))).max()))
    assert worst <= 1e-6, f"{path}: off by {worst}"
    weights = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    isUnchanged = all(numpy.array_equal(weights[name], meta[name]) for name in weights)
    assert isUnchanged == (episodes < 3), f"{path}: adapted is {not isUnchanged} after {episodes} episodes"
    print(f"{path.name}: {len(observations)} observations, off by at most {worst:.2g}")


def check_acting(run, outputs, tolerance=1e-6):
    path = runs / f"{run}-2.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == outputs
    expected = json.loads(pathlib.Path(f"{path}.examples.json").read_text())
    inputs = {value.name: numpy.array(expected[value.name], dtype=numpy.float32) for value in session.get_inputs()}
    worst = 0.0
    for count in (2000, 1):
        values = session.run(outputs, {name: rows[:count] for name, rows in inputs.items()})
        for name, value in zip(outputs, values):
            due = numpy.array(expected[name], dtype=numpy.float32)
            due = due[: len(value)] if due.ndim == 2 else due
            assert value.shape == due.shape, (name, value.shape, due.shape)
            worst = max(worst, float((numpy.abs(value - due) / numpy.maximum(1, numpy.abs(due))).max()))
        if "agent_action" in expected:
            acted = numpy.array(expected["agent_action"][:count])
            if outputs[0] == "action_values":
                best = values[0].argmax(axis=1)
                gap = values[0].max(axis=1) - values[0][numpy.arange(count), acted]
                assert (gap <= 1e-5).all() and (best == acted).mean() > 0.99, run
            else:
                worst = max(worst, float(numpy.abs(values[0] - acted.reshape(values[0].shape)).max()))
    assert worst <= tolerance, f"{path}: off by {worst}"
    # New policies do next to nothing; what is compared has to be more than the tolerance.
    largest = float(numpy.abs(numpy.array(expected[outputs[0]])).max())
    assert largest > 1e4 * worst, f"{path}: off by {worst}, and the largest output is {largest}"
    assert ("agent_action" in expected) == ("z" not in inputs), run
    with safe_open(runs / f"{run}.safetensors", framework="numpy") as file:
        assert len(file.keys()) > 0 and "adaptation" in file.metadata(), run
    print(f"{path.name}: {', '.join(inputs)} to {', '.join(outputs)}, off by at most {worst:.2g}")


def check_lifetime(run):
    """One step after the other, each from the state that the one before gave."""
    path = runs / f"{run}.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    expected = json.loads(pathlib.Path(f"{path}.examples.json").read_text())
    parts = [value for value in session.get_inputs() if value.name.startswith("past.")]
    names = [value.name for value in session.get_inputs() if not value.name.startswith("past.")]
    outputs = [value.name for value in session.get_outputs()]
    head = outputs[0]
    assert all(f"{name}: " in metadata["input"] for name in names), metadata["input"]
    assert all(f"{part.name}: " in metadata["state"] for part in parts) and parts, metadata["state"]
    due = numpy.array(expected[head], dtype=numpy.float32)
    assert expected["episode"][-1] == 5, "the lifetime is not whole"
    if "action_log_deviation" in outputs:
        constant = session.run(["action_log_deviation"], inputs_at(expected, names, 0, 1) | birth(parts, 1))[0]
        assert numpy.abs(constant - numpy.array(expected["action_log_deviation"])).max() <= 1e-6
    worst, forgetful = 0.0, 0.0
    # The batch axis takes any length.
    state = birth(parts, 3)
    for step in range(len(due)):
        if "lasts for an episode" in metadata["state"] and expected["episode"][step] != expected["episode"][step - 1]:
            state = birth(parts, 3)
        inputs = inputs_at(expected, names, step, 3)
        values = dict(zip(outputs, session.run(outputs, inputs | state)))
        assert values[head].shape == (3, due.shape[1])
        worst = max(worst, float((numpy.abs(values[head] - due[step]) / numpy.maximum(1, numpy.abs(due[step]))).max()))
        again = session.run([head], inputs | birth(parts, 3))[0]
        forgetful = max(forgetful, float(numpy.abs(again - due[step]).max()))
        state = {part.name: values[part.name.replace("past", "present")] for part in parts}
    assert worst <= 1e-5, f"{path}: off by {worst}"
    assert forgetful > 100 * worst, f"{path}: off by {worst}, and without a state by {forgetful}"
    print(
        f"{path.name}: {len(due)} steps of {', '.join(names)} to {head} with {len(parts)} parts of a state, off by at most "
        f"{worst:.2g}; without the state, {forgetful:.2g}"
    )


def inputs_at(expected, names, step, batch):
    return {name: numpy.array([expected[name][step]] * batch, dtype=numpy.float32) for name in names}


def birth(parts, batch):
    """Zeros; axes of any length but the first are empty."""
    lengths = [[length if isinstance(length, int) else 0 for length in part.shape[1:]] for part in parts]
    return {part.name: numpy.zeros([batch] + rest, dtype=numpy.float32) for part, rest in zip(parts, lengths)}


def check_tables(run):
    for name in ("episodes", "train"):
        with open(runs / f"{run}-tables" / f"{name}.csv", newline="") as file:
            table = list(csv.DictReader(file))
        rows = [json.loads(line) for line in (runs / run / f"{name}.jsonl").read_text().splitlines()]
        assert len(table) == len(rows) > 0
        for cells, row in zip(table, rows):
            flat = {key: value for key, value in row.items() if not isinstance(value, dict)}
            flat |= {f"metrics.{key}": value for key, value in row.get("metrics", {}).items()}
            for key, value in flat.items():
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    assert float(cells[key]) == value, (name, key)
                else:
                    due = {None: "", True: "true", False: "false"}.get(value, value)
                    assert cells[key] == due, (name, key)
        print(f"{run}-tables/{name}.csv: {len(table)} rows")


def check_pictures(run):
    directory = runs / f"{run}-pictures"
    xml.dom.minidom.parse(str(directory / "task-1.svg"))
    still = Image.open(directory / "task-1.png")
    still.load()
    frames = sorted((directory / "task-1-frames").glob("*.png"))
    movie = Image.open(directory / "task-1.gif")
    assert movie.n_frames == len(frames) > 1, (movie.n_frames, len(frames))
    assert movie.info["loop"] == 0
    assert (2 * movie.width, 2 * movie.height) == still.size
    for number, path in enumerate(frames):
        movie.seek(number)
        frame = Image.open(path).convert("RGB").resize(movie.size, Image.Resampling.BOX)
        difference = numpy.abs(numpy.asarray(frame, int) - numpy.asarray(movie.convert("RGB"), int))
        assert difference.mean() < 1.5, f"{path}: the GIF's frame is off by {difference.mean()} on average"
    assert numpy.array_equal(numpy.asarray(Image.open(frames[-1])), numpy.asarray(still))
    print(f"{run}-pictures: {movie.n_frames} frames of {movie.width} by {movie.height}")


layers = {f"layer{layer}.{part}" for layer in (1, 2, 3) for part in ("weights", "bias")}
vectors = check_safetensors("vectors", "maml", layers | {"logDeviation"})
choices = check_safetensors("choices", "promp", layers | {f"stepSize.{name}" for name in layers})
for episodes in (0, 4, 6):
    check_onnx("vectors", episodes, ["action_mean", "action_log_deviation"], vectors)
    check_onnx("choices", episodes, ["action_logits"], choices)
check_acting("sac", ["action"])
check_acting("dqn", ["action_values"])
check_acting("dueling", ["action_values"])
check_acting("pearl", ["action", "z_mean", "z_deviation"])
# Predictions are the sum of many products of numbers above 1.
check_acting("sine", ["action"], tolerance=1e-5)
for run in (
    "gru", "lstm", "generated", "modulated", "transformer", "window", "trmrl", "snail", "varibad", "varibad-vectors",
    "recurrent-values",
):
    check_lifetime(run)
for run in ("vectors", "choices"):
    check_tables(run)
with open(runs / "bandit-tables" / "train.csv", newline="") as file:
    assert list(csv.reader(file)) == [["learner", "family", "seed", "iteration", "environmentSteps"]]
for run in ("vectors", "choices", "bandit"):
    check_pictures(run)
