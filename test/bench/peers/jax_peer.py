"""JAX on the CPU: jit of everything, eager where that is of interest."""
import os
import sys

if "--threads" in sys.argv and sys.argv[sys.argv.index("--threads") + 1] == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from jax import grad, hessian, jit, lax, nn, value_and_grad, vmap
from jax.experimental.jet import jet

from common import absolute, inputs, one_hot, options, run_work, total

given = options()
draw = inputs(given.size)
jax.config.update("jax_enable_x64", given.work in ("W6", "W7", "W9"))


def arrays(tree):
    return jax.tree.map(jnp.asarray, tree)


def wait(x):
    return jax.block_until_ready(x)


def cross_entropy(logits, y):
    return -jnp.mean(jnp.take_along_axis(nn.log_softmax(logits), y[:, None], -1))


def W1():
    forms = dict(AB=lambda a, b: a @ b, AtB=lambda a, b: a.T @ b, ABt=lambda a, b: a @ b.T)
    for of in draw.W1:
        d = of()
        a, b = arrays((d.a, d.b))
        for form, product in forms.items():
            f = jit(product)

            def checks():
                c = f(a, b)
                return dict(sum=total(c), c00=c[0, 0], clast=c[-1, -1])
            yield dict(variant="jit", metric="matmul", params=dict(N=d.N, form=form), unit="GFLOP/s", work=2 * d.N**3 / 1e9, short=d.N <= 256, ms=600,
                       run=lambda: wait(f(a, b)), checks=checks)


def W2():
    x = arrays(draw.W2())

    def chain(x):
        return jnp.sum(jnp.tanh(1.3 * x + 0.1) * nn.sigmoid(x) + jnp.exp(-x * x))
    for variant, vg in {"jit": jit(value_and_grad(chain)), "eager": value_and_grad(chain)}.items():
        def checks():
            value, g = vg(x)
            return dict(loss=value, gsum=total(g), gabs=absolute(g))
        yield dict(variant=variant, metric="value_and_grad", unit="ms", run=lambda: wait(vg(x)), checks=checks)
    for variant, f in {"jit": jit(chain), "eager": chain}.items():
        yield dict(variant=variant, metric="value", unit="ms", run=lambda: float(f(x)), checks=lambda: dict(loss=f(x)))


def scores(layers, x):
    for layer in layers[:-1]:
        x = nn.relu(x @ layer["w"] + layer["b"])
    return x @ layers[-1]["w"] + layers[-1]["b"]


def perceptron(d, compiled):
    x, y = arrays((d.x, d.y))
    layers = arrays(d.layers)
    state = [layers, jax.tree.map(jnp.zeros_like, layers), jax.tree.map(jnp.zeros_like, layers), jnp.zeros(())]

    def step(p, m, v, t):
        value, g = value_and_grad(lambda p: cross_entropy(scores(p, x), y))(p)
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        c1, c2 = 1 - 0.9**t, 1 - 0.999**t
        p = jax.tree.map(lambda p, m, v: p - d.learning_rate * (m / c1) / (jnp.sqrt(v / c2) + 1e-8), p, m, v)
        return value, p, m, v, t
    f = jit(step, donate_argnums=(0, 1, 2, 3)) if compiled else step

    def run():
        nonlocal state
        value, *state = f(*state)
        wait(state)
        return float(value)
    return run


def W3():
    d = draw.W3()
    x, y, layers = arrays((d.x, d.y, d.layers))

    def checks():
        value, (g1, g2, g3) = jit(value_and_grad(lambda p: cross_entropy(scores(p, x), y)))(layers)
        return dict(loss=value, gabs_W1=absolute(g1["w"]), gabs_W2=absolute(g2["w"]), gabs_W3=absolute(g3["w"]), gabs_b1=absolute(g1["b"]))
    for variant in ("jit", "eager"):
        yield dict(variant=variant, metric="train_step", unit="steps/s", trains=True, run=perceptron(d, variant == "jit"), checks=checks)


def W12():
    yield dict(variant="jit", metric="rss_growth", unit="MiB", steps=2000, run=perceptron(draw.W3(), True))


