"""Makes the golden tables of the reference scalar functions, and the coefficient tables inside them.

    pip install mpmath scipy
    python make_golden.py                    writes special.json and elementary.json beside this file
    python make_golden.py tables             prints the Chebyshev and zeta coefficients used by the sources
    python make_golden.py math values.json   measures Math.* of an engine, in ulps

Every expected value is the double nearest to a result computed with 80 digits by mpmath; scipy.special is an
independent second opinion, and a point on which the two disagree stops the script.
"""
import json
import math
import os
import random
import sys

import mpmath as m
from mpmath import mpf

m.mp.dps = 80
HERE = os.path.dirname(os.path.abspath(__file__))


# ---------------------------------------------------------------- coefficients

def chebyshev(f, count, samples=60):
    """c_0 is halved already, so that f = sum c_k T_k."""
    nodes = [m.cos(m.pi * (k + mpf(1) / 2) / samples) for k in range(samples)]
    values = [f(x) for x in nodes]
    out = [2 / mpf(samples) * sum(v * m.cos(m.pi * j * (k + mpf(1) / 2) / samples) for k, v in enumerate(values))
           for j in range(count)]
    out[0] /= 2
    return out


def inverse_erf(x):
    """Newton's iteration on the complementary side, where nothing cancels."""
    x = mpf(x)
    if x == 0:
        return mpf(0)
    q = 1 - abs(x)
    w = -m.log(q * (1 + abs(x)))
    y = m.sqrt(w) if w < 3 else m.sqrt(w - m.log(m.sqrt(m.pi * w)))
    for _ in range(200):
        step = (m.erfc(y) - q) * m.sqrt(m.pi) / 2 * m.exp(y * y)
        y += step
        if abs(step) < mpf(10) ** (-m.mp.dps + 8) * y:
            break
    return y if x > 0 else -y


def inverse_erf_ratio(w):
    """erfInv(x)/x as a function of w = -log(1 - x^2)."""
    if w == 0:
        return m.sqrt(m.pi) / 2
    x = m.sqrt(-m.expm1(-w))
    return inverse_erf(x) / x


def on(a, b, f):
    return lambda t: f(mpf(a) + (mpf(b) - mpf(a)) * (t + 1) / 2)


def scaled_erfc(t):
    x = mpf(15) / 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * m.exp(x * x) * m.erfc(x)


def tables():
    rows = {
        'scaledErfc': chebyshev(scaled_erfc, 26),
        'inverseCentre': chebyshev(on(0, 5, inverse_erf_ratio), 23),
        'inverseFlank': chebyshev(on('2.2', 4, lambda s: inverse_erf_ratio(s * s)), 27),
        'inverseTail': chebyshev(on(4, '6.1', lambda s: inverse_erf_ratio(s * s)), 20),
        'zetaMinusOne': [m.zeta(k) - 1 for k in range(2, 32)],
    }
    for name, row in rows.items():
        print(f'const {name}: readonly number[] = [')
        for i in range(0, len(row), 5):
            print('  ' + ', '.join(repr(float(v)) for v in row[i:i + 5]) + ',')
        print(']\n')


# ---------------------------------------------------------------- goldens

def span(a, b, n):
    return [a + (b - a) * i / (n - 1) for i in range(n)]


def decades(a, b, n):
    return [10 ** e for e in span(a, b, n)]


def both(xs):
    return [s * x for x in xs for s in (1, -1)]


INF, NAN = math.inf, math.nan
FEW = both([0.0, 5e-324, 1e-310, 1e-20, 1e-8, 1e-3, 0.5, 1.0, 2.0, 3.0, 10.0])


def lgamma(x):
    return m.log(abs(m.gamma(x))) if abs(x) < 1e4 else m.re(m.loggamma(x))


def polygamma(n):
    return lambda x: m.digamma(x) if n == 0 else m.polygamma(n, x)


