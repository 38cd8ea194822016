// Checks of packed weights, for the ops that make and read them.
#pragma once
#include "common/check.h"
#include "common/context.h"

namespace fovea {

// The memory of packed weights that have passed Checks::packed_weights, as bytes, so that the usual
// checks apply to it. Where the backend packs no such weights: no bytes.
[[maybe_unused]] static fov_tensor packed_memory(fov_context& context, const fov_tensor& packed) {
  const Kernels& kernels = context.kernels;
  const int64_t N = packed.shape[0], K = packed.shape[1];
  int64_t bytes = -1;
  if (kQuantized >> packed.dtype & 1) {
    if (kernels.packed_quantized_bytes)
      bytes = kernels.packed_quantized_bytes(context, packed.dtype, int32_t(packed.stride[1]), N, K,
                                             packed.stride[0]);
  } else if (kernels.packed_bytes) {
    bytes = kernels.packed_bytes(context, packed.dtype, N, K);
  }
  fov_tensor memory = {};
  memory.data = packed.data;
  memory.dtype = FOV_U8;
  memory.device = packed.device;
  memory.rank = 1;
  memory.shape[0] = bytes > 0 ? bytes : 0;
  memory.stride[0] = 1;
  return memory;
}

}  // namespace fovea
