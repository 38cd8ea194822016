// Products with f32 x, on plain FMA: for accuracy, not for speed. Every sum takes its inputs in
// order, so a row's result does not depend on the other rows.
#include "cuda/gemm/product.h"
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

template <typename Weights>
SIMT_DEVICE void widen(float (&to)[kStepInputs][kPositions], const Product& p, const WeightSet& set,
                       int64_t tile, int m, int64_t step) {
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

// kRowsEach: rows of a thread.
template <typename Weights, int kRowsEach>
SIMT_KERNEL(kThreads, 1)
float_kernel(Product p) {
  constexpr int kRows = kThreadRows * kRowsEach;
  Step<kRows>& in = shared<Step<kRows>>();
  const BlockPart part = block_part(p, kRows, kBlockTiles);
  const WeightSet set = part.set == 0 ? p.sets[0] : p.sets[1];
  const int position = thread() % (kPositions / kEach) * kEach;
  const int first = thread() / (kPositions / kEach);
  const int64_t K = p.x.bytes / int64_t(sizeof(float));
  float z[kRowsEach][kEach] = {};
  for (int64_t step = 0; step < p.steps; ++step) {
    if (warp() < kBlockTiles) widen<Weights>(in.weights, p, set, part.tile, warp(), step);
    for (int i = thread(); i < kRows * kStepInputs; i += kThreads) {
      const int64_t row = part.row + i / kStepInputs, k = step * kStepInputs + i % kStepInputs;
      const char* from = p.x.data + (set.input_row + row) * p.x.pitch;
      in.x[i % kStepInputs][i / kStepInputs] =
          row < set.rows && k < K ? reinterpret_cast<const float*>(from)[k] : 0.0f;
    }
    sync_threads();
    for (int k = 0; k < kStepInputs; ++k) SIMT_UNROLL
    for (int r = 0; r < kRowsEach; ++r) SIMT_UNROLL
    for (int i = 0; i < kEach; ++i)
      z[r][i] = fmaf(in.x[k][first + r * kThreadRows], in.weights[k][position + i], z[r][i]);
    sync_threads();
  }
  const int64_t tile = part.tile + position / kTileFeatures;
  SIMT_UNROLL
  for (int r = 0; r < kRowsEach; ++r) {
    const int64_t row = part.row + first + r * kThreadRows;
    if (row >= set.rows || tile >= p.tiles) continue;
    SIMT_UNROLL
    for (int i = 0; i < kEach; i += 2)
      finish_pair(p.epilogue, set.bias, set.output_row + row, tile,
                  (position % kTileFeatures + i) / 2, z[r][i], z[r][i + 1]);
  }
}

template <typename Weights, int kRowsEach>
fov_status launch_float(CudaContext& context, const Product& product) {
  constexpr int kRows = kThreadRows * kRowsEach;
  return context.launch(float_kernel<Weights, kRowsEach>,
                        {.grid = {int(product_blocks(product, kRows, kBlockTiles)), 1, 1},
                         .threads = kThreads,
                         .shared_bytes = sizeof(Step<kRows>)},
                        product);
}

template <typename Weights>
fov_status launch_float_of(CudaContext& context, const Product& product) {
  return std::max(product.sets[0].rows, product.sets[1].rows) <= kThreadRows
             ? launch_float<Weights, 1>(context, product)
             : launch_float<Weights, 4>(context, product);
}

}  // namespace

fov_status float_product(CudaContext& context, int32_t dtype, const Product& product) {
  switch (dtype) {
    case FOV_F32:
      return launch_float_of<F32Weights>(context, product);
    case FOV_I8:
      return launch_float_of<I8Weights>(context, product);
    case FOV_I4:
      return launch_float_of<I4Weights>(context, product);
    case FOV_F8:
      return launch_float_of<F8Weights>(context, product);
    default:
      return launch_float_of<Bf16Weights>(context, product);
  }
}

}  // namespace fovea::cuda
