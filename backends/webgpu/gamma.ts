/** The gamma function's logarithm and its derivatives in WGSL: shifted to where Stirling's series holds, or to the series around 2. */

/** ζ(k) - 1 for k = 2, 3, ... */
const zetaMinusOne = Array.from({ length: 14 }, (_, i) => {
  const k = i + 2
  // the first terms, and the rest by Euler and Maclaurin
  let sum = 0
  for (let n = 2; n < 40; n++) sum += n ** -k
  return sum + 40 ** (1 - k) / (k - 1) + 40 ** -k / 2 + k * 40 ** (-k - 1) / 12
})
const number = (x: number): string => { const f = Math.fround(x); return Number.isInteger(f) ? `${f}.0` : f.toExponential(9) }
/** c[0] + c[1]·x + ... by Horner's rule. */
const horner = (x: string, c: readonly number[]): string => c.slice(0, -1).reduceRight((sum, k) => `(${number(k)} + ${x} * ${sum})`, number(c[c.length - 1]!))
const euler = 0.5772156649015329

/** By name, each with what it calls; see helpers.ts. */
export const gamma: Readonly<Record<string, { readonly text: string; readonly needs: readonly string[] }>> = {
  logF32: { needs: ['log2Parts', 'isNan', 'special'], text: `fn logF32(a: f32) -> f32 {
  if (bitcast<u32>(a) == 0u) { return bitcast<f32>(infinityBits | 0x80000000u); }
  if (bitcast<u32>(a) >= 0x7f800000u) { return bitcast<f32>(select(nanBits, infinityBits, bitcast<u32>(a) == 0x7f800000u)); }
  let l = log2Parts(a);
  return l.x * 0.693147182 + l.y * 0.693147182;
}` },
  // sin(π·r) and cos(π·r) for |r| <= 1/2
  sinPi: { needs: [], text: `fn sinPi(r: f32) -> f32 {
  let t = r * 3.14159274;
  let z = t * t;
  return t * (1.0 - z * (0.166666672 - z * (0.00833333377 - z * (0.000198412701 - z * (0.00000275573188 - z * 0.0000000250521083)))));
}` },
  cosPi: { needs: ['sinPi'], text: 'fn cosPi(r: f32) -> f32 { return sinPi(0.5 - abs(r)); }' },
  // log Γ for x >= 1/2
  lgammaUp: { needs: ['logF32'], text: `fn lgammaUp(x: f32) -> f32 {
  if (x >= 8.0) {
    let r = 1.0 / x;
    return (x - 0.5) * (logF32(x) - 1.0) + (0.418938547 + r * (0.0833333358 - r * r * (0.00277777785 - r * r * 0.000793650805)));
  }
  var y = x;
  var product = 1.0;
  for (; y >= 2.5; ) { y = y - 1.0; product = product * y; }
  var below = 1.0;
  if (y < 1.5) { below = y; y = y + 1.0; }
  let t = y - 2.0;
  let near = t * ${horner('t', [1 - euler, ...zetaMinusOne.map((z, i) => (i % 2 === 0 ? z : -z) / (i + 2))])};
  return near + logF32(product) - logF32(below);
}` },
  lgammaF32: { needs: ['lgammaUp', 'sinPi', 'logF32', 'isNan', 'special'], text: `fn lgammaF32(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let infinity = bitcast<f32>(infinityBits);
  if ((bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u) { return infinity; }
  if (x >= 0.5) { return lgammaUp(x); }
  let r = x - round(x);
  if (x <= 0.0 && r == 0.0) { return infinity; }
  return 1.14472985 - logF32(abs(sinPi(r))) - lgammaUp(1.0 - x);
}` },
  digammaF32: { needs: ['logF32', 'sinPi', 'cosPi', 'isNan', 'special'], text: `fn digammaUp(x: f32) -> f32 {
  if (x >= 8.0) {
    let r = 1.0 / x;
    let z = r * r;
    return logF32(x) - r * (0.5 + r * (0.0833333358 - z * (0.00833333377 - z * 0.00396825397)));
  }
  var y = x;
  var sum = 0.0;
  for (; y >= 2.5; ) { y = y - 1.0; sum = sum + 1.0 / y; }
  if (y < 1.5) { sum = sum - 1.0 / y; y = y + 1.0; }
  let t = y - 2.0;
  return ${horner('t', [1 - euler, ...zetaMinusOne.map((z, i) => (i % 2 === 0 ? z : -z))])} + sum;
}
fn digammaF32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (isNan(x) || bits == 0xff800000u) { return bitcast<f32>(nanBits); }
  if (bits == 0x7f800000u) { return x; }
  if (x >= 0.5) { return digammaUp(x); }
  let r = x - round(x);
  if (x <= 0.0 && r == 0.0) { return bitcast<f32>(nanBits); }
  return digammaUp(1.0 - x) - 3.14159274 * cosPi(r) / sinPi(r);
}` },
  // n!·ζ(n + 1, x) for x > 0: the first terms, and the rest by Euler and Maclaurin. n!/y^n is one product: neither part overflows alone.
  polygammaF32: { needs: ['digammaF32', 'isNan', 'special'], text: `fn factorialOver(n: f32, y: f32) -> f32 {
  var product = 1.0;
  for (var k = 1.0; k <= n; k = k + 1.0) { product = product * (k / y); }
  return product;
}
fn scaledZeta(n: f32, x: f32) -> f32 {
  var y = x;
  let s = n + 1.0;
  var sum = 0.0;
  let to = max(8.0, n + 8.0);
  for (; y < to; y = y + 1.0) { sum = sum + factorialOver(n, y) / y; }
  let r = 1.0 / y;
  let z = r * r;
  let rest = factorialOver(n, y) * (1.0 / n + r * (0.5 + r * s * (0.0833333358 - z * (s + 1.0) * (s + 2.0) * (0.00138888892 - z * (s + 3.0) * (s + 4.0) * 0.0000330687835))));
  return sum + rest;
}
fn polygammaF32(n: f32, x: f32) -> f32 {
  let nan = bitcast<f32>(nanBits);
  // orders beyond 1000 would keep the device busy for too long
  if (isNan(n) || isNan(x) || n < 0.0 || n > 1000.0 || trunc(n) != n) { return nan; }
  if (n == 0.0) { return digammaF32(x); }
  let odd = n * 0.5 != trunc(n * 0.5);
  let bits = bitcast<u32>(x);
  if (bits == 0x7f800000u) { return 0.0; }
  if (bits == 0xff800000u) { return nan; }
  if (x > 0.0) { return select(-scaledZeta(n, x), scaledZeta(n, x), odd); }
  let r = x - round(x);
  if (r == 0.0) { return select(nan, bitcast<f32>(infinityBits), odd); }
  let right = scaledZeta(n, select(r, 1.0 + r, r < 0.0));
  let left = scaledZeta(n, select(1.0 - r, -r, r < 0.0));
  let beyond = scaledZeta(n, 1.0 - x);
  return select(left - right - beyond, right + (left - beyond), odd);
}` },
}
