"""What the Python peers share: the inputs of data.ts, the timing of measure.ts, and lines of JSON."""
import argparse
import gc
import json
import math
import os
import platform
import time
from types import SimpleNamespace as Record

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))

SIZES = {
    "full": dict(W1=[128, 256, 512, 1024, 2048], W2=1 << 20, W3=(128, [784, 512, 512, 10]), W4=(64, 28, 16, 32), W5=(128, 4, 4, 128, 8, 96),
                 W6=[2, 100], W7=(100, 6), W8=(128, [784, 128, 10]), W9=1000, W10=(100, 32, 128, 128)),
    "small": dict(W1=[7, 32], W2=1000, W3=(8, [20, 16, 16, 10]), W4=(4, 8, 2, 3), W5=(8, 1, 2, 6, 2, 11),
                  W6=[2, 100], W7=(10, 4), W8=(6, [12, 8, 10]), W9=40, W10=(5, 2, 4, 3)),
}


def uniform(seed, n, lo, hi):
    """The generator of data.ts. 2^k states at once: s -> a s + c applied m times is s -> a^m s + c(a^m - 1)/(a - 1)."""
    mask = (1 << 32) - 1
    a, c = 1664525, 1013904223
    states = np.array([(seed * 2654435761 * a + c) & mask], np.uint64)
    while len(states) < n:
        states = np.concatenate([states, (states * np.uint64(a) + np.uint64(c)) & np.uint64(mask)])
        a, c = a * a & mask, (a * c + c) & mask
    return lo + (hi - lo) * (states[:n] / 4294967296.0)


def floats(seed, shape, lo, hi):
    return uniform(seed, math.prod(shape), lo, hi).astype(np.float32).reshape(shape)


def labels(seed, n, classes):
    return np.floor(uniform(seed, n, 0, classes)).astype(np.int64)


def dense(seed, inputs, outputs):
    bound = 1 / math.sqrt(inputs)
    return floats(seed, (inputs, outputs), -bound, bound)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def ones(*shape):
    return np.ones(shape, np.float32)


def one_hot(y, classes):
    return np.eye(classes, dtype=np.float32)[y]


def mixture(points):
    with open(os.path.join(HERE, "..", "gmm.txt")) as file:
        numbers = np.array([float(word) for word in file.read().split()])
    d, k, every = (int(v) for v in numbers[:3])
    below = d * (d - 1) // 2
    alphas, means, factors, x, prior = np.split(numbers[3:], np.cumsum([k, k * d, k * (d + below), every * d]))
    factors = factors.reshape(k, d + below)
    gamma, m = prior[0], int(prior[1])
    place = np.zeros((below, d * d))
    at = [(r, c) for c in range(d) for r in range(c + 1, d)]
    for i, (r, c) in enumerate(at):
        place[i, r * d + c] = 1
    n = d + m + 1
    log_multi_gamma = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((n - j) / 2) for j in range(d))
    constant = -points * d * 0.5 * math.log(2 * math.pi) - k * (n * d * math.log(gamma / math.sqrt(2)) - log_multi_gamma)
    return Record(D=d, K=k, N=points, gamma=gamma, m=m, constant=constant, place=place, x=x.reshape(every, d)[:points], params=dict(
        alphas=alphas, means=means.reshape(k, d), logDiagonal=factors[:, :d].copy(), lower=factors[:, d:].copy()))


