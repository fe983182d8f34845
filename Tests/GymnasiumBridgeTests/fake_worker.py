"""A worker without Gymnasium, for tests: it speaks the protocol, and breaks it in the way that its name says.

NAME is walk, echo or choices, then faults: walk.hang-30 hangs in step 30 of every process. A fault that a file named by
FAKE_FAULT_ONCE guards happens while that file is there, and removes it, unless the name has "again" in it.
"""

import json
import os
import struct
import sys
import time

name, *faults = sys.argv[1].split(".")
faults = dict(fault.split("-") if "-" in fault else (fault, "0") for fault in faults)
channel = os.dup(0)
total = 0
lanes = {}
size = 3 if name == "echo" else 2


def read(count):
    data = b""
    while len(data) < count:
        part = os.read(channel, count - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def send(kind, data):
    data = struct.pack("<cI", kind, len(data)) + data
    while data:
        data = data[os.write(channel, data):]


def due(fault):
    """Whether it is time for a fault."""
    if fault not in faults or total < int(faults[fault]):
        return False
    once = os.environ.get("FAKE_FAULT_ONCE")
    if once is None:
        return True
    if not os.path.exists(once):
        return False
    if "again" not in faults:
        os.remove(once)
    return True


def single(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def hello():
    print("this is printed where frames might be")
    if "greeting" in faults:
        return b"[]"
    horizon = 20
    if "changing" in faults and not os.path.exists(os.environ["FAKE_FAULT_ONCE"]):
        horizon = 21
    kind = "discrete" if name == "choices" else "continuous"
    units = {"low": [0.0, 0.5], "high": [4.0, 0.5], "areWhole": "whole" in faults} if "units" in faults else {}
    if "short" in faults:
        units["low"] = [0.0]
    if "units" in faults and name == "choices":
        units = {"first": 1}
    return json.dumps({
        "protocol": 2 if "protocol" in faults else 1, "observationSize": size,
        "action": {"kind": kind, "size": size, "scale": 1.0, **units}, "horizon": horizon,
        "taskCounts": {"train": 7 if "few" in faults else None, "validation": None, "test": None},
        "tasksAreSeeds": False, "descriptorSize": 2, "testTasksAreTrainingTasks": False, "episodesAreNumbered": False,
        "episodesPerLifetime": "3" if "words" in faults else 3, "reportedReward": "sparse" if name == "echo" else "dense", "summary": "A walk.",
        "source": "a test", "version": 1, "randomReturn": None, "oracleReturn": None,
        "software": [["python", "3"], ["walk", "1.0"]],
    }).encode()


def reset(asked):
    values = []
    for slot, (split, index, task_seed), seed in zip(asked["slots"], asked["tasks"], asked["seeds"]):
        if "keeps" in faults and slot in lanes:
            seed = lanes[slot]["seed"]
        start = [single(seed % 1000 / 1000), single(seed // 1000 % 1000 / 1000)]
        lanes[slot] = {"x": start, "goal": single(task_seed % 1000 / 1000), "seed": seed, "steps": 0, "index": index}
        values += [0.0] * 3 if name == "echo" else start
    return struct.pack(f"<{len(values)}f", *values)


def step(data):
    global total
    (count,) = struct.unpack_from("<I", data)
    slots = struct.unpack_from(f"<{count}I", data, 4)
    actions = data[4 + 4 * count:]
    total += 1
    if due("die"):
        print("this is my last word", flush=True)
        os._exit(7)
    if due("hang"):
        time.sleep(3600)
    if due("garbage"):
        os.write(channel, b"hello, world, this is not a frame")
    if due("stray"):
        send(b"r", b"")
    if due("raise"):
        send(b"e", b"ValueError: no such thing\n(my_environment.py, line 3)")
        return None
    bad = [lanes[slot] for slot in slots if "tasks" in faults and lanes[slot]["index"] > 1]
    if bad:
        # The message names the first lane.
        time.sleep(bad[0]["seed"] % 10 / 100)
        send(b"e", f"task {bad[0]['index']} with seed {bad[0]['seed']}".encode())
        return None
    if due("slow"):
        for _ in range(8):
            time.sleep(0.1)
            send(b"w", b"")
    observations, rewards, sparse, terminated, succeeded = b"", [], [], [], []
    for row, slot in enumerate(slots):
        lane = lanes[slot]
        lane["steps"] += 1
        if name == "echo":
            observations += actions[12 * row:12 * row + 12]
            rewards.append(0.0)
            sparse.append(1.0)
        else:
            if name == "choices":
                (choice,) = struct.unpack_from("<i", actions, 4 * row)
                move = [1.0 if choice == 0 else 0.0, 1.0 if choice == 1 else 0.0]
            else:
                move = [min(max(number, -1.0), 1.0) for number in struct.unpack_from("<2f", actions, 8 * row)]
            noise = time.time() % 1 / 1000 if "random" in faults else 0
            lane["x"] = [single(x + single(0.1 * m)) + noise for x, m in zip(lane["x"], move)]
            if "touch" in faults and len(slots) > 1:
                lane["x"][0] = single(lane["x"][0] + 0.001)
            observations += struct.pack("<2f", *lane["x"])
            reward = single(lane["goal"] - lane["x"][0])
            rewards.append(float("nan") if due("nan") else reward)
            sparse.append(2 * reward)
        terminated.append(lane["x"][0] > 1 and name != "echo")
        succeeded.append(2 if name == "echo" else lane["x"][0] > 0.9)
    if due("unseen"):
        observations = struct.pack("<f", float("inf")) + observations[4:]
    if due("shape"):
        observations += b"\0\0\0\0"
    return observations + struct.pack(f"<{2 * count}f", *rewards, *sparse) + bytes(terminated) + bytes(succeeded)


while True:
    kind, length = struct.unpack("<cI", read(5))
    data = read(length)
    if kind == b"h":
        reply = hello()
    elif kind == b"d":
        reply = json.dumps([[task[2] / 2**31, task[1]] for task in json.loads(data)["tasks"]]).encode()
    elif kind == b"r":
        reply = reset(json.loads(data))
    else:
        reply = step(data)
    if reply is not None:
        send(kind, reply)
