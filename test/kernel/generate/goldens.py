"""Writes values of the elementary functions at random f64 arguments, to 40 digits' worth: the nearest f64 number, and what is left in its last place.

python goldens.py [points per function] [file]
"""
import json
import math
import random
import sys
from pathlib import Path

from mpmath import mp, mpf

mp.prec = 400
TARGET = Path(__file__).resolve().parents[1] / 'golden/math.json'


def exponents(low, high):
  """Numbers of every size between 2^low and 2^high, of both signs."""
  return lambda r: r.choice((-1, 1)) * r.uniform(1, 2) * 2.0**r.uniform(low, high)


def between(low, high):
  return lambda r: r.uniform(low, high)


def near(points, low, high):
  """Numbers at distances from 2^low to 2^high of some points."""
  return lambda r: r.choice(points) + exponents(low, high)(r)


def mixed(*makers):
  return lambda r: r.choice(makers)(r)


def positive(f):
  return lambda r: abs(f(r))


def logistic(x):
  return 1 / (1 + mp.exp(-x)) if x > -1000 else mp.exp(x)


def cbrt(x):
  return mp.sign(x) * mp.cbrt(abs(x))


def power(x, y):
  return x**y


UNARY = {
  'exp': (mp.exp, mixed(between(-745, 709.7), exponents(-60, 3))),
  'expm1': (mp.expm1, mixed(between(-40, 709.7), exponents(-60, 3), exponents(-3, 1))),
  'logistic': (logistic, mixed(between(-745, 40), exponents(-60, 4))),
  'sinh': (mp.sinh, mixed(between(-710, 710), exponents(-60, 3), exponents(-3, 2))),
  'cosh': (mp.cosh, mixed(between(-710, 710), exponents(-30, 3), exponents(-3, 2))),
  'tanh': (mp.tanh, mixed(exponents(-60, 5), exponents(-3, 2))),
  'log': (mp.log, positive(mixed(exponents(-1074, 1023), near([1], -50, -1), between(0.5, 2)))),
  'log1p': (mp.log1p, lambda r: max(-0.9999999999, mixed(exponents(-60, 4), between(-0.9999, 3), positive(exponents(-10, 1000)))(r))),
  'asinh': (mp.asinh, mixed(exponents(-60, 100), exponents(-4, 4), exponents(100, 1000))),
  'acosh': (mp.acosh, mixed(lambda r: 1 + abs(exponents(-50, 4)(r)), between(1, 4), positive(exponents(1, 1000)))),
  'atanh': (mp.atanh, mixed(exponents(-60, -1), between(-1, 1), lambda r: 1 - 2.0**r.uniform(-50, -1))),
  'sin': (mp.sin, mixed(exponents(-40, 20), between(-10, 10), near([math.pi * n for n in (1, 2, 3, 100, 12345)], -30, -1), exponents(20, 22))),
  'cos': (mp.cos, mixed(exponents(-20, 20), between(-10, 10), near([math.pi * (n + 0.5) for n in (0, 1, 2, 100, 12345)], -30, -1))),
  'tan': (mp.tan, mixed(exponents(-40, 20), between(-10, 10), near([math.pi / 2 * n for n in (1, 2, 3, 100, 12345)], -30, -1))),
  'asin': (mp.asin, mixed(exponents(-40, -1), between(-1, 1), lambda r: 1 - 2.0**r.uniform(-50, -1))),
  'acos': (mp.acos, mixed(exponents(-40, -1), between(-1, 1), lambda r: 1 - 2.0**r.uniform(-50, -1))),
  'atan': (mp.atan, mixed(exponents(-40, 60), between(-4, 4))),
  'cbrt': (cbrt, exponents(-1074, 1023)),
  'rsqrt': (lambda x: 1 / mp.sqrt(x), positive(exponents(-1074, 1023))),
  'erf': (mp.erf, mixed(exponents(-60, 2), between(-6, 6))),
  'erfc': (mp.erfc, mixed(exponents(-40, 1), between(-2, 26.5))),
}


def towards(r):
  """x and y of all sizes for which x^y is a number."""
  x = abs(mixed(exponents(-1074, 1023), between(0.5, 2), near([1], -40, -2))(r)) or 1.0
  size = abs(math.log2(x)) or 1e-300
  return x, r.choice((-1, 1)) * min(1e300, 2.0**r.uniform(-3, math.log2(1060)) / size)


BINARY = {
  'atan2': (mp.atan2, lambda r: (mixed(exponents(-100, 100), between(-2, 2))(r), mixed(exponents(-100, 100), between(-2, 2))(r))),
  'pow': (power, mixed(towards, lambda r: (r.uniform(0.1, 30), float(r.randint(-40, 40))))),
}


def row(f, xs):
  exact = f(*[mpf(x) for x in xs])
  value = float(exact)
  if not math.isfinite(value) or value == 0:
    return None
  unit = math.ulp(value)
  return [*xs, value, round(float((exact - mpf(value)) / mpf(unit)), 3)]


def main():
  count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
  target = Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET
  out = {}
  for name, (f, make) in {**UNARY, **BINARY}.items():
    r, rows = random.Random(name), []
    while len(rows) < count:
      xs = make(r)
      made = row(f, xs if isinstance(xs, tuple) else (xs,))
      if made:
        rows.append(made)
    out[name] = rows
  target.parent.mkdir(exist_ok=True)
  target.write_text('{\n' + ',\n'.join(f'"{name}": {json.dumps(rows, separators=(",", ":"))}' for name, rows in out.items()) + '\n}\n')


if __name__ == '__main__':
  main()
