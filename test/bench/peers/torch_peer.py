"""PyTorch: eager, torch.compile, torch.func. With --how reference every number is computed in f64 from the same inputs."""
import math
import warnings

import numpy as np
import torch
import torch.nn.functional as F
from torch.func import grad, hessian, vmap

from common import inputs, one_hot, options, run_work

warnings.filterwarnings("ignore")
given = options()
torch.set_num_threads(given.threads)
reference = given.how == "reference"
draw = inputs(given.size)
compiled = [] if reference else ["torch.compile"]


def tensor(x, dtype=None):
    """f64 arrays stay f64 unless told; a reference is computed in f64 of what the others are given in f32."""
    t = torch.from_numpy(np.ascontiguousarray(x))
    t = t.float() if dtype == "f32" else t
    return t.double() if reference and t.is_floating_point() else t


def each(f, tree):
    if isinstance(tree, dict):
        return {k: each(f, v) for k, v in tree.items()}
    return [each(f, v) for v in tree] if isinstance(tree, list) else f(tree)


def leaves(tree):
    below = tree.values() if isinstance(tree, dict) else tree
    return [x for v in below for x in (leaves(v) if isinstance(v, (dict, list)) else [v])]


def parameters(tree, dtype=None):
    return each(lambda x: tensor(x.copy(), dtype).requires_grad_(True), tree)


def absolute(x):
    return x.detach().double().abs().sum()


def gradient_checks(loss, named):
    value = loss()
    grads = torch.autograd.grad(value, list(named.values()))
    return dict(loss=value.detach(), **{f"gabs_{name}": absolute(g) for name, g in zip(named, grads)})


def training(loss, optimizer):
    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value.item()
    return step


def W1():
    forms = dict(AB=lambda a, b: a @ b, AtB=lambda a, b: a.T @ b, ABt=lambda a, b: a @ b.T)
    for of in draw.W1:
        d = of()
        a, b = tensor(d.a), tensor(d.b)
        for form, product in forms.items():
            def checks(product=product):
                c = product(a, b)
                return dict(sum=c.double().sum(), c00=c[0, 0], clast=c[-1, -1])
            yield dict(variant="eager", metric="matmul", params=dict(N=d.N, form=form), unit="GFLOP/s", work=2 * d.N**3 / 1e9, short=d.N <= 256, ms=600,
                       run=lambda product=product: product(a, b), checks=checks)


def W2():
    x = tensor(draw.W2())

    def chain(x):
        return (torch.tanh(1.3 * x + 0.1) * torch.sigmoid(x) + torch.exp(-x * x)).sum()

    def both(f):
        at = x.detach().requires_grad_(True)
        value = f(at)
        value.backward()
        return value.detach(), at.grad

    def checks(f):
        value, g = both(f)
        return dict(loss=value, gsum=g.double().sum(), gabs=absolute(g))
    for variant in ["eager", *compiled]:
        f = chain if variant == "eager" else torch.compile(chain)
        yield dict(variant=variant, metric="value_and_grad", unit="ms", compiles=True, run=lambda: both(f)[0].item(), checks=lambda: checks(f))
    for variant in ["eager", *compiled]:
        f = chain if variant == "eager" else torch.compile(chain)

        def value():
            with torch.no_grad():
                return f(x).item()
        yield dict(variant=variant, metric="value", unit="ms", compiles=True, run=value, checks=lambda: dict(loss=value()))


def scores(layers, x):
    for layer in layers[:-1]:
        x = F.relu(x @ layer["w"] + layer["b"])
    return x @ layers[-1]["w"] + layers[-1]["b"]


def perceptron(d, variant):
    layers, x, y = parameters(d.layers), tensor(d.x), tensor(d.y)
    adam = torch.optim.Adam(leaves(layers), lr=d.learning_rate, betas=(0.9, 0.999), eps=1e-8, fused=True if "fused" in variant else None)

    def loss():
        return F.cross_entropy(scores(layers, x), y)
    return training(torch.compile(loss) if "compile" in variant else loss, adam)


def W3():
    d = draw.W3()
    still, x, y = parameters(d.layers), tensor(d.x), tensor(d.y)
    named = dict(W1=still[0]["w"], W2=still[1]["w"], W3=still[2]["w"], b1=still[0]["b"])
    for variant in ["eager", *(["eager, fused Adam", "torch.compile, fused Adam"] if compiled else [])]:
        yield dict(variant=variant, metric="train_step", unit="steps/s", trains=True, compiles=True, run=perceptron(d, variant),
                   checks=lambda: gradient_checks(lambda: F.cross_entropy(scores(still, x), y), named))


def W12():
    yield dict(variant="eager", metric="rss_growth", unit="MiB", steps=2000, run=perceptron(draw.W3(), "eager"))


