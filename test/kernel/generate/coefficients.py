"""Fits the polynomials of src/kernel/math and writes coefficients.ts: near-minimax, each coefficient rounded with those after it fitted anew.

python -m venv .venv && .venv/bin/pip install mpmath numpy && .venv/bin/python coefficients.py [names of those to be fitted anew; all if none]
"""
import re
import struct
import sys
from pathlib import Path

import numpy as np
from mpmath import matrix, mp, mpf

mp.dps = 45
TARGET = Path(__file__).resolve().parents[3] / 'src/kernel/math/coefficients.ts'
LN2 = mp.log(2)
NODES = 100


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
    part = mp.floor(rest / unit) * unit
    parts.append(part)
    rest -= part
  return parts + [last(rest)]


def polish(c, odd, high, rounding):
  """Neighbours of coefficients in f32 for which x + x·z·P(z), z = x², as it is computed, comes nearest to `odd` up to `high`, and the rounding of x too if that is not made up for."""
  draw = np.random.default_rng(1)
  exact = np.concatenate([draw.uniform(0.01, high, 50000), high - np.geomspace(1e-6, 0.1, 20000)])
  r = exact.astype(np.float32)
  want = odd(exact if rounding else r.astype(np.float64))
  ulp = 2.0 ** (np.floor(np.log2(want)) - 23)

  def madd(x, y, z, fused):
    return (x.astype(np.float64) * y + z).astype(np.float32) if fused else x * y + z

  def error(c, fused):
    z, c = r * r, [np.float32(x) for x in c]
    p = np.full_like(z, c[-1])
    for k in c[-2::-1]:
      p = madd(p, z, k, fused)
    return np.max(np.abs(madd(p * r, z, r, fused).astype(np.float64) - want) / ulp)

  def score(c):
    return max(error(c, True), error(c, False))

  best = [float(x) for x in c]
  least = score(best)
  for reach in (32, 16, 8, 4, 2, 1):
    for _ in range(300):
      steps = draw.integers(-reach, reach + 1, len(best)) * 4 ** np.arange(len(best))
      moved = [float(np.float32(x) + np.float32(n) * np.spacing(np.float32(x))) for x, n in zip(best, steps)]
      worst = score(moved)
      if worst < least:
        best, least = moved, worst
  print(f'polished to {least:.3f} ulp', file=sys.stderr)
  return best


polished = {'sin': (np.sin, np.pi / 2 * 1.0003, True), 'tan': (np.tan, np.pi / 4 * 1.0003, False)}


def tail_exp(x):
  return (mp.expm1(x) - x) / x**2


def tail_log(x):
  return (mp.log1p(x) - x + x**2 / 2) / x**3


def root(f):
  """A function of z = x² from a function of x."""
  return lambda z: f(mp.sqrt(z))


def families(width, known):
  r = single if width == 'f32' else double
  pick = (lambda a, b: a) if width == 'f32' else (lambda a, b: b)
  anew = pick(None, 3)
  half = LN2 / 2 * mpf('1.001')
  quarter = (mp.pi / 4) * mpf('1.001')
  right = (mp.pi / 2) * mpf('1.001')
  out = {}

  def add(name, f, low, high, terms, weight=lambda x: mpf(1)):
    if name in known and name not in sys.argv[1:]:
      out[name] = known[name]
      return
    c, e = fit(f, low, high, terms, r, weight, anew)
    out[name] = polish(c, *polished[name]) if width == 'f32' and name in polished else c
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
  # erfc x = e^-x²·(1 + erfc(t))·1.25/(1 + 2x) with t = (x - 3)/(x + 3), from 1/2 until it underflows
  def scaled(t):
    x = 3 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x) / mpf(1.25) - 1
  end = pick(mpf('10.1'), mpf('27.3'))
  add('erfc', scaled, mpf(-2.5) / mpf(3.5), (end - 3) / (end + 3), pick(10, 23), lambda t: 1 / (1 + scaled(t)))
  if width == 'f32':
    # the inverse of erf: x + x·erfInvCentre(w) with w = -log(1 - x²) up to 5, then x + x·erfInvTail(√w - 3)
    def inverse(w):
      x = mp.sqrt(-mp.expm1(-w))
      return mp.erfinv(x) / x if w > 0 else mp.sqrt(mp.pi) / 2
    add('erfInvCentre', lambda w: inverse(w) - 1, 0, 5.01, 11, lambda w: 1 / inverse(w))
    add('erfInvTail', lambda v: inverse((v + 3)**2) - 1, -0.77, 1.0, 11, lambda v: 1 / inverse((v + 3)**2))
  else:
    # powers in f32, by f64: log((1 + s)/(1 - s)) over log 2 = s·log2(s²), and 2^x = exp2(x)
    add('log2', root(lambda s: 2 * mp.atanh(s) / s / LN2), 0, edge**2, 5)
    add('exp2', lambda x: mpf(2)**x, -0.501, 0.501, 8, lambda x: mpf(2)**-x)
    # powers in f64: 3·atanh(s)/s = 3 + s² + s⁴·atanh(s²), and the factor 2/(3·log 2) in two parts
    add('atanh', root(lambda s: (3 * mp.atanh(s) / s - 3 - s**2) / s**4), 0, edge**2, 8)
    out['thirds'] = split(2 / (3 * LN2), [26], r)
  splits = pick(
    {'ln2': split(LN2, [15], r), 'halfLn2': split(LN2 / 2, [15], r), 'pi': split(mp.pi, [11, 11, 11], r), 'halfPi': split(mp.pi / 2, [11, 11, 11], r), 'piTwice': split(mp.pi, [24], r), 'halfPiTwice': split(mp.pi / 2, [24], r)},
    {'ln2': split(LN2, [41], r), 'halfLn2': split(LN2 / 2, [41], r), 'pi': split(mp.pi, [31, 31, 31], r), 'halfPi': split(mp.pi / 2, [31, 31, 31], r), 'piTwice': split(mp.pi, [53], r), 'halfPiTwice': split(mp.pi / 2, [53], r)})
  for name, parts in splits.items():
    out[name] = parts
  return out


def number(x, width):
  value = float(x)
  return repr(value).replace('e-0', 'e-') if width == 'f64' else repr(value)


def written(width):
  """What the file holds already, when only some are asked for."""
  if len(sys.argv) == 1:
    return {}
  text = TARGET.read_text().split(f'export const {width} = {{')[1].split('} as const')[0]
  return {name: [float(x) for x in c.replace(',', ' ').split()] for name, c in re.findall(r'(\w+): \[([^\]]*)\]', text)}


def main():
  lines = ['/** The coefficients of the elementary functions, lowest power first, and constants in parts: written by test/kernel/generate/coefficients.py. */', '']
  for width in ('f32', 'f64'):
    lines.append(f'export const {width} = {{')
    for name, c in families(width, written(width)).items():
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
