"""Writes every golden file: python run.py [family ...]."""
import importlib
import sys
import time

FAMILIES = ['elementwise', 'promotion', 'creation', 'reductions', 'shaping', 'linear', 'convolution', 'indexing', 'laxlevel', 'networks', 'specials', 'randomness',
            'halves', 'derivatives', 'edges', 'batching', 'control', 'models']

if __name__ == '__main__':
  total = 0
  for name in sys.argv[1:] or FAMILIES:
    start = time.time()
    count = importlib.import_module(name).build().write()
    total += count
    print(f'{name}: {count} cases, {time.time() - start:.1f} s', flush=True)
  print(f'{total} cases')
