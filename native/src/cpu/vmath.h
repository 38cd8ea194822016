// exp and erf over vectors, and the activations made of them. Coefficients are least-maximum fits
// (Lawson's method, in float64) over the stated intervals; the error bounds are measured against
// float64 by gelu_test and silu_mul_test.
#pragma once
#include "cpu/simd.h"

namespace fovea::cpu::FOV_ISA {

FOV_INLINE vfloat power_of_two(vint n) { return vfloat((n + 127) << 23); }

// e^x within 1.5 units in the last place (2 without FMA); 0 below about -104, infinity above
// about 88.7, NaN for NaN. e^x = 2^n e^r with |r| <= ln(2)/2.
FOV_INLINE vfloat exp(vfloat x) {
  x = min(broadcast(90.0f), max(broadcast(-105.0f), x));  // in this order a NaN stays
  const vfloat magic = broadcast(12582912.0f);            // 1.5 2^23: its unit is 1
  const vfloat shifted = fma(x, broadcast(1.44269504f), magic);
  const vfloat n = shifted - magic;
  vfloat r = fma(n, broadcast(-0.693145752f), x);  // ln 2 in two parts, the first with 17 bits
  r = fma(n, broadcast(-1.42860677e-6f), r);
  vfloat p = broadcast(0.0013950539f);
  p = fma(p, r, broadcast(0.0083689187f));
  p = fma(p, r, broadcast(0.041666206f));
  p = fma(p, r, broadcast(0.16666518f));
  p = fma(p, r, broadcast(0.5f));
  p = fma(p * r, r, r) + 1.0f;
  const vint exponent = vint(shifted) - vint(magic);
  const vint half = exponent >> 1;  // two factors: the result may be subnormal
  return p * power_of_two(half) * power_of_two(exponent - half);
}

// erf(x) within 2 units in the last place; odd, NaN for NaN.
// |x| < 0.92: x + x P(x^2); above: 1 - e^-Q(|x|); from 3.95 on: 1.
FOV_INLINE vfloat erf(vfloat x) {
  const vfloat t = min(broadcast(3.95f), abs(x));  // a NaN stays
  const vfloat s = t * t;
  vfloat p = broadcast(8.382202e-05f);
  p = fma(p, s, broadcast(-0.0008145554f));
  p = fma(p, s, broadcast(0.0052012824f));
  p = fma(p, s, broadcast(-0.026859498f));
  p = fma(p, s, broadcast(0.11283697f));
  p = fma(p, s, broadcast(-0.37612635f));
  p = fma(p, s, broadcast(0.12837917f));
  const vfloat near = fma(p, t, t);
  vfloat q = broadcast(2.1161464e-05f);
  q = fma(q, t, broadcast(-0.00043521373f));
  q = fma(q, t, broadcast(0.0041746176f));
  q = fma(q, t, broadcast(-0.025128556f));
  q = fma(q, t, broadcast(0.10829384f));
  q = fma(q, t, broadcast(0.63333476f));
  q = fma(q, t, broadcast(1.1295208f));
  q = fma(q, t, broadcast(-0.0001758643f));
  const vfloat far = 1.0f - exp(-q);
  return copysign(t < 0.92f ? near : far, x);
}

// 0.5 x (1 + erf(x / sqrt 2)).
FOV_INLINE vfloat gelu(vfloat x) { return 0.5f * x * (1.0f + erf(x * 0.707106781f)); }

// x / (1 + e^(-1.702 x)).
FOV_INLINE vfloat quick_gelu(vfloat x) { return x / (1.0f + exp(-1.702f * x)); }

// max(x, 0); a NaN stays.
FOV_INLINE vfloat relu(vfloat x) { return max(vfloat{}, x); }

// x / (1 + e^-x).
FOV_INLINE vfloat silu(vfloat x) { return x / (1.0f + exp(-x)); }

}  // namespace fovea::cpu::FOV_ISA
