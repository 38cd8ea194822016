// Products of many rows (prefill): limited by arithmetic. A block owns a rectangle of y; a ring of
// stages in shared memory holds the next steps of its weights and of its rows of x.
#include "cuda/gemm/block_sums.h"
#include "cuda/gemm/sums.h"

namespace fovea::cuda {
namespace {

// Warps are kDown x kAcross, each with a rectangle of kTiles x kColumns.
template <int kTileCount, int kColumnCount, int kDownCount, int kAcrossCount, int kStageCount>
struct Shape {
  static constexpr int kTiles = kTileCount, kColumns = kColumnCount;
  static constexpr int kDown = kDownCount, kAcross = kAcrossCount, kStages = kStageCount;
  static constexpr int kThreads = kDown * kAcross * kWarpLanes;
  static constexpr int kBlockTiles = kDown * kTiles;
  static constexpr int kBlockRows = kAcross * kColumns * 8;
};
using LargeShape = Shape<4, 4, 2, 4, 4>;  // 128 features x 128 rows
using SmallShape = Shape<1, 4, 2, 2, 6>;  // 32 features x 64 rows

// One step. Rows of x are 64 bytes (int8: 32) without gaps: a quarter of a warp, rows 2 i and
// 2 i + 1, reads 128 bytes in a row.
template <typename Sums, typename S>
struct Stage {
  static constexpr int kTileBytes = int(step_bytes(Sums::Weights::kDtype));
  static constexpr int kRowBytes = 4 * Sums::kInputBytes;
  static constexpr int kScaleBytes = Sums::kIntegers ? S::kBlockRows * int(sizeof(float)) : 16;
  alignas(128) char weights[S::kBlockTiles][kTileBytes];
  alignas(128) char x[S::kBlockRows][kRowBytes];
  alignas(16) char scales[kScaleBytes];  // of x, where it is int8
};

// Calls body(i) for i = 0..count-1, dealt out to the block's threads.
template <int kCount, int kThreads, typename Body>
SIMT_DEVICE void deal(const Body& body) {
  SIMT_UNROLL
  for (int i = 0; i < kCount; i += kThreads)
    if (kCount % kThreads == 0 || i + thread() < kCount) body(i + thread());
}

template <typename Sums, typename S>
SIMT_DEVICE void fetch_weights(Stage<Sums, S>& to, const Product& p, const WeightSet& set,
                               int64_t tile, int64_t step) {
  constexpr int kChunks = Stage<Sums, S>::kTileBytes / 16;
  const char* from = set.values + tile * p.tile_bytes + step * Stage<Sums, S>::kTileBytes;
  deal<S::kBlockTiles * kChunks, S::kThreads>([&](int i) {
    const int m = i / kChunks, offset = i % kChunks * 16;
    const bool exists = tile + m < p.tiles;
    copy_async_16(to.weights[m] + offset, exists ? from + m * p.tile_bytes + offset : set.values,
                  exists ? 16 : 0);
  });
}

template <typename Sums, typename S>
SIMT_DEVICE void fetch_rows(Stage<Sums, S>& to, const Product& p, const WeightSet& set, int64_t row,
                            int64_t step) {
  constexpr int kRowBytes = Stage<Sums, S>::kRowBytes, kChunks = kRowBytes / 16;
  const char* from = p.x.data + (set.input_row + row) * p.x.pitch + step * kRowBytes;
  deal<S::kBlockRows * kChunks, S::kThreads>([&](int i) {
    const int r = i / kChunks, offset = i % kChunks * 16;
    const bool exists = row + r < set.rows;
    copy_async_16(to.x[r] + offset, exists ? from + r * p.x.pitch + offset : p.x.data,
                  exists ? 16 : 0);
  });
  if constexpr (Sums::kIntegers) {
    const int64_t first = set.input_row + row;
    deal<Stage<Sums, S>::kScaleBytes / 16, S::kThreads>([&](int i) {
      const bool exists = first + i * 4 < p.x.scale_rows;
      copy_async_16(to.scales + i * 16,
                    p.x.scales + (exists ? step * p.x.scale_rows + first + i * 4 : 0),
                    exists ? 16 : 0);
    });
  }
}

// This lane's inputs of row g of a column.
template <typename Sums, typename S>
SIMT_DEVICE typename Sums::Inputs staged_inputs(const Stage<Sums, S>& stage, int column) {
  const int g = lane() / 4, t = lane() % 4;
  const char* row = stage.x[column * 8 + g] + t * Sums::kInputBytes;
  if constexpr (Sums::kIntegers) {
    const vec8 scales = *reinterpret_cast<const vec8*>(stage.scales + (column * 8 + 2 * t) * 4);
    return {*reinterpret_cast<const vec8*>(row),
            {std::bit_cast<float>(scales.word[0]), std::bit_cast<float>(scales.word[1])}};
  } else {
    return *reinterpret_cast<const vec16*>(row);
  }
}

template <typename Sums, typename S>
union BlockMemory {
  Stage<Sums, S> stages[S::kStages];
  BlockSums<S::kBlockTiles, S::kBlockRows, S::kThreads> sums;  // once the stages have been read
};

template <typename Sums, typename S>
SIMT_KERNEL(S::kThreads, 1)
tile_kernel(Product p) {
  using Weights = typename Sums::Weights;
  BlockMemory<Sums, S>& memory = shared<BlockMemory<Sums, S>>();
  const BlockPart part = block_part(p, S::kBlockRows, S::kBlockTiles);
  const WeightSet& set = p.sets[part.set];
  const int down = warp() % S::kDown * S::kTiles, across = warp() / S::kDown * S::kColumns;
  const auto fetch = [&](int64_t step) {
    if (step < p.steps) {
      Stage<Sums, S>& to = memory.stages[step % S::kStages];
      fetch_weights(to, p, set, part.tile, step);
      fetch_rows(to, p, set, part.row, step);
    }
    copy_commit();
  };
  for (int step = 0; step < S::kStages - 1; ++step) fetch(step);
  Sums sums;
  for (int64_t step = 0; step < p.steps; ++step) {
    copy_wait<S::kStages - 2>();
    sync_threads();  // the stage is there, and the one before it has been read
    fetch(step + S::kStages - 1);
    const Stage<Sums, S>& stage = memory.stages[step % S::kStages];
    typename Sums::Inputs x[S::kColumns];
    SIMT_UNROLL
    for (int c = 0; c < S::kColumns; ++c) x[c] = staged_inputs(stage, across + c);
    sums.begin(set, part.tile + down, p.tiles);
    SIMT_UNROLL
    for (int m = 0; m < S::kTiles; ++m) {
      uint32_t w[Weights::kWords];
      load_words(stage.weights[down + m], w);
      sums.add(m, w, x);
    }
    sums.end(step + 1 == p.steps);
  }
  copy_wait<0>();
  sync_threads();
  memory.sums.put(sums, down, across);
  sync_threads();
  memory.sums.finish(p, set, part);
}

template <typename S>
fov_status launch_tiles(CudaContext& context, int32_t dtype, bool integers,
                        const Product& product) {
  return with_sums<S::kTiles, S::kColumns>(dtype, integers, [&](auto sums) {
    using Sums = decltype(sums);
    return context.launch(
        tile_kernel<Sums, S>,
        {.grid = {int(product_blocks(product, S::kBlockRows, S::kBlockTiles)), 1, 1},
         .threads = S::kThreads,
         .shared_bytes = sizeof(BlockMemory<Sums, S>)},
        product);
  });
}

}  // namespace

fov_status tile_product(CudaContext& context, int32_t dtype, bool integers,
                        const Product& product) {
  // Large blocks read less for each product, but must be enough to occupy the device.
  return product_blocks(product, LargeShape::kBlockRows, LargeShape::kBlockTiles) >=
                 context.multiprocessors()
             ? launch_tiles<LargeShape>(context, dtype, integers, product)
             : launch_tiles<SmallShape>(context, dtype, integers, product);
}

}  // namespace fovea::cuda
