// The CUDA backend's order of packed weights: what a lane holds of the m16 operand of multiply()
// and multiply_s8() lies together, so that kernels neither transpose nor swizzle.
//
//   values  [tiles][steps][chunks][32 lanes][chunk words]   words of 32 bits
//   scales  [tiles][groups][16]                             of quantised weights, after all values
//
// A tile is 16 features, a step 32 inputs. Lane 4 g + t holds rows g and g + 8 of a tile at inputs
// 8 t .. 8 t + 7 of a step; its word 2 i + r is row g + 8 r and the next inputs of those, as many
// as fit in a word: 1 f32, 2 bf16, 4 i8 or f8, 8 i4. (multiply() is defined with other inputs in a
// lane, but a sum does not mind, so long as the operand of x has the same.) A chunk is 4 words, or
// all there are.
//
// Row g + 8 r is feature 16 tile + 2 g + r; of the pair of FOV_EPILOGUE_SWIGLU it is feature
// 8 tile + g of the first (r = 0) or the second (r = 1). So one lane has both sums of an output, or
// two neighbouring outputs. 2 g + r is the row's position, the index of its scale.
//
// i4: input 8 t + e is the two's complement in bits 8 e and up (e < 4) or 8 (e - 4) + 4 and up.
// Features past N and inputs past K are zeros.
#pragma once
#include "cuda/cuda_context.h"

namespace fovea::cuda {

constexpr int kWarpLanes = 32;
constexpr int kTileFeatures = 16;
constexpr int kStepInputs = 32;

constexpr bool is_quantized(int32_t dtype) {
  return dtype == FOV_I8 || dtype == FOV_I4 || dtype == FOV_F8;
}

constexpr int weight_bits(int32_t dtype) {
  return dtype == FOV_I4 ? 4 : int(8 * dtype_bytes(dtype));
}

// Of a step of a tile.
constexpr int64_t step_bytes(int32_t dtype) {
  return int64_t{kTileFeatures} * kStepInputs * weight_bits(dtype) / 8;
}

constexpr int64_t parts(int64_t whole, int64_t part) { return whole / part + (whole % part != 0); }

// Addresses inside packed weights.
struct PackedWeights {
  char* values;
  int64_t tiles, steps, tile_bytes;
  // Of quantised weights only:
  char* scales = nullptr;
  int32_t scale_dtype = FOV_F32;
  int64_t groups = 1;
  int64_t group_steps;  // the last group may have fewer

  explicit PackedWeights(const fov_tensor& packed)
      : values(static_cast<char*>(packed.data)),
        tiles(parts(packed.shape[0], kTileFeatures)),
        steps(parts(packed.shape[1], kStepInputs)),
        tile_bytes(steps * step_bytes(packed.dtype)),
        group_steps(steps) {
    if (!is_quantized(packed.dtype)) return;
    scales = values + tiles * tile_bytes;
    scale_dtype = int32_t(packed.stride[1]);
    groups = packed.shape[1] / packed.stride[0];
    group_steps = parts(packed.stride[0], kStepInputs);
  }
};

// Kernels move weights 16 bytes at a time.
inline fov_status check_alignment(const char* op, const fov_tensor& packed) {
  return reinterpret_cast<uintptr_t>(packed.data) % 16 == 0
             ? FOV_OK
             : fail(FOV_INVALID_ARGUMENT,
                    "%s: packed weights at a multiple of 16 bytes in device memory, got %p", op,
                    packed.data);
}

}  // namespace fovea::cuda
