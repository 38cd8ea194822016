// The loops around the tiles.
//
// Small products (few rows) read each weight once from memory, several panels side by side, and
// prefetch: they run at the speed of the memory. Large ones follow Goto and van de Geijn ("Anatomy
// of High-Performance Matrix Multiplication", 2008): x is packed once; a block of its rows by a
// block of K stays in the second-level cache while panels of weights pass through the first; bf16
// weights are widened there, a block at a time.
//
// Quantised weights become f32 in both, or stay integers and meet x as integers.
#include "cpu/gemm/product.h"

#include <algorithm>

#include "cpu/gemm/integer_tile.h"
#include "cpu/gemm/scaled_tile.h"
#include "cpu/gemm/window_rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

constexpr int64_t kBlockWords = 256;                 // of x along K: 16 KiB of a panel
constexpr int64_t kRowsPerBlock = 240;               // with kBlockWords: 240 KiB of x
constexpr int64_t kGroupPanels = 8;                  // of one task: 120 KiB of sums
constexpr int64_t kPackedXWords = int64_t{4} << 20;  // at once, shared by all threads: 16 MiB
constexpr int64_t kStreamAhead = 1024;               // bytes to prefetch ahead of use
constexpr int64_t kLineBytes = 64;
constexpr int64_t kMinimalTaskFlop = 1 << 20;  // about 10 us

constexpr int64_t round_up(int64_t n, int64_t multiple) { return ceil_div(n, multiple) * multiple; }

// [0, n) in `parts` ranges whose lengths differ by at most one.
struct Split {
  int64_t n, parts;
  int64_t begin(int64_t i) const { return n / parts * i + std::min(i, n % parts); }
};

class Plan {
 public:
  Plan(const Product& product, int32_t threads);
  void run(CpuContext& context);

 private:
  struct Task {
    int64_t first_tile, tiles;    // of the rows that are packed
    int64_t first_panel, panels;  // panels a multiple of tile_panels_
  };

  void choose_tiles();
  void run_rows(CpuContext& context, int64_t begin, int64_t end);
  // window_rows: room for a tile's windows, where the product has windows.
  void pack_tile(int64_t tile, void* window_rows, uint32_t* packed) const;
  void run_task(const Task& task, const uint32_t* packed, float* sums, float* widened) const;
  void run_block(const Task& task, int64_t word, int64_t words, const uint32_t* packed, float* sums,
                 float* widened) const;
  // Words of a packed row of x that go with words [0, word) of the weights.
  int64_t x_words(int64_t word) const {
    const int64_t scales = integers_ ? 2 * ceil_div(word, integers_->words.group_words()) : 0;
    return word * parts_ + scales;
  }

  const Product& product_;
  const int32_t threads_;
  const bool streams_;  // a small product
  const PackedWeights weights_;
  const int64_t panels_, words_;  // of the weights: panels used, words of a column

  XWords x_form_ = XWords::kF32;
  const IntegerTiles* integers_ = nullptr;   // of an integer product
  Widen widen_ = nullptr;                    // blocks of weights into f32
  int64_t parts_ = 1;                        // words of x for a word of the weights
  int64_t tile_rows_ = 0, tile_panels_ = 0;  // largest
  const Tile* tiles_ = nullptr;              // by rows - 1
  int64_t block_words_ = 0;                  // of the weights

  // The rows being multiplied, which are packed: [first_row_, first_row_ + rows_.n).
  int64_t first_row_ = 0;
  Split rows_{0, 1};  // into tiles
};

constexpr StreamTiles kF32Stream = stream_tiles<F32Product>();
constexpr StreamTiles kWideningStream = stream_tiles<WideningProduct>();
constexpr BlockTiles kF32Block = block_tiles<F32Product>();
constexpr IntegerTiles kI8Integers = integer_tiles_of<PairProduct<8>>();
constexpr IntegerTiles kI4Integers = integer_tiles_of<I4Product>();

constexpr StreamTiles kI8Stream = scaled_tiles<IntegerWeights<8>>();
constexpr StreamTiles kI4Stream = scaled_tiles<IntegerWeights<4>>();
constexpr StreamTiles kF8Stream = scaled_tiles<F8Weights>();

const Tile* stream_from(int32_t dtype) {
  return dtype == FOV_I8     ? kI8Stream.data()
         : dtype == FOV_I4   ? kI4Stream.data()
         : dtype == FOV_F8   ? kF8Stream.data()
         : dtype == FOV_BF16 ? kWideningStream.data()
                             : kF32Stream.data();
}

Widen widen_from(int32_t dtype) {
  return dtype == FOV_I8   ? widen_scaled<IntegerWeights<8>>
         : dtype == FOV_I4 ? widen_scaled<IntegerWeights<4>>
         : dtype == FOV_F8 ? widen_scaled<F8Weights>
                           : widen_bf16;
}