def special():
    r = random.Random(1)
    gamma_points = (span(0.01, 12, 80) + decades(-20, 0, 25) + decades(1, 300, 40) + [1 + d for d in both(decades(-15, -2, 12))]
                    + [2 + d for d in both(decades(-15, -2, 12))] + [-x for x in decades(-20, -1, 12)]
                    + [r.uniform(-30, 0) for _ in range(80)] + [r.uniform(-200, -20) for _ in range(40)] + [-0.5, -1.5, -19.5, -20.5, -21.25]
                    + [-k + d for k in (1, 2, 5, 19, 20, 25, 100) for d in (1e-9, -1e-9, 1e-5, -1e-5)])
    zeros = [float(m.findroot(m.digamma, z)) for z in (1.46, -0.504, -1.573, -2.61, -3.635, -10.7)]
    lgamma_zeros = [float(m.findroot(lgamma, z)) for z in (-2.457, -2.747, -3.143, -3.955, -4.039, -4.991)]
    around = lambda z: [z, math.nextafter(z, 9), math.nextafter(z, -99), z + 1e-6, z - 1e-6]
    poly_points = span(0.01, 14, 40) + decades(-20, 0, 10) + decades(1, 60, 15) + [r.uniform(-30, 0) for _ in range(50)] \
        + [r.uniform(-1000, -20) for _ in range(20)] + [-k + d for k in (0, 1, 5, 50) for d in (1e-6, -1e-6)]
    sheet = {
        'erf': (m.erf, FEW + span(-6.5, 6.5, 131) + both(decades(-15, 1, 20)) + [0.9999999999999999, 1.0000000000000002]),
        'erfc': (m.erfc, FEW + span(-6, 27.2, 230) + both(decades(-15, 1, 15)) + [26.5, 26.54, 26.6, 27, 27.2, 28, 40]),
        'erfInv': (inverse_erf, both([0.0] + span(0.001, 0.999, 130) + decades(-20, -1, 15) + [1 - d for d in decades(-15.9, -1, 50)]
                                     + [0.5, 0.25, 1 - 2 ** -53, math.sqrt(1 - math.exp(-5)), 0.9999999, 0.99999988])),
        'lgamma': (lgamma, gamma_points + [p for z in lgamma_zeros for p in around(z)] + [1.0, 2.0, 2.5e305]),
        'digamma': (m.digamma, gamma_points + [p for z in zeros for p in around(z)] + [1.0, 2.0]),
        **{f'polygamma{n}': (polygamma(n), poly_points) for n in (1, 2, 3, 4)},
        **{f'polygamma{n}': (polygamma(n), span(0.1, 40, 12) + [-0.3, -1.5, -7.7, -30.1]) for n in (7, 12, 20)},
        'logistic': (lambda x: 1 / (1 + m.exp(-x)), FEW + span(-744, 744, 60) + span(-40, 40, 81) + both(decades(-20, 0, 8))),
        'logAddExp': (lambda x, y: m.log(m.exp(x) + m.exp(y)),
                      [(r.uniform(-50, 50), r.uniform(-50, 50)) for _ in range(60)] + [(1e3, 1e3), (-1e3, -1e3), (1e300, 1.0), (-700.0, -701.5), (0.0, -40.0), (3.0, 3.0)]),
    }
    return {name: rows(name, f, points) for name, (f, points) in sheet.items()}


def elementary():
    r = random.Random(2)
    wide = lambda n: [r.choice((1, -1)) * 10 ** r.uniform(-300, 300) for _ in range(n)]
    ratio = lambda x, y: m.power(x, y)
    sheet = {
        'exp': (m.exp, FEW + span(-700, 709, 60)),
        'expm1': (m.expm1, FEW + span(-40, 40, 40) + both(decades(-18, 0, 20))),
        'log': (m.log, [abs(x) for x in wide(40)] + span(0.5, 2, 40)),
        'log1p': (m.log1p, span(-0.999, 3, 50) + both(decades(-18, -0.1, 20)) + decades(1, 300, 10)),
        'sin': (m.sin, FEW + span(-12, 12, 50) + decades(2, 20, 10)),
        'cos': (m.cos, FEW + span(-12, 12, 50) + decades(2, 20, 10)),
        'tan': (m.tan, FEW + span(-12, 12, 50) + decades(2, 20, 10)),
        'asin': (m.asin, span(-1, 1, 50)), 'acos': (m.acos, span(-1, 1, 50)), 'atan': (m.atan, both(decades(-8, 8, 30))),
        'sinh': (m.sinh, FEW + span(-700, 700, 30) + both(decades(-10, 1, 20))),
        'cosh': (m.cosh, FEW + span(-700, 700, 30) + both(decades(-10, 1, 20))),
        'tanh': (m.tanh, FEW + span(-22, 22, 60) + both(decades(-10, 0, 20))),
        'asinh': (m.asinh, FEW + both(decades(-10, 300, 40)) + span(-3, 3, 20)),
        'acosh': (m.acosh, [1.0] + [1 + d for d in decades(-12, 1, 30)] + decades(1, 300, 10)),
        'atanh': (m.atanh, span(-0.999, 0.999, 60) + both(decades(-18, -0.1, 15))),
        'cbrt': (lambda x: m.sign(x) * m.cbrt(abs(x)), FEW + wide(40)),
        'rsqrt': (lambda x: 1 / m.sqrt(x), [abs(x) for x in wide(40)] + span(0.1, 4, 20)),
        'pow': (ratio, [(10 ** r.uniform(-5, 5), r.uniform(-60, 60)) for _ in range(100)]
                + [(1 + 10 ** r.uniform(-8, -2), 10 ** r.uniform(0, 4)) for _ in range(40)]),
        'powInteger': (ratio, [(float(b), float(n)) for b in (-20, -7, -3, 2, 3, 5, 6, 10, 19) for n in (-45, -9, -3, -2, 2, 3, 7, 15, 16, 22, 33, 61)]
                       + [(r.uniform(-5, 5), float(r.randint(-300, 300))) for _ in range(150)]
                       + [(1 + r.uniform(-.3, .3), float(r.randint(300, 1024))) for _ in range(30)]),
    }
    return {name: rows(name, f, points) for name, (f, points) in sheet.items()}


