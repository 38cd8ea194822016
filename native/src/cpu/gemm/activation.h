// (temporary until cpu/math.h) activations of a vector.
#pragma once
#include <cmath>

#include "cpu/simd.h"

namespace fovea::cpu::FOV_ISA {

FOV_INLINE vfloat gelu(vfloat x) {
  for (int i = 0; i < kLanes; ++i)
    x[i] = float(0.5 * double(x[i]) * (1 + std::erf(double(x[i]) / std::sqrt(2.0))));
  return x;
}
FOV_INLINE vfloat silu(vfloat x) {
  for (int i = 0; i < kLanes; ++i) x[i] = float(double(x[i]) / (1 + std::exp(-double(x[i]))));
  return x;
}

}  // namespace fovea::cpu::FOV_ISA
