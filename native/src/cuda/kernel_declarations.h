// The ops of this backend. Contracts: ops.h.
#pragma once
#include "cuda/cuda_context.h"

namespace fovea::cuda {

#include "common/op_kernels.inc"

}  // namespace fovea::cuda
