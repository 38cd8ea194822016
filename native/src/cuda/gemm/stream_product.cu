// Products of few rows (decode): limited by the speed at which weights arrive. A warp is a block of
// its own and walks through all of one tile, most of its shared memory's worth of weights under
// way; x comes through the caches, one slot ahead, to registers.
#include "cuda/gemm/block_sums.h"
#include "cuda/gemm/sums.h"

namespace fovea::cuda {
namespace {

constexpr int kSlotSteps = 4;

template <typename Weights>
struct Ring {
  static constexpr int kSlotBytes = int(kSlotSteps * step_bytes(Weights::kDtype));
  static constexpr int kSlots = (16 << 10) / kSlotBytes;
  alignas(16) char slots[kSlots][kSlotBytes];
};

template <typename Weights>
SIMT_DEVICE void fetch_slot(Ring<Weights>& ring, const char* tile, int64_t tile_bytes,
                            int64_t slot) {
  using R = Ring<Weights>;
  char* to = ring.slots[slot % R::kSlots];
  SIMT_UNROLL
  for (int c = 0; c < R::kSlotBytes / 16; c += kWarpLanes) {
    const int offset = (c + lane()) * 16;
    if (slot * R::kSlotBytes + offset < tile_bytes)
      copy_async_16(to + offset, tile + slot * R::kSlotBytes + offset);
  }
  copy_commit();
}

// This lane's inputs of a step, of row 8 column + g; zeros past the last row and step.
template <typename Sums>
SIMT_DEVICE typename Sums::Inputs load_inputs(const Product& p, const WeightSet& set, int column,
                                              int64_t step) {
  const int g = lane() / 4, t = lane() % 4;
  const int64_t row = column * 8 + g;
  typename Sums::Inputs inputs = {};
  if (step >= p.steps) return inputs;
  const char* from =
      p.x.data + (set.input_row + row) * p.x.pitch + (step * 4 + t) * Sums::kInputBytes;
  if constexpr (Sums::kIntegers) {
    if (row < set.rows) inputs.q = *reinterpret_cast<const vec8*>(from);
    const float* scales = p.x.scales + step * p.x.scale_rows + set.input_row + column * 8 + 2 * t;
    inputs.scale[0] = scales[0];
    inputs.scale[1] = scales[1];
  } else {
    if (row < set.rows) inputs = *reinterpret_cast<const vec16*>(from);
  }
  return inputs;
}

template <typename Sums>
struct SlotInputs {
  typename Sums::Inputs of[kSlotSteps][Sums::kColumns];

  SIMT_MEMBER void load(const Product& p, const WeightSet& set, int64_t slot) {
    SIMT_UNROLL
    for (int s = 0; s < kSlotSteps; ++s) SIMT_UNROLL
    for (int c = 0; c < Sums::kColumns; ++c)
      of[s][c] = load_inputs<Sums>(p, set, c, slot * kSlotSteps + s);
  }
};

template <typename Sums>
union BlockMemory {
  Ring<typename Sums::Weights> ring;
  BlockSums<1, 8 * Sums::kColumns, kWarpLanes> sums;
};

template <typename Sums>
SIMT_KERNEL(kWarpLanes, 16)
stream_kernel(Product p) {
  using Weights = typename Sums::Weights;
  using R = Ring<Weights>;
  BlockMemory<Sums>& memory = shared<BlockMemory<Sums>>();
  R& ring = memory.ring;
  const WeightSet& set = p.sets[block().y];
  const int64_t tile = block().x;
  const char* weights = set.values + tile * p.tile_bytes;
  for (int slot = 0; slot < R::kSlots - 1; ++slot)
    fetch_slot<Weights>(ring, weights, p.tile_bytes, slot);
  SlotInputs<Sums> now, next;
  next.load(p, set, 0);
  Sums sums;
  for (int64_t slot = 0; slot * kSlotSteps < p.steps; ++slot) {
    now = next;
    next.load(p, set, slot + 1);
    copy_wait<R::kSlots - 2>();
    sync_warp();  // the slot is there, and the one before it has been read
    fetch_slot<Weights>(ring, weights, p.tile_bytes, slot + R::kSlots - 1);
    const char* from = ring.slots[slot % R::kSlots];
    SIMT_UNROLL
    for (int s = 0; s < kSlotSteps; ++s) {
      const int64_t step = slot * kSlotSteps + s;
      if (step >= p.steps) break;
      uint32_t w[Weights::kWords];
      load_words(from + s * step_bytes(Weights::kDtype), w);
      sums.begin(set, tile, p.tiles);
      sums.add(0, w, now.of[s]);
      sums.end(step + 1 == p.steps);
    }
  }
  copy_wait<0>();
  sync_warp();
  memory.sums.put(sums, 0, 0);
  sync_warp();
  memory.sums.finish(p, set, {.set = block().y, .row = 0, .tile = tile});
}

template <int kColumns>
fov_status launch_stream(CudaContext& context, int32_t dtype, bool integers,
                         const Product& product) {
  return with_sums<1, kColumns>(dtype, integers, [&](auto sums) {
    using Sums = decltype(sums);
    return context.launch(stream_kernel<Sums>,
                          {.grid = {int(product.tiles), product.set_count, 1},
                           .threads = kWarpLanes,
                           .shared_bytes = sizeof(BlockMemory<Sums>)},
                          product);
  });
}

}  // namespace

fov_status stream_product(CudaContext& context, int32_t dtype, bool integers,
                          const Product& product) {
  const int64_t rows = std::max(product.sets[0].rows, product.sets[1].rows);
  return rows <= 8 ? launch_stream<1>(context, dtype, integers, product)
                   : launch_stream<2>(context, dtype, integers, product);
}

}  // namespace fovea::cuda
