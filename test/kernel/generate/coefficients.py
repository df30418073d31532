"""Fits the polynomials of src/kernel/math and writes coefficients.ts: near-minimax, each coefficient rounded with those after it fitted anew.

python -m venv .venv && .venv/bin/pip install mpmath && .venv/bin/python coefficients.py
"""
import struct
import sys
from pathlib import Path

from mpmath import matrix, mp, mpf

mp.dps = 60
TARGET = Path(__file__).resolve().parents[3] / 'src/kernel/math/coefficients.ts'
LN2 = mp.log(2)
NODES = 160


def single(x):
  return mpf(struct.unpack('f', struct.pack('f', float(x)))[0])


def double(x):
  return mpf(float(x))


def solve(f, weight, powers, xs):
  """Lawson's iteration: least squares whose weights grow where the error is large come to the smallest largest error."""
  n = len(powers)
  rows = [[weight[i] * x**p for p in powers] for i, x in enumerate(xs)]
  goal = [weight[i] * f[i] for i in range(len(xs))]
  w = [mpf(1) / len(xs)] * len(xs)
  best, least = None, None
  for _ in range(14):
    a, b = matrix(n, n), matrix(n, 1)
    for row, g, v in zip(rows, goal, w):
      for j in range(n):
        t = v * row[j]
        b[j] += t * g
        for k in range(j + 1):
          a[j, k] += t * row[k]
    for j in range(n):
      for k in range(j):
        a[k, j] = a[j, k]
    c = mp.lu_solve(a, b)
    error = [abs(mp.fdot(row, c) - g) for row, g in zip(rows, goal)]
    worst = max(error)
    if least is None or worst < least:
      best, least = c, worst
    w = [v * e for v, e in zip(w, error)]
    total = mp.fsum(w)
    if total == 0:
      break
    w = [v / total for v in w]
  return list(best), least


def fit(f, low, high, terms, rounded, weight=lambda x: mpf(1), anew=None):
  """`terms` coefficients of a polynomial in x near f on low..high, of least weighted error; lowest power first."""
  low, high = mpf(low), mpf(high)
  # nodes denser at the ends, where the error of a good fit turns fastest, and never at a singular middle
  xs = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (i + mpf(1) / 2) / NODES) for i in range(NODES)]
  values, weights = [f(x) for x in xs], [weight(x) for x in xs]
  done = []
  for p in range(terms):
    if anew is not None and p >= anew:
      done += [rounded(x) for x in c[1:]]
      break
    c, error = solve(values, weights, range(p, terms), xs)
    done.append(rounded(c[0]))
    values = [v - done[-1] * x**p for v, x in zip(values, xs)]
  sizes = [abs(v * w) if anew is None else abs(w * (f(x) - mp.polyval(done[::-1], x))) for v, w, x in zip(values, weights, xs)]
  return done, max(sizes)


def split(x, bits, last):
  """x as parts of so many bits each, and a last part of full width."""
  parts, rest = [], mpf(x)
  for n in bits:
    exponent = mp.floor(mp.log(abs(rest), 2))
    unit = mpf(2) ** (exponent - n + 1)
    part = mp.nint(rest / unit) * unit
    parts.append(part)
    rest -= part
  return parts + [last(rest)]


def tail_exp(x):
  return (mp.expm1(x) - x) / x**2


def tail_log(x):
  return (mp.log1p(x) - x + x**2 / 2) / x**3


def root(f):
  """A function of z = x² from a function of x."""
  return lambda z: f(mp.sqrt(z))