Plan::Plan(const Product& product, int32_t threads)
    : product_(product),
      threads_(threads),
      streams_(product.R <= kStreamRows),
      weights_(product.weights),
      panels_(used_panels(product.epilogue.N, product.epilogue.kind == FOV_EPILOGUE_SWIGLU)),
      words_(weights_.words_per_column) {
  choose_tiles();
  block_words_ = streams_ ? words_ : std::min(words_, kBlockWords / parts_);
}

void Plan::choose_tiles() {
  const int32_t dtype = product_.weights.dtype;
  const DotTiles* dot = dtype == FOV_BF16 && product_.x_dtype == FOV_BF16 ? dot_tiles() : nullptr;
  tile_rows_ = streams_ ? kStreamRows : kBlockRows;
  tile_panels_ = streams_ ? stream_panels(int(product_.R)) : kBlockPanels;
  if (product_.weights.layout == FOV_PACKED_INT8) {
    integers_ = byte_tiles(dtype);
    if (!integers_) integers_ = dtype == FOV_I8 ? &kI8Integers : &kI4Integers;
    parts_ = integers_->words.parts;
    tiles_ = streams_ ? integers_->stream.data() : integers_->block.data();
    return;
  }
  if (dot) {
    x_form_ = XWords::kPairs;
    tiles_ = streams_ ? dot->stream.data() : dot->block.data();
    return;
  }
  parts_ = word_depth(dtype);
  tiles_ = streams_ ? stream_from(dtype) : kF32Block.data();
  if (!streams_ && dtype != FOV_F32) widen_ = widen_from(dtype);
}

void Plan::run(CpuContext& context) {
  const int64_t fitting = std::max(kPackedXWords / x_words(words_), kRowsPerBlock);
  const Split chunks{product_.R, ceil_div(product_.R, fitting)};
  for (int64_t i = 0; i < chunks.parts; ++i)
    run_rows(context, chunks.begin(i), chunks.begin(i + 1));
}

// Rows [begin, end): packs them, then multiplies them in tasks of a block of rows by some panels.
void Plan::run_rows(CpuContext& context, int64_t begin, int64_t end) {
  first_row_ = begin;
  rows_ = {end - begin, ceil_div(end - begin, tile_rows_)};
  // Tasks: about four a thread where the panels allow, and more blocks of rows where they do not.
  // A group of panels holds whole pairs and whole tiles.
  const int64_t smallest = std::max<int64_t>(tile_panels_, 2);
  const int64_t most_groups = ceil_div(panels_, smallest);
  const int64_t wanted_blocks =
      std::max(ceil_div(rows_.n, kRowsPerBlock), ceil_div(2 * threads_, most_groups));
  const Split blocks{rows_.parts, std::min(rows_.parts, wanted_blocks)};  // of tiles
  const int64_t wanted_panels = panels_ * blocks.parts / (4 * threads_);
  const int64_t group = streams_ ? smallest
                                 : std::clamp(wanted_panels / smallest * smallest, smallest,
                                              std::max(smallest, kGroupPanels));
  const int64_t groups = ceil_div(panels_, group);

  const int64_t block_rows = std::min(rows_.n, ceil_div(rows_.parts, blocks.parts) * tile_rows_);
  const size_t sum_bytes = size_t(group * block_rows * kPanelColumns) * sizeof(float);
  const size_t widened_bytes =
      widen_ ? size_t(tile_panels_ * block_words_ * parts_ * kPanelColumns) * sizeof(float) : 0;
  const size_t window_bytes =
      product_.windows ? size_t(tile_rows_ * product_.K * dtype_bytes(product_.x_dtype)) : 0;
  const size_t worker_bytes = std::max(sum_bytes + widened_bytes, window_bytes);
  const size_t packed_bytes = size_t(round_up(rows_.n * x_words(words_), 16)) * sizeof(uint32_t);
  for (int worker = 1; worker < threads_; ++worker) context.scratch(worker, worker_bytes);
  char* shared = static_cast<char*>(context.scratch(0, packed_bytes + worker_bytes));
  uint32_t* packed = reinterpret_cast<uint32_t*>(shared);
  const auto memory_of = [&](int worker) {
    return worker == 0 ? shared + packed_bytes
                       : static_cast<char*>(context.scratch(worker, worker_bytes));
  };

  const int64_t pack_grain = std::max<int64_t>(1, 65536 / (tile_rows_ * x_words(words_)));
  context.pool.parallel_for(rows_.parts, pack_grain, [&](int64_t first, int64_t last, int worker) {
    for (int64_t tile = first; tile < last; ++tile) pack_tile(tile, memory_of(worker), packed);
  });
  const int64_t flop = 2 * block_rows * group * kPanelColumns * product_.K;
  const int64_t grain = std::max<int64_t>(1, kMinimalTaskFlop / flop);
  context.pool.parallel_for(
      blocks.parts * groups, grain, [&](int64_t first, int64_t last, int worker) {
        char* scratch = memory_of(worker);
        float* sums = reinterpret_cast<float*>(scratch);
        float* widened = reinterpret_cast<float*>(scratch + sum_bytes);
        for (int64_t i = first; i < last; ++i) {
          const int64_t block = i / groups, panel = i % groups * group;
          const int64_t tile = blocks.begin(block);
          const Task task = {tile, blocks.begin(block + 1) - tile, panel,
                             std::min(group, round_up(panels_ - panel, tile_panels_))};
          run_task(task, packed, sums, widened);
        }
      });
}

