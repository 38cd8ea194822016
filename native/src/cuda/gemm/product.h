// The arguments of the product kernels: y = epilogue(x W^T) for one or two weight sets, each with
// rows of its own.
#pragma once
#include "cuda/gemm/packed_layout.h"
#include "cuda/math.h"
#include "fovea/ops.h"

namespace fovea::cuda {

// Rows as kernels read them.
struct InputRows {
  const char* data = nullptr;
  int64_t pitch = 0;     // bytes from row to row
  int64_t bytes = 0;     // of a row
  bool aligned = false;  // every row begins at a multiple of 16 bytes
  // Of rows that quantize_rows() made: [steps][rows], see there.
  const float* scales = nullptr;
  int64_t scale_rows = 0;
};

// One weight set and its rows.
struct WeightSet {
  const char* values = nullptr;
  const char* scales = nullptr;
  const float* bias = nullptr;
  int32_t scale_dtype = FOV_F32;
  int64_t groups = 1, group_steps = 1;
  int64_t input_row = 0;   // its first in InputRows
  int64_t output_row = 0;  // its first in y
  int64_t rows = 0;
};

struct Epilogue {
  fov_epilogue kind;
  bool rounds;  // y, and residual, are bf16; else f32
  int64_t N;
  void* y;
  int64_t y_stride;  // elements
  const void* residual;
  int64_t residual_stride;
};

struct Product {
  InputRows x;
  WeightSet sets[2];
  int set_count = 0;
  int64_t tiles = 0, steps = 0, tile_bytes = 0;
  Epilogue epilogue = {};
};

SIMT_DEVICE float load_scale(const WeightSet& set, int64_t index) {
  if (set.scale_dtype == FOV_F32) return reinterpret_cast<const float*>(set.scales)[index];
  if (set.scale_dtype == FOV_BF16)
    return to_float(reinterpret_cast<const bf16*>(set.scales)[index]);
  return to_float(reinterpret_cast<const f16*>(set.scales)[index]);
}

// y of one output from z, which has its bias.
template <typename Y>
SIMT_DEVICE void finish_output(const Epilogue& e, int64_t row, int64_t n, float z) {
  z = rounded_to<Y>(z);
  if (e.kind == FOV_EPILOGUE_GELU_ERF) z = gelu_erf(z);
  if (e.kind == FOV_EPILOGUE_RESIDUAL)
    z = to_float(static_cast<const Y*>(e.residual)[row * e.residual_stride + n]) + z;
  static_cast<Y*>(e.y)[row * e.y_stride + n] = from_float<Y>(z);
}

template <typename Y>
SIMT_DEVICE void finish_pair_as(const Epilogue& e, const float* bias, int64_t row, int64_t tile,
                                int g, float z0, float z1) {
  if (e.kind == FOV_EPILOGUE_SWIGLU) {
    const int64_t n = tile * (kTileFeatures / 2) + g;
    if (n >= e.N) return;
    const float gate = rounded_to<Y>(bias ? z0 + bias[n] : z0);
    const float up = rounded_to<Y>(bias ? z1 + bias[e.N + n] : z1);
    static_cast<Y*>(e.y)[row * e.y_stride + n] = from_float<Y>(rounded_to<Y>(silu(gate)) * up);
    return;
  }
  const int64_t n = tile * kTileFeatures + 2 * g;
  if (n < e.N) finish_output<Y>(e, row, n, bias ? z0 + bias[n] : z0);
  if (n + 1 < e.N) finish_output<Y>(e, row, n + 1, bias ? z1 + bias[n + 1] : z1);
}

// Finishes the sums of rows g and g + 8 of a tile, those at positions 2 g and 2 g + 1.
//   row  of y
SIMT_DEVICE void finish_pair(const Epilogue& e, const float* bias, int64_t row, int64_t tile, int g,
                             float z0, float z1) {
  if (e.rounds)
    finish_pair_as<bf16>(e, bias, row, tile, g, z0, z1);
  else
    finish_pair_as<float>(e, bias, row, tile, g, z0, z1);
}

// The block's part of a product that is cut into blocks of rows of one set times tiles. Blocks
// that share weights are neighbours.
struct BlockPart {
  int set;
  int64_t row;  // first, counted in the set
  int64_t tile;
};

inline int64_t row_blocks(const Product& p, int rows) {
  return ceil_div(p.sets[0].rows, rows) + ceil_div(p.sets[1].rows, rows);
}
inline int64_t product_blocks(const Product& p, int rows, int tiles) {
  return row_blocks(p, rows) * ceil_div(p.tiles, tiles);
}

SIMT_DEVICE BlockPart block_part(const Product& p, int rows, int tiles) {
  const int64_t of_first = ceil_div(p.sets[0].rows, rows);
  const int64_t across = of_first + ceil_div(p.sets[1].rows, rows);
  const int64_t at = block().x % across, tile = block().x / across * tiles;
  if (at < of_first) return {0, at * rows, tile};
  return {1, (at - of_first) * rows, tile};
}

// f32 x. One sum an output, inputs in order, by fmaf.
fov_status float_product(CudaContext& context, int32_t dtype, const Product& product);
// Few rows of bf16, or of int8 where `integers`: see stream_product.cu, tile_product.cu.
fov_status stream_product(CudaContext& context, int32_t dtype, bool integers,
                          const Product& product);
fov_status tile_product(CudaContext& context, int32_t dtype, bool integers, const Product& product);

constexpr int kMostStreamRows = 16;  // of each set

// Quantises rows of x [R, K] as FOV_PACKED_INT8 says into scratch memory, to which product.x then
// points, and moves the sets' input_row there.
fov_status quantize_rows(CudaContext& context, const fov_tensor& x, Product& product);

}  // namespace fovea::cuda