def families(width):
  r = single if width == 'f32' else double
  pick = (lambda a, b: a) if width == 'f32' else (lambda a, b: b)
  anew = pick(None, 3)
  half = LN2 / 2 * mpf('1.001')
  quarter = (mp.pi / 4) * mpf('1.001')
  right = (mp.pi / 2) * mpf('1.001')
  out = {}

  def add(name, f, low, high, terms, weight=lambda x: mpf(1)):
    c, e = fit(f, low, high, terms, r, weight, anew)
    out[name] = c
    print(f'{width} {name:12} {terms:3} terms, weighted error 2^{float(mp.log(e, 2)):.1f}', file=sys.stderr)

  # e^x = 1 + x + x²·exp(x); the error relative to expm1
  add('exp', tail_exp, -half, half, pick(5, 10), lambda x: x**2 / mp.expm1(x))
  # x·coth x = 1 + x²·coth(x²)
  add('coth', root(lambda x: (x * mp.coth(x) - 1) / x**2), 0, half**2 / 4, pick(2, 5), root(lambda x: x * mp.tanh(x)))
  # sinh x = x + x³·sinh(x²), cosh x = 1 + x²·cosh(x²)
  add('sinh', root(lambda x: (mp.sinh(x) - x) / x**3), 0, half**2, pick(2, 5), root(lambda x: x**3 / mp.sinh(x)))
  add('cosh', root(lambda x: (mp.cosh(x) - 1) / x**2), 0, half**2, pick(3, 6), root(lambda x: x**2 / mp.cosh(x)))
  # log(1 + x) = x - x²/2 + x³·log(x)
  if width == 'f32':
    add('log', tail_log, mp.sqrt(mpf(1) / 2) - 1, mp.sqrt(mpf(2)) - 1, 8, lambda x: x**3 / mp.log1p(x))
  # log((1 + s)/(1 - s)) = 2s + s³·logRatio(s²)
  edge = (mp.sqrt(mpf(2)) - 1) / (mp.sqrt(mpf(2)) + 1) * mpf('1.0001')
  add('logRatio', root(lambda s: (2 * mp.atanh(s) - 2 * s) / s**3), 0, edge**2, pick(3, 7), root(lambda s: s**3 / (2 * mp.atanh(s))))
  # sin x = x·(1 + x²·sin(x²)) up to a right angle
  add('sin', root(lambda x: (mp.sin(x) / x - 1) / x**2), 0, right**2, pick(4, 9), root(lambda x: x**3 / mp.sin(x)))
  # tan x = x + x³·tan(x²) up to half a right angle
  add('tan', root(lambda x: (mp.tan(x) - x) / x**3), 0, quarter**2, pick(7, 15), root(lambda x: x**3 / mp.tan(x)))
  # atan x = x + x³·atan(x²) up to 1
  add('atan', root(lambda x: (mp.atan(x) - x) / x**3), 0, 1, pick(9, 21), root(lambda x: x**3 / mp.atan(x)))
  # asin x = x + x³·asin(x²) up to 1/2
  add('asin', root(lambda x: (mp.asin(x) - x) / x**3), 0, mpf('0.2501'), pick(5, 13), root(lambda x: x**3 / mp.asin(x)))
  # ∛y between 1/√8 and √8: a first guess
  add('cbrt', lambda y: y**(mpf(1) / 3), mpf(8)**-0.5, mpf(8)**0.5, 5, lambda y: y**-(mpf(1) / 3))
  # erf x = x + x·erf(x²) up to 1
  add('erf', root(lambda x: mp.erf(x) / x - 1), 0, 1, pick(7, 13), root(lambda x: x / mp.erf(x)))
  # erf x = 1 - e^-erfTail(x) from 1 on, until it rounds to 1
  if width == 'f32':
    add('erfTail', lambda x: -mp.log(mp.erfc(x)), 1, mpf('3.95'), 7, lambda x: mp.erfc(x) / mp.erf(x))
  # erfc x = e^-x²·erfc(t)/(1 + 2x) with t = (x - 3)/(x + 3), from 1/2 until it underflows
  def scaled(t):
    x = 3 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)
  end = pick(mpf('10.1'), mpf('27.3'))
  add('erfc', scaled, mpf(-2.5) / mpf(3.5), (end - 3) / (end + 3), pick(11, 23), lambda t: 1 / scaled(t))
  splits = pick(
    {'ln2': split(LN2, [15], r), 'halfLn2': split(LN2 / 2, [15], r), 'pi': split(mp.pi, [11, 11, 11], r), 'halfPi': split(mp.pi / 2, [11, 11, 11], r), 'piTwice': split(mp.pi, [24], r), 'halfPiTwice': split(mp.pi / 2, [24], r)},
    {'ln2': split(LN2, [41], r), 'halfLn2': split(LN2 / 2, [41], r), 'pi': split(mp.pi, [31, 31, 31], r), 'halfPi': split(mp.pi / 2, [31, 31, 31], r), 'piTwice': split(mp.pi, [53], r), 'halfPiTwice': split(mp.pi / 2, [53], r)})
  for name, parts in splits.items():
    out[name] = parts
  return out


def number(x, width):
  value = float(x)
  return repr(value).replace('e-0', 'e-') if width == 'f64' else repr(value)


def main():
  lines = ['/** The coefficients of the elementary functions, lowest power first, and constants in parts: written by test/kernel/generate/coefficients.py. */', '']
  for width in ('f32', 'f64'):
    lines.append(f'export const {width} = {{')
    for name, c in families(width).items():
      text, row = [], '   '
      for x in c:
        n = number(x, width)
        if len(row) + len(n) > 130:
          text.append(row)
          row = '   '
        row += f' {n},'
      text.append(row)
      lines += [f'  {name}: ['] + text + ['  ],'] if len(text) > 1 else [f'  {name}: [{row.strip()[:-1]}],']
    lines += ['} as const', '']
  TARGET.write_text('\n'.join(lines).rstrip() + '\n')


if __name__ == '__main__':
  main()
