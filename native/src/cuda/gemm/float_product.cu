// Products with f32 x, on plain FMA: for accuracy, not for speed. Every sum takes its inputs in
// order, so a row's result does not depend on the other rows.
#include "cuda/gemm/block_sums.h"
#include "cuda/gemm/weight_formats.h"

namespace fovea::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kBlockTiles = 4;
constexpr int kPositions = kBlockTiles * kTileFeatures;
constexpr int kEach = 4;  // positions of a thread
constexpr int kThreadRows = kThreads / (kPositions / kEach);

// One step: weights and x, input by input.
template <int kRows>
struct Step {
  float weights[kStepInputs][kPositions];
  float x[kStepInputs][kRows + 1];
};

template <int kRows>
union BlockMemory {
  Step<kRows> step;
  BlockSums<kBlockTiles, kRows, kThreads> sums;
};

struct FloatProduct {
  Product product;
  int32_t dtype;  // of the weights
  int64_t K;
};

template <typename Weights>
SIMT_DEVICE void widen_as(float (&to)[kStepInputs][kPositions], const Product& p,
                          const WeightSet& set, int64_t tile, int m, int64_t step) {
  const int g = lane() / 4, t = lane() % 4;
  uint32_t w[Weights::kWords] = {};
  const bool exists = tile + m < p.tiles;
  if (exists)
    load_words(set.values + (tile + m) * p.tile_bytes + step * step_bytes(Weights::kDtype), w);
  SIMT_UNROLL
  for (int r = 0; r < 2; ++r) {
    float scale = 1;
    if (Weights::kScaled && exists)
      scale = load_scale(
          set, ((tile + m) * set.groups + step / set.group_steps) * kTileFeatures + 2 * g + r);
    SIMT_UNROLL
    for (int e = 0; e < 8; ++e) {
      const float value = Weights::value(w, r, e);
      to[8 * t + e][m * kTileFeatures + 2 * g + r] = Weights::kScaled ? value * scale : value;
    }
  }
}

// A warp's tile m of the block, q * scale.
SIMT_DEVICE void widen(float (&to)[kStepInputs][kPositions], const FloatProduct& f,
                       const WeightSet& set, int64_t tile, int m, int64_t step) {
  switch (f.dtype) {
    case FOV_F32:
      return widen_as<F32Weights>(to, f.product, set, tile, m, step);
    case FOV_I8:
      return widen_as<I8Weights>(to, f.product, set, tile, m, step);
    case FOV_I4:
      return widen_as<I4Weights>(to, f.product, set, tile, m, step);
    case FOV_F8:
      return widen_as<F8Weights>(to, f.product, set, tile, m, step);
    default:
      return widen_as<Bf16Weights>(to, f.product, set, tile, m, step);
  }
}

// kRowsEach: rows of a thread.
template <int kRowsEach>
SIMT_KERNEL(kThreads, 1)
float_kernel(FloatProduct f) {
  const Product& p = f.product;
  constexpr int kRows = kThreadRows * kRowsEach;
  BlockMemory<kRows>& memory = shared<BlockMemory<kRows>>();
  Step<kRows>& in = memory.step;
  const BlockPart part = block_part(p, kRows, kBlockTiles);
  const WeightSet& set = p.sets[part.set];
  const int position = thread() % (kPositions / kEach) * kEach;
  const int first = thread() / (kPositions / kEach);
  float z[kRowsEach][kEach] = {};
  for (int64_t step = 0; step < p.steps; ++step) {
    if (warp() < kBlockTiles) widen(in.weights, f, set, part.tile, warp(), step);
    for (int i = thread(); i < kRows * kStepInputs; i += kThreads) {
      const int64_t row = part.row + i / kStepInputs, k = step * kStepInputs + i % kStepInputs;
      const char* from = p.x.data + (set.input_row + row) * p.x.pitch;
      in.x[i % kStepInputs][i / kStepInputs] =
          row < set.rows && k < f.K ? reinterpret_cast<const float*>(from)[k] : 0.0f;
    }
    sync_threads();
    for (int k = 0; k < kStepInputs; ++k) SIMT_UNROLL
    for (int r = 0; r < kRowsEach; ++r) SIMT_UNROLL
    for (int i = 0; i < kEach; ++i)
      z[r][i] = fmaf(in.x[k][first + r * kThreadRows], in.weights[k][position + i], z[r][i]);
    sync_threads();
  }
  SIMT_UNROLL
  for (int r = 0; r < kRowsEach; ++r) SIMT_UNROLL
  for (int i = 0; i < kEach; ++i) memory.sums.of[first + r * kThreadRows][position + i] = z[r][i];
  sync_threads();
  memory.sums.finish(p, set, part);
}

template <int kRowsEach>
fov_status launch_float(CudaContext& context, const FloatProduct& f) {
  constexpr int kRows = kThreadRows * kRowsEach;
  return context.launch(float_kernel<kRowsEach>,
                        {.grid = {int(product_blocks(f.product, kRows, kBlockTiles)), 1, 1},
                         .threads = kThreads,
                         .shared_bytes = sizeof(BlockMemory<kRows>)},
                        f);
}

}  // namespace

fov_status float_product(CudaContext& context, int32_t dtype, int64_t K, const Product& product) {
  const FloatProduct f = {product, dtype, K};
  return std::max(product.sets[0].rows, product.sets[1].rows) <= kThreadRows
             ? launch_float<1>(context, f)
             : launch_float<4>(context, f);
}

}  // namespace fovea::cuda