def inputs(size):
    at = SIZES[size]

    def perceptron(name, seed, layer_seed):
        batch, widths = at[name]
        layers = [dict(w=dense(layer_seed + i, a, b), b=zeros(b)) for i, (a, b) in enumerate(zip(widths, widths[1:]))]
        return Record(batch=batch, x=floats(seed, (batch, widths[0]), 0, 1), y=labels(seed + 1, batch, 10), layers=layers, learning_rate=1e-3)

    def cnn():
        batch, side, c1, c2 = at["W4"]
        features = c2 * (side // 4) ** 2

        def kernel(seed, outputs, inputs):
            bound = 1 / math.sqrt(9 * inputs)
            return floats(seed, (outputs, inputs, 3, 3), -bound, bound)
        return Record(batch=batch, side=side, features=features, learning_rate=0.01, momentum=0.9, x=floats(401, (batch, 1, side, side), 0, 1),
                      y=labels(402, batch, 10), params=dict(k1=kernel(411, c1, 1), b1=zeros(c1), k2=kernel(412, c2, c1), b2=zeros(c2),
                                                            w=dense(413, features, 10), b=zeros(10)))

    def gpt():
        D, L, H, T, B, V = at["W5"]
        text = labels(501, B * (T + 1), V).reshape(B, T + 1)

        def block(s):
            return dict(g1=ones(D), h1=zeros(D), wqkv=dense(s, D, 3 * D), bqkv=zeros(3 * D), wo=dense(s + 1, D, D), bo=zeros(D),
                        g2=ones(D), h2=zeros(D), wi=dense(s + 2, D, 4 * D), bi=zeros(4 * D), wp=dense(s + 3, 4 * D, D), bp=zeros(D))
        params = dict(wte=floats(511, (V, D), -0.1, 0.1), wpe=floats(512, (T, D), -0.1, 0.1), layers=[block(520 + 10 * i) for i in range(L)],
                      gf=ones(D), hf=zeros(D), head=dense(513, D, V))
        return Record(D=D, L=L, H=H, T=T, B=B, V=V, learning_rate=0.1, inputs=text[:, :-1].copy(), targets=text[:, 1:].copy(), params=params)

    def lstm():
        T, B, H, I = at["W10"]
        return Record(T=T, B=B, H=H, I=I, x=floats(1001, (T, B, I), -1, 1),
                      params=dict(wx=dense(1002, I, 4 * H), wh=dense(1003, H, 4 * H), b=zeros(4 * H)))

    return Record(
        W1=[lambda n=n: Record(N=n, a=floats(1, (n, n), -1, 1), b=floats(2, (n, n), -1, 1)) for n in at["W1"]],
        W2=lambda: floats(3, (at["W2"],), -2, 2), W3=lambda: perceptron("W3", 301, 311), W4=cnn, W5=gpt,
        W6=[lambda n=n: Record(n=n, x=uniform(600 + n, n, -1, 1)) for n in at["W6"]],
        W7=lambda: Record(n=at["W7"][0], x=uniform(700, at["W7"][0], -1, 1), x0=0.7, orders=range(1, at["W7"][1] + 1)),
        W8=lambda: perceptron("W8", 801, 811), W9=lambda: mixture(at["W9"]), W10=lstm)


def total(x):
    return float(np.sum(np.asarray(x), dtype=np.float64))


def absolute(x):
    return float(np.sum(np.abs(np.asarray(x)), dtype=np.float64))


# ---- timing ----------------------------------------------------------------------------------------------------------


def now():
    return time.perf_counter() * 1000


def machine_busy():
    try:
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, softirq, steal = (int(v) for v in file.readline().split()[1:9])
        return (user + nice + system + irq + softirq + steal) * 10.0
    except OSError:
        return None


def watch():
    busy, own, start = machine_busy(), time.process_time(), now()

    def read():
        ms, mine, later = now() - start, (time.process_time() - own) * 1000, machine_busy()
        other = None if busy is None or later is None else round(max(0.0, later - busy - mine) / ms, 3)
        return dict(own_cpu=round(mine / ms, 3), other_cpu=other)
    return read


def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def watch_memory(case):
    for _ in range(100):
        case["run"]()
    gc.collect()
    read, start, before, done = watch(), now(), resident(), 0
    peak = before
    while done < case["steps"] and now() - start < 40_000:
        case["run"]()
        done += 1
        if done % 50 == 0:
            peak = max(peak, resident())
    ms = now() - start
    gc.collect()
    after = resident()
    return dict(value=after - before, steps=done, rss_start=before, rss_end=after, rss_peak=peak, median_ms=ms / done, **read())


def sample(case, call, first):
    budget, times, last = case.get("ms", 1500), [], first
    if first > 6000 and not case.get("compiles"):
        return [call()]
    spent, n = 0.0, 0
    while n < 2 or spent < min(1000, budget / 2):
        last = call()
        spent, n = spent + last, n + 1
        if last > 3000:
            break
    inner = max(1, math.ceil(10 / max(last, 1e-4))) if case.get("short") else 1
    start = now()
    while len(times) < 300 and (len(times) < 5 or now() - start < budget) and now() - start < 20_000:
        if inner == 1:
            times.append(call())
        else:
            begin = now()
            for _ in range(inner):
                case["run"]()
            times.append((now() - begin) / inner)
    return times


def checks_of(case, losses):
    checks = {k: float(v) for k, v in case["checks"]().items()} if "checks" in case else {}
    return {**checks, "loss_1": losses[0], "loss_11": losses[10]} if case.get("trains") else checks


def measure(case):
    losses = []

    def call():
        start = now()
        result = case["run"]()
        ms = now() - start
        if case.get("trains") and len(losses) < 11:
            losses.append(float(result))
        return ms
    first = call()
    if "steps" in case:
        return dict(first_ms=first, **watch_memory(case))
    read = watch()
    times = sample(case, call, first)
    load, median = read(), float(np.median(times))
    while case.get("trains") and len(losses) < 11:
        call()
    value = median if case["unit"] == "ms" else case.get("work", 1) / (median / 1000)
    return dict(value=value, median_ms=median, p10_ms=float(np.quantile(times, 0.1)), p90_ms=float(np.quantile(times, 0.9)), reps=len(times),
                first_ms=first, **load, checks=checks_of(case, losses))


def verify(case):
    losses = [float(case["run"]()) for _ in range(11)] if case.get("trains") else []
    return dict(checks=checks_of(case, losses))


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--size", default="full")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--how", default="measure", choices=["measure", "verify", "reference"])
    return parser.parse_args()


def run_work(given, works, version):
    def say(line):
        about = dict(version=version, threads=given.threads, runtime=f"python {platform.python_version()}")
        print(json.dumps({"peer": given.peer, "work": given.work, **line, **about}), flush=True)
    if given.work not in works:
        return say(dict(metric="none", error="this peer has no such workload"))
    seen = set()
    for case in works[given.work]():
        head = {key: case.get(key, default) for key, default in dict(variant="eager", metric=None, params={}, unit=None).items()}
        key = json.dumps([head["metric"], head["params"]])
        if given.how == "reference" and (key in seen or "checks" not in case):
            continue
        seen.add(key)
        try:
            say({**head, **(measure(case) if given.how == "measure" else verify(case))})
        except Exception as error:  # a case that fails is a line of the results, and the next is run
            say({**head, "error": repr(error)[:400]})
