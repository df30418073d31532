"""Functions of jax.scipy.special: values in both widths, at poles and zeros too, and derivatives in both directions."""
from golden import Family, f64, i32
from programs import add

INF, NAN = float('inf'), float('nan')
X = f64(-2.5, -0.5, 0.0, 0.3, 1, 2.5, 10)
UNIT = f64(0.0, 0.01, 0.3, 0.5, 0.99, 1.0)
UNARY = {'special.erf': X, 'special.erfc': X, 'special.erfinv': f64(-1, -0.5, 0, 0.3, 0.999), 'special.ndtr': X, 'special.ndtri': UNIT, 'special.gammaln': f64(0.3, 0.5, 1.5, 3, 100),
         'special.digamma': f64(0.3, 1, 2.5, 100), 'special.logit': UNIT, 'special.expit': f64(-800, -2, 0, 3, 800), 'special.entr': f64(-1, 0, 0.3, 1, 5)}
PAIRS = {'special.xlogy': (f64(0, 0, 2, -1), f64(0, 3, 5, 2)), 'special.xlog1py': (f64(0, 0, 2, -1), f64(-1, 3, 5, 2)), 'special.betaln': (f64(0.5, 1, 3, 4), f64(2, 1.5, 0.3, 6)), 'special.relEntr': (f64(0, 0.5, 2, 1), f64(1, 0.5, 3, 0))}
SMOOTH = {'special.ndtr': f64(-1, 0.5, 2), 'special.ndtri': f64(0.2, 0.5, 0.9), 'special.logit': f64(0.2, 0.5, 0.9), 'special.expit': f64(-1, 0.5, 2), 'special.entr': f64(0.2, 1, 3), 'special.gammaln': f64(0.4, 1.5, 6)}


def build():
  g = Family('specials')
  for fn, x in UNARY.items():
    g.case(fn, 'f64', [x], of='unit')
    g.case(fn, 'f32', [x.astype('float32')], of='unit', tol=5e-6)
  for fn, (x, y) in PAIRS.items():
    g.case(fn, 'f64', [x, y], of='unit')
    g.case(fn, 'f32', [x.astype('float32'), y.astype('float32')], of='unit', tol=5e-6)
  for n in (0, 1, 2, 3):
    g.case('special.polygamma', str(n), [n, f64(0.4, 1, 2.5, 10)], of='element', tol=1e-11)
  g.case('special.logsumexp', 'axis', [f64([[1, 2], [3, -INF]])], {'axis': 1})
  g.case('special.expit', 'i32', [i32(-1, 0, 2)])
  for fn, x in SMOOTH.items():
    w, v = f64(1, -0.5, 2), f64(0.7, 1, -1.3)
    add(g, 'jvp', fn, '', [[x], [v]])
    add(g, 'vjp', fn, '', [[x], w])
    add(g, 'jvp of vjp', fn, '', [[x], w, [v]])
  for fn in ('special.xlogy', 'special.xlog1py', 'special.betaln'):
    x, y = f64(0.5, 1.5, 3), f64(2, 0.7, 5)
    add(g, 'vjp', fn, '', [[x, y], f64(1, 2, 3)])
    add(g, 'jvp of vjp', fn, '', [[x, y], f64(1, 2, 3), [f64(1, -1, 2), f64(0.5, 1, 1)]])
  for fn in ('special.xlogy', 'special.xlog1py'):
    add(g, 'vjp', fn, 'at zero', [[f64(0, 0), f64(0 if fn == 'special.xlogy' else -1, 3)], f64(1, 2)])
  return g
