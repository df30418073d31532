/** WGSL functions for what the language leaves open or drivers get wrong: NaN, remainders, conversions that saturate, angles of any size. */
import { gamma } from './gamma.js'

/** 1/2π in words of 32 bits, behind a word of zeros. */
const turnsPerRadian = ((): readonly number[] => {
  // π by Machin's formula, in fixed point
  const bits = 320n, one = 1n << bits
  const arctan = (n: bigint): bigint => {
    let term = one / n, sum = term
    for (let k = 1n; term !== 0n; k++) {
      term /= n * n
      sum += (k % 2n === 0n ? term : -term) / (2n * k + 1n)
    }
    return sum
  }
  const pi = 4n * (4n * arctan(5n) - arctan(239n))
  const scaled = (one * one / (2n * pi)) >> (bits - 224n)
  return [0, ...Array.from({ length: 7 }, (_, k) => Number((scaled >> BigInt(192 - 32 * k)) & 0xffffffffn))]
})()

interface Helper { readonly text: string; readonly needs: readonly string[] }
const helper = (text: string, ...needs: readonly string[]): Helper => ({ text, needs })

/** By name. Each is written once into a module that calls it, behind what it needs itself. */
export const helpers: Readonly<Record<string, Helper>> = {
  ...gamma,
  // constant expressions may be neither infinite nor NaN: these are variables
  special: helper('var<private> infinityBits: u32 = 0x7f800000u;\nvar<private> nanBits: u32 = 0x7fc00000u;'),
  isNan: helper('fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }'),
  isFinite: helper('fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u; }'),
  // NaN wins, and of zeros the one with the greater sign bit pattern: -0 is less than 0
  maxF32: helper(`fn maxF32(x: f32, y: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  if (x == y) { return bitcast<f32>(select(bitcast<u32>(x), bitcast<u32>(y), (bitcast<u32>(x) >> 31u) == 1u)); }
  return select(y, x, x > y);
}`, 'isNan'),
  minF32: helper(`fn minF32(x: f32, y: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  if (x == y) { return bitcast<f32>(select(bitcast<u32>(y), bitcast<u32>(x), (bitcast<u32>(x) >> 31u) == 1u)); }
  return select(y, x, x < y);
}`, 'isNan'),
  // as whole numbers: greater numbers are greater, both zeros are one, and all NaNs are above
  sortable: helper(`fn sortable(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
  if ((bits & 0x7fffffffu) == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}`),
  // ±0 and NaN stay
  signF32: helper('fn signF32(x: f32) -> f32 { return select(select(x, -1.0, x < 0.0), 1.0, x > 0.0); }'),
  // the remainder of whole numbers of 24 bits, one binary place after the other: exact
  remF32: helper(`fn remF32(x: f32, y: f32) -> f32 {
  let sx = bitcast<u32>(x) & 0x80000000u;
  var a = bitcast<u32>(x) & 0x7fffffffu;
  var b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0u) { return bitcast<f32>(nanBits); }
  if (a < b) { return x; }
  var ea = i32(a >> 23u);
  var eb = i32(b >> 23u);
  if (ea == 0) { ea = 1; } else { a = (a & 0x7fffffu) | 0x800000u; }
  if (eb == 0) { eb = 1; } else { b = (b & 0x7fffffu) | 0x800000u; }
  for (; ea > eb; ea--) {
    if (a >= b) { a -= b; }
    a = a << 1u;
    if (a == 0u) { return bitcast<f32>(sx); }
  }
  if (a >= b) { a -= b; }
  if (a == 0u) { return bitcast<f32>(sx); }
  for (; a < 0x800000u && eb > 1; eb--) { a = a << 1u; }
  if (a >= 0x800000u) { return bitcast<f32>(sx | (a & 0x7fffffu) | (u32(eb) << 23u)); }
  return bitcast<f32>(sx | a);
}`, 'special'),
  nextAfterF32: helper(`fn nextAfterF32(x: f32, y: f32) -> f32 {
  if (isNan(x) || isNan(y)) { return bitcast<f32>(nanBits); }
  let a = bitcast<u32>(x);
  let b = bitcast<u32>(y);
  if (a == b || ((a | b) & 0x7fffffffu) == 0u) { return y; }
  if ((a & 0x7fffffffu) == 0u) { return bitcast<f32>((b & 0x80000000u) | 1u); }
  let ka = select(a ^ 0xffffffffu, a | 0x80000000u, (a >> 31u) == 0u);
  let kb = select(b ^ 0xffffffffu, b | 0x80000000u, (b >> 31u) == 0u);
  return bitcast<f32>(select(a - 1u, a + 1u, (ka < kb) == ((a >> 31u) == 0u)));
}`, 'isNan', 'special'),
  i32OfF32: helper(`fn i32OfF32(x: f32) -> i32 {
  if (isNan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}`, 'isNan'),
  u32OfF32: helper(`fn u32OfF32(x: f32) -> u32 {
  if (isNan(x) || x <= 0.0) { return 0u; }
  if (x >= 4294967296.0) { return 0xffffffffu; }
  return u32(x);
}`, 'isNan'),
  divI32: helper('fn divI32(x: i32, y: i32) -> i32 { return select(x / select(y, 1, y == 0), -1, y == 0); }'),
  remI32: helper('fn remI32(x: i32, y: i32) -> i32 { return select(x % select(y, 1, y == 0 || y == -1), select(x, 0, y == -1), y == 0 || y == -1); }'),
  divU32: helper('fn divU32(x: u32, y: u32) -> u32 { return select(x / select(y, 1u, y == 0u), 0xffffffffu, y == 0u); }'),
  remU32: helper('fn remU32(x: u32, y: u32) -> u32 { return select(x % select(y, 1u, y == 0u), x, y == 0u); }'),
  powU32: helper(`fn powU32(x: u32, n: u32) -> u32 {
  var base = x;
  var left = n;
  var power = 1u;
  for (; left != 0u; left = left >> 1u) {
    if ((left & 1u) == 1u) { power = power * base; }
    base = base * base;
  }
  return power;
}`),
  powI32: helper(`fn powI32(x: i32, n: i32) -> i32 {
  if (n >= 0) { return bitcast<i32>(powU32(bitcast<u32>(x), u32(n))); }
  if (x == 1) { return 1; }
  if (x == -1) { return select(-1, 1, (n & 1) == 0); }
  return 0;
}`, 'powU32'),
  // beyond 31 nothing of x is left but its sign
  shiftLeft: helper('fn shiftLeft(x: u32, n: u32) -> u32 { return select(x << (n & 31u), 0u, n > 31u); }'),
  shiftRightLogical: helper('fn shiftRightLogical(x: u32, n: u32) -> u32 { return select(x >> (n & 31u), 0u, n > 31u); }'),
  shiftRightArithmetic: helper('fn shiftRightArithmetic(x: i32, n: u32) -> i32 { return x >> min(n, 31u); }'),
  // the high and the low word of a product
  wide: helper(`fn wide(x: u32, y: u32) -> vec2<u32> {
  let a = x & 0xffffu;
  let b = x >> 16u;
  let c = y & 0xffffu;
  let d = y >> 16u;
  let low = a * c;
  let mid = b * c + (low >> 16u);
  let cross = a * d + (mid & 0xffffu);
  return vec2<u32>(b * d + (mid >> 16u) + (cross >> 16u), (cross << 16u) | (low & 0xffffu));
}`),
  // |x| = n·π/2 + r for any finite x, |r| <= π/4, by the 96 bits of 1/2π that matter (Payne and Hanek 1983): r, and n modulo 4 as a float
  turns: helper(`var<private> turnsPerRadian: array<u32, 8> = array<u32, 8>(${turnsPerRadian.map(w => `${w}u`).join(', ')});
fn turns(x: f32) -> vec2<f32> {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  let m = (bits << 8u) | 0x80000000u;
  let e = i32(bits >> 23u) - 126;
  let at = u32(e) >> 5u;
  let by = u32(e) & 31u;
  var hi = turnsPerRadian[at];
  var mid = turnsPerRadian[at + 1u];
  var low = turnsPerRadian[at + 2u];
  if (by != 0u) {
    hi = (hi << by) | (mid >> (32u - by));
    mid = (mid << by) | (low >> (32u - by));
    low = (low << by) | (turnsPerRadian[at + 3u] >> (32u - by));
  }
  let p0 = wide(m, low);
  let p1 = wide(m, mid);
  let carried = p1.y + p0.x;
  let top = p1.x + select(0u, 1u, carried < p1.y) + m * hi;
  // top and carried hold |x|·2/π modulo 4, two bits before the point
  var n = top >> 30u;
  var fraction = vec2<u32>(top & 0x3fffffffu, carried);
  var negative = false;
  if ((fraction.x & 0x20000000u) != 0u) {
    n = (n + 1u) & 3u;
    negative = true;
    let flipped = ~fraction.y;
    fraction = vec2<u32>((~fraction.x & 0x3fffffffu) + select(0u, 1u, flipped == 0xffffffffu), flipped + 1u);
  }
  let zeros = countLeadingZeros(fraction.x);
  var high = fraction.x;
  if (zeros > 0u && zeros < 32u) { high = (fraction.x << zeros) | (fraction.y >> (32u - zeros)); }
  if (zeros == 32u) { high = fraction.y; }
  let scale = bitcast<f32>((127u - 30u - zeros) << 23u);
  // π/2 in two parts, and the fraction too
  let head = f32(high & 0xffffff00u);
  let r = (head * 1.57079637 + (f32(high & 0xffu) * 1.57079637 - head * 0.0000000437113883)) * scale;
  return vec2<f32>(select(r, -r, negative), f32(n));
}`, 'wide'),
  sinNear: helper('fn sinNear(r: f32) -> f32 { let z = r * r; return r + r * z * (-0.166666546 + z * (0.00833216087 + z * -0.000195152959)); }'),
  cosNear: helper('fn cosNear(r: f32) -> f32 { let z = r * r; return 1.0 + z * (-0.5 + z * (0.0416666457 + z * (-0.00138873163 + z * 0.0000244331571))); }'),
  farSin: helper(`fn farSin(x: f32) -> f32 {
  if (!isFinite(x)) { return bitcast<f32>(nanBits); }
  let t = turns(x);
  let n = u32(t.y);
  var y = sinNear(t.x);
  if ((n & 1u) == 1u) { y = cosNear(t.x); }
  return select(y, -y, ((n & 2u) == 2u) != (x < 0.0));
}`, 'isFinite', 'special', 'turns', 'sinNear', 'cosNear'),
  farCos: helper(`fn farCos(x: f32) -> f32 {
  if (!isFinite(x)) { return bitcast<f32>(nanBits); }
  let t = turns(x);
  let n = u32(t.y);
  var y = cosNear(t.x);
  if ((n & 1u) == 1u) { y = sinNear(t.x); }
  return select(y, -y, ((n + 1u) & 2u) == 2u);
}`, 'isFinite', 'special', 'turns', 'sinNear', 'cosNear'),
  // no driver knows that this is x: what is made of it is not rearranged
  opaque: helper('var<private> nought: u32;\nfn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ nought); }'),
  // the upper 12 bits of x: products of two such are exact
  upper: helper('fn upper(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }'),
  // the logarithm to base 2 of a finite a > 0, as a sum: (m - 1)/(m + 1) and its multiples in two parts each
  log2Parts: helper(`fn log2Parts(a: f32) -> vec2<f32> {
  var bits = bitcast<u32>(a);
  var e = i32(bits >> 23u) - 127;
  if (e == -127) {
    let up = countLeadingZeros(bits) - 8u;
    bits = bits << up;
    e = -126 - i32(up);
  }
  var m = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (m > 1.41421354) { m = m * 0.5; e = e + 1; }
  let f = m - 1.0;
  let d = opaque(m + 1.0);
  let dRest = m - opaque(d - 1.0);
  let s = opaque(f / d);
  let s1 = upper(s);
  let s2 = s - s1;
  let d1 = upper(d);
  let d2 = d - d1;
  var left = opaque(f - s1 * d1);
  left = opaque(left - s1 * d2);
  left = opaque(left - s2 * d1);
  left = opaque(left - s2 * d2);
  let sRest = (left - s * dRest) / d;
  let z = s * s;
  let tail = sRest + s * (z * (0.333333343 + z * (0.2 + z * (0.142857149 + z * (0.111111112 + z * 0.0909090936)))));
  // 2/log 2 = 2.8847656 + 0.00062445
  let exact = s1 * 2.884765625;
  let rest = s2 * 2.884765625 + (s * 0.000624457025 + tail * 2.88539004);
  let whole = f32(e);
  let sum = opaque(whole + exact);
  let lost = exact - opaque(sum - whole);
  let high = opaque(sum + (lost + rest));
  return vec2<f32>(high, (lost + rest) - opaque(high - sum));
}`, 'opaque', 'upper'),
  powF32: helper(`fn powF32(x: f32, y: f32) -> f32 {
  if ((bitcast<u32>(y) & 0x7fffffffu) == 0u || x == 1.0) { return 1.0; }
  if (isNan(x) || isNan(y)) { return bitcast<f32>(nanBits); }
  let infinity = bitcast<f32>(infinityBits);
  let a = bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
  let far = (bitcast<u32>(y) & 0x7fffffffu) >= 0x4b800000u;
  let whole = far || trunc(y) == y;
  var odd = false;
  if (!far && whole) { odd = (i32(y) & 1) == 1; }
  let negative = (bitcast<u32>(x) >> 31u) == 1u;
  let sign = select(0u, 0x80000000u, negative && odd);
  if (bitcast<u32>(a) == 0u) { return bitcast<f32>(sign | select(0u, infinityBits, y < 0.0)); }
  if (bitcast<u32>(a) == 0x7f800000u) { return bitcast<f32>(sign | select(infinityBits, 0u, y < 0.0)); }
  if (negative && !whole) { return bitcast<f32>(nanBits); }
  let l = log2Parts(a);
  let k = clamp(y, -1099511627776.0, 1099511627776.0);
  let k1 = upper(k);
  let k2 = k - k1;
  let h1 = upper(l.x);
  let h2 = l.x - h1;
  let exact = k1 * h1;
  let rest = k1 * h2 + (k2 * h1 + (k2 * h2 + k * l.y));
  let p = exact + rest;
  if (p >= 129.0) { return bitcast<f32>(sign | infinityBits); }
  if (p <= -151.0) { return bitcast<f32>(sign); }
  let n = round(p);
  let r = opaque(exact - n) + rest;
  let q = 1.0 + r * (0.693147182 + r * (0.240226507 + r * (0.0555041097 + r * (0.00961812865 + r * (0.00133335579 + r * 0.000154035297)))));
  let half = i32(n) >> 1u;
  let value = q * bitcast<f32>(u32(127 + half) << 23u) * bitcast<f32>(u32(127 + i32(n) - half) << 23u);
  return bitcast<f32>(sign | bitcast<u32>(value));
}`, 'isNan', 'special', 'log2Parts'),
  // f16(x) may round either way, and says nothing of what is too large or too small: the bits are made by hand
  halfBits: helper(`fn halfBits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let a = bits & 0x7fffffffu;
  if (a > 0x7f800000u) { return sign | 0x7e00u; }
  if (a >= 0x477ff000u) { return sign | 0x7c00u; }
  if (a >= 0x38800000u) {
    let normal = a - 0x38000000u;
    return sign | ((normal + 0xfffu + ((normal >> 13u) & 1u)) >> 13u);
  }
  if (a <= 0x33000000u) { return sign; }
  let by = 126u - (a >> 23u);
  let m = (a & 0x7fffffu) | 0x800000u;
  let q = m >> by;
  let rest = m & ((1u << by) - 1u);
  let middle = 1u << (by - 1u);
  return sign | (q + select(0u, 1u, rest > middle || (rest == middle && (q & 1u) == 1u)));
}`),
  ofHalfBits: helper(`fn ofHalfBits(h: u32) -> f32 {
  let sign = (h & 0x8000u) << 16u;
  let m = h & 0x7fffu;
  if (m < 0x400u) { return bitcast<f32>(sign | bitcast<u32>(f32(m) * 5.9604644775390625e-8)); }
  return bitcast<f32>(sign | select((m << 13u) + 0x38000000u, (m << 13u) | 0x7f800000u, m >= 0x7c00u));
}`),
  ofHalf: helper('fn ofHalf(h: f16) -> f32 { return ofHalfBits(bitcast<u32>(vec2<f16>(h, 0.0h)) & 0xffffu); }', 'ofHalfBits'),
  toHalf: helper('fn toHalf(x: f32) -> f16 { return bitcast<vec2<f16>>(halfBits(x)).x; }', 'halfBits'),
  nearestHalf: helper('fn nearestHalf(x: f32) -> f32 { return ofHalfBits(halfBits(x)); }', 'halfBits', 'ofHalfBits'),
  nextHalf: helper(`fn nextHalf(x: f32, y: f32) -> f32 {
  if (isNan(x) || isNan(y)) { return bitcast<f32>(nanBits); }
  if (x == y) { return y; }
  let h = halfBits(x);
  if ((h & 0x7fffu) == 0u) { return ofHalfBits(select(0x8001u, 1u, y > 0.0)); }
  return ofHalfBits(select(h - 1u, h + 1u, (y > x) == (x > 0.0)));
}`, 'isNan', 'special', 'halfBits', 'ofHalfBits'),
  farTan: helper('fn farTan(x: f32) -> f32 { return farSin(x) / farCos(x); }', 'farSin', 'farCos'),
}