def W4():
    d = draw.W4()
    x, y, still = arrays((d.x, d.y, d.params))

    def pool(h):
        return lax.reduce_window(h, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(p):
        h = pool(nn.relu(lax.conv_general_dilated(x, p["k1"], (1, 1), "SAME") + p["b1"][:, None, None]))
        h = pool(nn.relu(lax.conv_general_dilated(h, p["k2"], (1, 1), "SAME") + p["b2"][:, None, None]))
        return cross_entropy(h.reshape(d.batch, -1) @ p["w"] + p["b"], y)

    def step(p, v):
        value, g = value_and_grad(loss)(p)
        v = jax.tree.map(lambda v, g: d.momentum * v + g, v, g)
        return value, jax.tree.map(lambda p, v: p - d.learning_rate * v, p, v), v
    f, state = jit(step), (still, jax.tree.map(jnp.zeros_like, still))

    def run():
        nonlocal state
        value, *state = f(*state)
        wait(state)
        return float(value)

    def checks():
        value, g = jit(value_and_grad(loss))(still)
        return dict(loss=value, **{f"gabs_{n}": absolute(g[n]) for n in ("k1", "b1", "k2", "w")})
    yield dict(variant="jit", metric="train_step", unit="steps/s", trains=True, run=run, checks=checks)


def W5():
    d = draw.W5()
    tokens, targets, still = arrays((d.inputs, d.targets, d.params))
    mask = jnp.triu(jnp.full((d.T, d.T), -1e9, jnp.float32), 1)

    def norm(x, g, b):
        c = x - jnp.mean(x, -1, keepdims=True)
        return c * lax.rsqrt(jnp.mean(c * c, -1, keepdims=True) + 1e-5) * g + b

    def written(q, k, v):
        q, k, v = (t.swapaxes(1, 2) for t in (q, k, v))
        return (nn.softmax(q @ k.swapaxes(2, 3) / (d.D // d.H) ** 0.5 + mask) @ v).swapaxes(1, 2)

    def loss(attention, p):
        x = p["wte"][tokens] + p["wpe"]
        for q in p["layers"]:
            qkv = (norm(x, q["g1"], q["h1"]) @ q["wqkv"] + q["bqkv"]).reshape(d.B, d.T, 3, d.H, d.D // d.H)
            o = attention(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2])
            x = x + o.reshape(d.B, d.T, d.D) @ q["wo"] + q["bo"]
            x = x + nn.gelu(norm(x, q["g2"], q["h2"]) @ q["wi"] + q["bi"]) @ q["wp"] + q["bp"]
        logits = norm(x, p["gf"], p["hf"]) @ p["head"]
        return cross_entropy(logits.reshape(d.B * d.T, -1), targets.reshape(-1))
    ways = {"jit": written, "jit, nn.dot_product_attention": lambda q, k, v: nn.dot_product_attention(q, k, v, is_causal=True)}
    for variant, attention in ways.items():
        vg = value_and_grad(lambda p: loss(attention, p))

        @jit
        def step(p):
            value, g = vg(p)
            return value, jax.tree.map(lambda p, g: p - d.learning_rate * g, p, g)
        state = still

        def run():
            nonlocal state
            value, state = step(state)
            wait(state)
            return float(value)

        def checks():
            value, g = jit(vg)(still)
            return dict(loss=value, gabs_wte=absolute(g["wte"]), gabs_Wqkv0=absolute(g["layers"][0]["wqkv"]), gabs_head=absolute(g["head"]))
        yield dict(variant=variant, metric="train_step", unit="tokens/s", work=d.B * d.T, trains=True, ms=4000, run=run, checks=checks)


def rosenbrock(x):
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def W6():
    for of in draw.W6:
        d = of()
        for dtype in ("f64", "f32"):
            x = jnp.asarray(d.x, "float" + dtype[1:])
            for variant, vg in {"jit": jit(value_and_grad(rosenbrock)), "eager": value_and_grad(rosenbrock)}.items():
                def checks():
                    value, g = vg(x)
                    return dict(loss=value, gabs=absolute(g), g0=g[0])
                yield dict(variant=variant, metric="rosenbrock_vg", params=dict(n=d.n, dtype=dtype), unit="evals/s", short=True, ms=1000,
                           run=lambda: wait(vg(x)), checks=checks)


def wave(x):
    return jnp.tanh(x) * jnp.exp(jnp.sin(x))


def W7():
    d = draw.W7()
    for dtype in ("f64", "f32"):
        x = jnp.asarray(d.x, "float" + dtype[1:])
        for variant, h in {"jit": jit(hessian(rosenbrock)), "eager": hessian(rosenbrock)}.items():
            def checks():
                m = h(x)
                return dict(hsum=total(m), habs=absolute(m), h00=m[0, 0], h01=m[0, 1])
            yield dict(variant=variant, metric="hessian", params=dict(n=d.n, dtype=dtype), unit="Hessians/s", run=lambda: wait(h(x)), checks=checks)
    x0 = jnp.asarray(d.x0, "float64")
    for k in d.orders:
        nested = wave
        for _ in range(k):
            nested = grad(nested)
        series = [[x0 * 0 + (i == 0) for i in range(k)]]
        ways = {"jit grad^k": jit(nested), "eager grad^k": nested, "jit jet": jit(lambda x: jet(wave, (x,), series)[1][k - 1])}
        for variant, f in ways.items():
            if variant == "eager grad^k" and k > 4:
                continue  # half a minute at k = 6
            yield dict(variant=variant, metric="derivative", params=dict(k=k, dtype="f64"), unit="ms", short=True, ms=300,
                       run=lambda: float(f(x0)), checks=lambda: dict(value=f(x0)))


def W8():
    d = draw.W8()
    layers, x, y = arrays((d.layers, d.x, one_hot(d.y, 10)))
    n = d.layers[0]["w"].size

    def loss(layers, x, y):
        return -jnp.sum(nn.log_softmax(scores(layers, x)) * y)
    per_example = vmap(grad(loss), (None, 0, 0))
    for variant, f in {"jit vmap(grad)": jit(per_example), "eager vmap(grad)": per_example}.items():
        def checks():
            g1, g2 = f(layers, x, y)
            return dict(gabs_W1=absolute(g1["w"]), gabs_W2=absolute(g2["w"]), gabs_b1=absolute(g1["b"]), gabs_b2=absolute(g2["b"]),
                        w1_example5=absolute(g1["w"].reshape(-1)[5 * n:6 * n]))
        yield dict(variant=variant, metric="per_example_grads", unit="ms", run=lambda: wait(f(layers, x, y)), checks=checks)


def W9():
    d = draw.W9()
    for dtype in ("f64", "f32"):
        params, x, place = jax.tree.map(lambda a: jnp.asarray(a, "float" + dtype[1:]), (d.params, d.x, d.place))

        def objective(p):
            factor = (p["lower"] @ place).reshape(d.K, d.D, d.D)
            centred = x[None] - p["means"][:, None]
            diagonal = jnp.exp(p["logDiagonal"])
            z = diagonal[:, None] * centred + centred @ factor.swapaxes(1, 2)
            each = (p["alphas"] + p["logDiagonal"].sum(1))[:, None] - 0.5 * (z * z).sum(2)
            likelihood = nn.logsumexp(each, 0).sum() - d.N * nn.logsumexp(p["alphas"])
            spread = 0.5 * d.gamma**2 * ((diagonal**2).sum() + (p["lower"] ** 2).sum())
            return likelihood + d.constant + spread - d.m * p["logDiagonal"].sum()
        for variant, f, vg in (("jit", jit(objective), jit(value_and_grad(objective))), ("eager", objective, value_and_grad(objective))):
            def checks():
                value, g = vg(params)
                return dict(loss=value, **{f"gabs_{name}": absolute(v) for name, v in g.items()})
            at = dict(variant=variant, params=dict(N=d.N, dtype=dtype), unit="ms")
            yield dict(metric="objective", run=lambda: float(f(params)), checks=lambda: dict(loss=f(params)), **at)
            yield dict(metric="gradient", run=lambda: wait(vg(params)), checks=checks, **at)


def W10():
    d = draw.W10()
    cell, x = arrays((d.params, d.x))
    start = (jnp.zeros((d.B, d.H)), jnp.zeros((d.B, d.H)))

    def gates(z, c):
        i, f, g, o = jnp.split(z, 4, 1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        h = nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), jnp.mean(h * h)

    def as_written(p, x):
        return jnp.mean(lax.scan(lambda s, row: gates(row @ p["wx"] + s[0] @ p["wh"] + p["b"], s[1]), start, x)[1])

    def inputs_first(p, x):
        return jnp.mean(lax.scan(lambda s, row: gates(row + s[0] @ p["wh"], s[1]), start, x @ p["wx"] + p["b"])[1])
    for variant, loss in {"jit scan": as_written, "jit scan, input product first": inputs_first}.items():
        vg = jit(value_and_grad(loss))

        def checks():
            value, g = vg(cell, x)
            return dict(loss=value, gabs_Wx=absolute(g["wx"]), gabs_Wh=absolute(g["wh"]), gabs_b=absolute(g["b"]))
        yield dict(variant=variant, metric="value_and_grad", unit="ms", run=lambda: wait(vg(cell, x)), checks=checks)


run_work(given, {name: f for name, f in globals().items() if name[0] == "W" and name[1:].isdigit()}, jax.__version__)