void Plan::pack_tile(int64_t tile, void* window_rows, uint32_t* packed) const {
  const int64_t row = rows_.begin(tile), rows = rows_.begin(tile + 1) - row;
  uint32_t* words = packed + row * x_words(words_);
  const int64_t K = product_.K;
  with_activation(product_.x_dtype, [&](auto type) {
    using T = decltype(type);
    const T* x = static_cast<const T*>(product_.x);
    int64_t stride = product_.x_stride;
    if (product_.windows) {
      T* copies = static_cast<T*>(window_rows);
      copy_windows(x, stride, K, *product_.windows, first_row_ + row, rows, copies);
      x = copies;
      stride = K;
    } else {
      x += (first_row_ + row) * stride;
    }
    if (integers_)
      quantize_rows(x, stride, rows, K, integers_->words,
                    product_.weights.dtype == FOV_I8 ? 128 : 8, words);
    else if (x_form_ == XWords::kF32)
      pack_f32_words(x, stride, rows, K, words_ * parts_, words);
    else if constexpr (__is_same(T, bf16))
      pack_pairs(x, stride, rows, K, words);
  });
}

void Plan::run_task(const Task& task, const uint32_t* packed, float* sums, float* widened) const {
  for (int64_t word = 0; word < words_; word += block_words_)
    run_block(task, word, std::min(block_words_, words_ - word), packed, sums, widened);
  const int64_t row = rows_.begin(task.first_tile);
  const int64_t rows = rows_.begin(task.first_tile + task.tiles) - row;
  const int64_t panels = std::min(task.panels, panels_ - task.first_panel);
  if (product_.epilogue.y_dtype == FOV_BF16)
    finish<bf16>(product_.epilogue, sums, first_row_ + row, rows, task.first_panel, panels);
  else
    finish<float>(product_.epilogue, sums, first_row_ + row, rows, task.first_panel, panels);
}

// sums [panels][rows][16] += rows of the task times words [word, word + words) of its panels.
void Plan::run_block(const Task& task, int64_t word, int64_t words, const uint32_t* packed,
                     float* sums, float* widened) const {
  const int64_t first_row = rows_.begin(task.first_tile);
  const int64_t rows = rows_.begin(task.first_tile + task.tiles) - first_row;
  const int64_t steps = widen_ ? words * parts_ : words;
  TileOperands o = {};
  o.steps = steps;
  o.prefetch_stride = words_ * kLineBytes;
  o.sum_stride = rows * kPanelColumns;
  o.first = word == 0;
  o.scale_stride = weights_.scale_stride;
  o.scale_bytes = weights_.group_bytes;
  o.scale_group = weights_.group_words;
  o.scale_words = weights_.group_words - word % weights_.group_words;
  o.scale_dtype = weights_.scale_dtype;
  for (int64_t p = 0; p < task.panels; p += tile_panels_) {
    const int64_t panel = task.first_panel + p;
    const uint32_t* weights = weights_.panel(panel, word);
    // What comes next: other panels, or the first panels' next words.
    const bool last = p + tile_panels_ >= task.panels;
    const uint32_t* next = last ? weights_.panel(task.first_panel, word + words)
                                : weights_.panel(panel + tile_panels_, word);
    if (is_quantized(product_.weights.dtype)) o.scales = weights_.panel_scales(panel, word);
    if (widen_) {
      for (int64_t i = 0; i < tile_panels_; ++i)
        widen_(weights_, panel + i, word, words, widened + i * steps * kPanelColumns);
      o.weights = reinterpret_cast<const uint32_t*>(widened);
      o.weight_stride = steps * kPanelColumns;
    } else {
      o.weights = weights;
      o.weight_stride = words_ * kPanelColumns;
    }
    // Each tile prefetches its share of the next words; a stream looks ahead in its own.
    const int64_t share = streams_ ? words * kLineBytes : ceil_div(words * kLineBytes, task.tiles);
    o.prefetch_step = ceil_div(share, steps);
    for (int64_t t = 0; t < task.tiles; ++t) {
      const int64_t row = rows_.begin(task.first_tile + t);
      const int64_t tile_rows = rows_.begin(task.first_tile + t + 1) - row;
      o.x = packed + row * x_words(words_) + tile_rows * x_words(word);
      o.prefetch = streams_ ? reinterpret_cast<uintptr_t>(weights) + kStreamAhead
                            : reinterpret_cast<uintptr_t>(next) + uintptr_t(t * share);
      o.sums = sums + (p * rows + row - first_row) * kPanelColumns;
      tiles_[tile_rows - 1](o);
    }
  }
}

}  // namespace

void multiply(CpuContext& context, const Product& product) {
  Plan(product, context.threads()).run(context);
}

}  // namespace fovea::cpu::FOV_ISA
