// Functions that several kernels share.
#pragma once
#include "cuda/simt/simt.h"

namespace fovea::cuda {

// 0.5 x (1 + erf(x / sqrt 2))
SIMT_DEVICE float gelu_erf(float x) { return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f)); }

// x / (1 + e^(-1.702 x))
SIMT_DEVICE float quick_gelu(float x) { return x / (1.0f + expf(-1.702f * x)); }

// max(x, 0); a NaN stays.
SIMT_DEVICE float relu(float x) { return x < 0.0f ? 0.0f : x; }

// x / (1 + e^-x); 0 at -infinity
SIMT_DEVICE float silu(float x) { return x / (1.0f + expf(-x)); }

}  // namespace fovea::cuda
