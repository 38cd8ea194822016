// Register tiles: sums[rows, panels of 16] += x[rows, K] W[K, panels of 16], the innermost loops of
// the matrix products.
//
// Every tile adds the products of one output in the order of k into one accumulator, whatever its
// shape, so an output's bits do not depend on the rows computed with it. Sums may be carried from
// one range of k to the next through memory without changing them.
#pragma once
#include <array>
#include <utility>

#include "cpu/gemm/widen.h"

namespace fovea::cpu::FOV_ISA {

struct TileOperands {
  const uint32_t* x;        // [steps][parts][rows] words, see pack_rows.h, quantize_rows.h
  const uint32_t* weights;  // [panels] of [steps][16] words
  int64_t weight_stride;    // words between panels
  int64_t steps;            // words of a column
  uintptr_t prefetch;       // address of weights that are wanted soon, in the first panel
  int64_t prefetch_stride;  // bytes between its panels
  int64_t prefetch_step;    // bytes to advance with each step
  float* sums;              // [panels] of [rows][16]
  int64_t sum_stride;       // elements between panels
  bool first;               // the sums begin at zero and `sums` is not read
  // Quantised weights only:
  const char* scales;    // of the first panel's weights, for the first step
  int64_t scale_stride;  // bytes between panels
  int64_t scale_bytes;   // to the next group's
  int64_t scale_group;   // words that share a scale
  int64_t scale_words;   // how many of them are left, the first step's included
  int32_t scale_dtype;
};

using Tile = void (*)(const TileOperands&);

constexpr int kVectorsPerPanel = int(kPanelColumns) / kLanes;

// Tiles of a large product: as many accumulators as leave registers for the operands.
constexpr int kBlockRows = kLanes == 16 ? 12 : kLanes == 8 ? 6 : 2;
constexpr int kBlockPanels = kLanes == 16 ? 2 : 1;

// Tiles of a small product, which read weights from memory once: few rows, several panels, so that
// there are enough accumulators to hide the latency of FMA and enough streams for the memory.
constexpr int kStreamRows = kLanes == 16 ? 8 : kLanes == 8 ? 4 : 2;
constexpr int kStreamVectors = kLanes == 16 ? 16 : 8;
constexpr int stream_panels(int rows) {
  int panels = 4;
  while (panels > 1 && rows * panels * kVectorsPerPanel > kStreamVectors) panels /= 2;
  return panels;
}

// f32 words of x times f32 words of the weights.
struct F32Product {
  static constexpr int kParts = 1;  // words of x for a word of the weights
  FOV_INLINE vfloat part(vuint word, int) { return vfloat(word); }
  FOV_INLINE vfloat multiply_add(vfloat x, vfloat w, vfloat sum) { return fma(x, w, sum); }
};

// f32 words of x times pairs of bf16: each half is widened, which is exact.
struct WideningProduct : Bf16Weights {
  FOV_INLINE vfloat multiply_add(vfloat x, vfloat w, vfloat sum) { return fma(x, w, sum); }
};

template <class Product, int kRows, int kPanels>
void multiply_tile(const TileOperands& operands) {
  constexpr int kVectors = kPanels * kVectorsPerPanel;
  const TileOperands o = operands;
  const uint32_t* x = o.x;
  const uint32_t* weights = o.weights;
  uintptr_t prefetch = o.prefetch;
  const auto weight_word = [&](int v) {
    vuint word;
    std::memcpy(&word,
                weights + v / kVectorsPerPanel * o.weight_stride + v % kVectorsPerPanel * kLanes,
                sizeof word);
    return word;
  };
  const auto x_word = [&](int r) { return broadcast(std::bit_cast<float>(x[r])); };
  const auto sum_at = [&](int r, int v) {
    return o.sums + v / kVectorsPerPanel * o.sum_stride + r * kPanelColumns +
           v % kVectorsPerPanel * kLanes;
  };

  vfloat sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) sums[r][v] = o.first ? vfloat{} : load(sum_at(r, v));

  for (int64_t step = 0; step < o.steps; ++step) {
#pragma GCC unroll 4
    for (int p = 0; p < kPanels; ++p)
      __builtin_prefetch(
          reinterpret_cast<const void*>(prefetch + uintptr_t(p * o.prefetch_stride)));
    prefetch += uintptr_t(o.prefetch_step);
#pragma GCC unroll 2
    for (int i = 0; i < Product::kParts; ++i) {
      // What is fewer, rows or vectors, stays in registers.
      if constexpr (kRows < kVectors) {
        vfloat from_x[kRows];
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) from_x[r] = x_word(r);
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          const vfloat w = Product::part(weight_word(v), i);
#pragma GCC unroll 16
          for (int r = 0; r < kRows; ++r)
            sums[r][v] = Product::multiply_add(from_x[r], w, sums[r][v]);
        }
      } else {
        vfloat w[kVectors];
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) w[v] = Product::part(weight_word(v), i);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
          const vfloat from_x = x_word(r);
#pragma GCC unroll 16
          for (int v = 0; v < kVectors; ++v)
            sums[r][v] = Product::multiply_add(from_x, w[v], sums[r][v]);
        }
      }
      x += kRows;
    }
    weights += kPanelColumns;
  }

#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) store(sum_at(r, v), sums[r][v]);
}

// Tiles by rows - 1.
using StreamTiles = std::array<Tile, size_t(kStreamRows)>;
using BlockTiles = std::array<Tile, size_t(kBlockRows)>;

template <class Product, size_t... kIndex>
constexpr StreamTiles make_stream_tiles(std::index_sequence<kIndex...>) {
  return {multiply_tile<Product, int(kIndex) + 1, stream_panels(int(kIndex) + 1)>...};
}

template <class Product, size_t... kIndex>
constexpr BlockTiles make_block_tiles(std::index_sequence<kIndex...>) {
  return {multiply_tile<Product, int(kIndex) + 1, kBlockPanels>...};
}

template <class Product>
constexpr StreamTiles stream_tiles() {
  return make_stream_tiles<Product>(std::make_index_sequence<size_t(kStreamRows)>());
}

template <class Product>
constexpr BlockTiles block_tiles() {
  return make_block_tiles<Product>(std::make_index_sequence<size_t(kBlockRows)>());
}

// The tiles of bf16 x with bf16 weights where the processor multiplies pairs of bf16 itself
// (VDPBF16PS); x is then packed in pairs too. nullptr elsewhere.
struct DotTiles {
  StreamTiles stream;
  BlockTiles block;
};
const DotTiles* dot_tiles();

}  // namespace fovea::cpu::FOV_ISA
