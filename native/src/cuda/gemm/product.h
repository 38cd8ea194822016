// The arguments of the product kernels: y = epilogue(x W^T) for one or two weight sets, each with
// rows of its own.
#pragma once
#include "cuda/gemm/packed_layout.h"
#include "cuda/math.h"
#include "fovea/ops.h"

namespace fovea::cuda {

// x of a call as the caller has it: rows, or the windows of maps. Its rows from `first` on are
// those of a product's sets, in order.
struct Inputs {
  const fov_tensor& x;
  const Windows* windows = nullptr;
  int64_t K;          // of a row
  int64_t first = 0;  // row
};

// Rows of x as kernels read them. For float_product f32, as they are; for the others, beginning at
// multiples of 16 bytes and with a whole number of steps: bf16, or int8 with scales.
struct InputRows {
  const char* data = nullptr;
  int64_t pitch = 0;              // bytes from row to row
  const float* scales = nullptr;  // [steps][scale_rows]
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

// Rounds as y does.
SIMT_DEVICE float rounded(const Epilogue& e, float value) {
  return e.rounds ? rounded_to<bf16>(value) : value;
}

SIMT_DEVICE void store_output(const Epilogue& e, int64_t row, int64_t n, float value) {
  const int64_t at = row * e.y_stride + n;
  if (e.rounds)
    static_cast<bf16*>(e.y)[at] = from_float<bf16>(value);
  else
    static_cast<float*>(e.y)[at] = value;
}

// One output that has no second: z with its bias to y.
SIMT_DEVICE void finish_output(const Epilogue& e, int64_t row, int64_t n, float z) {
  if (n >= e.N) return;
  z = rounded(e, z);
  if (e.kind == FOV_EPILOGUE_GELU_ERF) z = gelu_erf(z);
  if (e.kind == FOV_EPILOGUE_QUICK_GELU) z = quick_gelu(z);
  if (e.kind == FOV_EPILOGUE_RESIDUAL || e.kind == FOV_EPILOGUE_RESIDUAL_RELU) {
    const int64_t at = row * e.residual_stride + n;
    z += e.rounds ? to_float(static_cast<const bf16*>(e.residual)[at])
                  : static_cast<const float*>(e.residual)[at];
  }
  if (e.kind == FOV_EPILOGUE_RELU || e.kind == FOV_EPILOGUE_RESIDUAL_RELU) z = relu(z);
  store_output(e, row, n, z);
}

// Finishes the sums at positions 2 g and 2 g + 1 of a tile: two outputs, or both halves of one.
//   row  of y
SIMT_DEVICE void finish_pair(const Epilogue& e, const float* bias, int64_t row, int64_t tile, int g,
                             float z0, float z1) {
  const bool pair = e.kind == FOV_EPILOGUE_SWIGLU;
  const int64_t n = pair ? tile * (kTileFeatures / 2) + g : tile * kTileFeatures + 2 * g;
  if (n >= e.N) return;
  if (bias) z0 += bias[n];
  const int64_t n1 = pair ? e.N + n : n + 1;  // of z1's bias
  if (bias && (pair || n1 < e.N)) z1 += bias[n1];
  if (pair) {
    store_output(e, row, n, rounded(e, silu(rounded(e, z0))) * rounded(e, z1));
    return;
  }
  finish_output(e, row, n, z0);
  finish_output(e, row, n + 1, z1);
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

// f32 rows. One sum an output, inputs in order, by fmaf.
fov_status float_product(CudaContext& context, int32_t dtype, int64_t K, const Product& product);
// Few rows of bf16, or of int8 where `integers`: see stream_product.cu, tile_product.cu.
fov_status stream_product(CudaContext& context, int32_t dtype, bool integers,
                          const Product& product);
fov_status tile_product(CudaContext& context, int32_t dtype, bool integers, const Product& product);

constexpr int kMostStreamRows = 16;  // of each set

// These set product.x and the sets' input_row. Rows of f32, and of bf16 in the form that kernels
// read, stay where they are; windows, and other rows of bf16, are copied to scratch memory; any x
// is quantised there as FOV_PACKED_INT8 says.
fov_status float_rows(CudaContext& context, const Inputs& inputs, Product& product);
fov_status bf16_rows(CudaContext& context, const Inputs& inputs, Product& product);
fov_status quantized_rows(CudaContext& context, const Inputs& inputs, Product& product);

// A call of linear, of one weight set of routed_linear, or of convolution.
struct ProductCall {
  const char* op;
  const fov_tensor& x;
  fov_epilogue epilogue;
  const fov_tensor* residual;
  const fov_tensor& y;
  const Windows* windows = nullptr;
};

// Rows [begin, end) of a call, and their weights.
struct RoutedRows {
  const fov_tensor* weights;
  const fov_tensor* bias;
  int64_t begin, end;
};

// One launch. Of two, the rows follow each other and the weights have one dtype, shape and layout.
fov_status multiply_rows(CudaContext& context, const ProductCall& call, const RoutedRows* rows,
                         int count);

}  // namespace fovea::cuda