def second_opinion(name, args, value):
    import scipy.special as s
    rate = {'erf': s.erf, 'erfc': s.erfc, 'erfInv': s.erfinv, 'lgamma': s.gammaln, 'digamma': s.digamma, 'logistic': s.expit}.get(name)
    if rate is None and name.startswith('polygamma') and args[0] > 0:
        rate = lambda x: s.polygamma(int(name[9:]), x)
    if rate is None or (name == 'erfInv' and abs(args[0]) < 1e-300):
        return
    if args[0] < 0 and abs(args[0] - round(args[0])) < 1e-3 and name not in ('erf', 'erfc', 'erfInv', 'logistic'):
        return  # scipy loses digits at the poles
    other = float(rate(*args))
    if math.isfinite(other) and abs(value) > 1e-300:
        assert abs(other - value) <= 1e-9 * abs(value) + 1e-11, (name, args, value, other)


def rows(name, f, points):
    out, seen = [], set()
    for p in points:
        args = tuple(float(a) for a in (p if isinstance(p, tuple) else (p,)))
        if args in seen and args != (0.0,):
            continue
        seen.add(args)
        exact = f(*(mpf(a) for a in args))
        value = float(exact) if exact != 0 or args[0] != 0 else (args[0] if name not in ('log',) else 0.0)
        second_opinion(name, args, value)
        out.append([text(v) for v in (*args, value)])
    return out


def text(v):
    return v if math.isfinite(v) else 'NaN' if v != v else 'Infinity' if v > 0 else '-Infinity'


def write(name, table):
    body = ',\n'.join(json.dumps(k) + ':' + json.dumps(v, separators=(',', ':'), allow_nan=False) for k, v in table.items())
    with open(os.path.join(HERE, name), 'w') as out:
        out.write('{\n' + body + '\n}\n')
    print(name, sum(len(v) for v in table.values()), 'points', os.path.getsize(os.path.join(HERE, name)), 'bytes')


def measure(path):
    """values.json: {"exp": [[x, Math.exp(x)], ...], ...}; prints the largest error in units in the last place."""
    with open(path) as source:
        data = json.load(source, parse_int=float)
    f = {'cbrt': lambda x: m.sign(x) * m.cbrt(abs(x)), 'pow': m.power, 'log2': lambda x: m.log(x) / m.log(2)}
    for name, points in data.items():
        worst = 0
        for *args, got in points:
            exact = f.get(name, getattr(m, name, None))(*map(mpf, args))
            worst = max(worst, float(abs(mpf(float(got)) - exact) / math.ulp(float(exact))))
        print(f'{name:8s} {worst:.3f} ulp over {len(points)} points')


if __name__ == '__main__':
    if sys.argv[1:2] == ['tables']:
        tables()
    elif sys.argv[1:2] == ['math']:
        measure(sys.argv[2])
    else:
        write('special.json', special())
        write('elementary.json', elementary())