def W4():
    d = draw.W4()
    x, y = tensor(d.x), tensor(d.y)

    def network(p):
        h = F.max_pool2d(F.relu(F.conv2d(x, p["k1"], p["b1"], padding=1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, p["k2"], p["b2"], padding=1)), 2)
        return F.cross_entropy(h.reshape(d.batch, -1) @ p["w"] + p["b"], y)
    still = parameters(d.params)
    for variant in ["eager", *compiled]:
        p = parameters(d.params)

        def loss(p=p):
            return network(p)
        sgd = torch.optim.SGD(leaves(p), lr=d.learning_rate, momentum=d.momentum)
        yield dict(variant=variant, metric="train_step", unit="steps/s", trains=True, compiles=True,
                   run=training(torch.compile(loss) if variant in compiled else loss, sgd),
                   checks=lambda: gradient_checks(lambda: network(still), {n: still[n] for n in ("k1", "b1", "k2", "w")}))


def W5():
    d = draw.W5()
    tokens, targets = tensor(d.inputs), tensor(d.targets)
    mask = torch.triu(torch.full((d.T, d.T), -1e9, dtype=torch.float64 if reference else torch.float32), 1)

    def norm(x, g, b):
        return F.layer_norm(x, (d.D,), g, b, 1e-5)

    def network(p, variant):
        x = p["wte"][tokens] + p["wpe"]
        for q in p["layers"]:
            h = norm(x, q["g1"], q["h1"])
            qs, ks, vs = (h @ q["wqkv"] + q["bqkv"]).reshape(d.B, d.T, 3, d.H, d.D // d.H).permute(2, 0, 3, 1, 4)
            if "attention" in variant:
                o = F.scaled_dot_product_attention(qs, ks, vs, is_causal=True)
            else:
                o = torch.softmax(qs @ ks.transpose(-1, -2) / math.sqrt(d.D // d.H) + mask, -1) @ vs
            x = x + o.transpose(1, 2).reshape(d.B, d.T, d.D) @ q["wo"] + q["bo"]
            h = norm(x, q["g2"], q["h2"])
            x = x + F.gelu(h @ q["wi"] + q["bi"], approximate="tanh") @ q["wp"] + q["bp"]
        return F.cross_entropy((norm(x, p["gf"], p["hf"]) @ p["head"]).reshape(d.B * d.T, -1), targets.reshape(-1))
    still = parameters(d.params)
    named = dict(wte=still["wte"], Wqkv0=still["layers"][0]["wqkv"], head=still["head"])
    for variant in ["eager", *(["eager, scaled_dot_product_attention", "torch.compile"] if compiled else [])]:
        p = parameters(d.params)

        def loss(p=p, variant=variant):
            return network(p, variant)
        yield dict(variant=variant, metric="train_step", unit="tokens/s", work=d.B * d.T, trains=True, compiles=True, ms=4000,
                   run=training(torch.compile(loss) if variant in compiled else loss, torch.optim.SGD(leaves(p), lr=d.learning_rate)),
                   checks=lambda: gradient_checks(lambda: network(still, "eager"), named))


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def W6():
    for of in draw.W6:
        d = of()
        for dtype in ("f64", "f32"):
            x = tensor(d.x, dtype)

            def both(f):
                at = x.detach().requires_grad_(True)
                value = f(at)
                value.backward()
                return value.detach(), at.grad

            def checks(f):
                value, g = both(f)
                return dict(loss=value, gabs=absolute(g), g0=g[0])
            for variant in ["eager", *compiled]:
                f = rosenbrock if variant == "eager" else torch.compile(rosenbrock)
                yield dict(variant=variant, metric="rosenbrock_vg", params=dict(n=d.n, dtype=dtype), unit="evals/s", short=True, ms=1000, compiles=True,
                           run=lambda: both(f)[0].item(), checks=lambda: checks(f))


def wave(x):
    return torch.tanh(x) * torch.exp(torch.sin(x))


def W7():
    d = draw.W7()
    for dtype in ("f64", "f32"):
        x = tensor(d.x, dtype)
        ways = {"eager func.hessian": hessian(rosenbrock), "eager autograd.functional": lambda x: torch.autograd.functional.hessian(rosenbrock, x)}
        if compiled:
            ways["torch.compile(hessian)"] = torch.compile(hessian(rosenbrock))
        for variant, h in ways.items():
            def checks(h=h):
                m = h(x)
                return dict(hsum=m.double().sum(), habs=absolute(m), h00=m[0, 0], h01=m[0, 1])
            yield dict(variant=variant, metric="hessian", params=dict(n=d.n, dtype=dtype), unit="Hessians/s", compiles=True, run=lambda h=h: h(x), checks=checks)
    x0 = torch.tensor(d.x0, dtype=torch.float64)
    for k in d.orders:
        nested = wave
        for _ in range(k):
            nested = grad(nested)

        def tape():
            x = x0.detach().requires_grad_(True)
            y = wave(x)
            for i in range(k):
                (y,) = torch.autograd.grad(y, x, create_graph=i < k - 1)
            return y.item()
        for variant, f in {"eager func.grad^k": lambda: nested(x0).item(), "eager autograd.grad^k": tape}.items():
            yield dict(variant=variant, metric="derivative", params=dict(k=k, dtype="f64"), unit="ms", short=True, ms=300, run=f, checks=lambda: dict(value=f()))


def W8():
    d = draw.W8()
    layers, x, y = each(tensor, d.layers), tensor(d.x), tensor(one_hot(d.y, 10))
    n = d.layers[0]["w"].size

    def loss(layers, x, y):
        return -(F.log_softmax(scores(layers, x), -1) * y).sum()
    per_example = vmap(grad(loss), in_dims=(None, 0, 0))
    taped = parameters(d.layers)

    def loop(_layers, x, y):
        rows = [torch.autograd.grad(loss(taped, x[i], y[i]), leaves(taped)) for i in range(d.batch)]
        w1, b1, w2, b2 = (torch.stack(column) for column in zip(*rows))
        return [dict(w=w1, b=b1), dict(w=w2, b=b2)]
    ways = {"eager vmap(grad)": per_example}
    if compiled:
        ways.update({"torch.compile(vmap(grad))": torch.compile(per_example), "eager loop": loop})
    for variant, f in ways.items():
        def checks():
            g1, g2 = f(layers, x, y)
            return dict(gabs_W1=absolute(g1["w"]), gabs_W2=absolute(g2["w"]), gabs_b1=absolute(g1["b"]), gabs_b2=absolute(g2["b"]),
                        w1_example5=absolute(g1["w"].reshape(-1)[5 * n:6 * n]))
        yield dict(variant=variant, metric="per_example_grads", unit="ms", compiles=True, run=lambda: f(layers, x, y), checks=checks)


def W9():
    d = draw.W9()
    for dtype in ("f64", "f32"):
        params, x, place = {k: tensor(v, dtype) for k, v in d.params.items()}, tensor(d.x, dtype), tensor(d.place, dtype)

        def objective(alphas, means, log_diagonal, lower):
            factor = (lower @ place).reshape(d.K, d.D, d.D)
            centred = x[None] - means[:, None]
            diagonal = torch.exp(log_diagonal)
            z = diagonal[:, None] * centred + centred @ factor.transpose(1, 2)
            each = (alphas + log_diagonal.sum(1))[:, None] - 0.5 * (z * z).sum(2)
            likelihood = torch.logsumexp(each, 0).sum() - d.N * torch.logsumexp(alphas, 0)
            spread = 0.5 * d.gamma**2 * ((diagonal**2).sum() + (lower**2).sum())
            return likelihood + d.constant + spread - d.m * log_diagonal.sum()

        def both(f):
            at = [v.detach().requires_grad_(True) for v in params.values()]
            value = f(*at)
            return value, torch.autograd.grad(value, at)

        def checks(f):
            value, grads = both(f)
            return dict(loss=value.detach(), **{f"gabs_{name}": absolute(g) for name, g in zip(params, grads)})
        for variant in ["eager", *compiled]:
            f = objective if variant == "eager" else torch.compile(objective)

            def value():
                with torch.no_grad():
                    return f(*params.values()).item()
            at = dict(params=dict(N=d.N, dtype=dtype), unit="ms", compiles=True)
            yield dict(variant=variant, metric="objective", run=value, checks=lambda: dict(loss=value()), **at)
            yield dict(variant=variant, metric="gradient", run=lambda: both(f)[0].item(), checks=lambda: checks(f), **at)


def W10():
    d = draw.W10()
    x = tensor(d.x)
    cell = parameters(d.params)

    def unrolled():
        h, c, total = x.new_zeros(d.B, d.H), x.new_zeros(d.B, d.H), 0.0
        for row in x:
            i, f, g, o = (row @ cell["wx"] + h @ cell["wh"] + cell["b"]).split(d.H, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            total = total + (h * h).mean()
        return total / d.T
    module = torch.nn.LSTM(d.I, d.H).to(x.dtype)
    with torch.no_grad():
        module.weight_ih_l0.copy_(tensor(d.params["wx"]).T)
        module.weight_hh_l0.copy_(tensor(d.params["wh"]).T)
        module.bias_ih_l0.zero_()
        module.bias_hh_l0.zero_()
    built_in = dict(Wx=module.weight_ih_l0, Wh=module.weight_hh_l0, b=module.bias_ih_l0)
    by_hand = dict(Wx=cell["wx"], Wh=cell["wh"], b=cell["b"])
    ways = {"eager, unrolled": (unrolled, by_hand), "eager, nn.LSTM (built in)": (lambda: (module(x)[0] ** 2).mean(), built_in)}
    for variant, (loss, named) in ways.items():
        def both():
            value = loss()
            torch.autograd.grad(value, list(named.values()))
            return value.item()
        yield dict(variant=variant, metric="value_and_grad", unit="ms", run=both, checks=lambda: gradient_checks(loss, named))


run_work(given, {name: f for name, f in globals().items() if name[0] == "W" and name[1:].isdigit()}, torch.__version__)
