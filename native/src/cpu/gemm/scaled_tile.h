// Register tiles of few rows times quantised weights, as floats: each weight is unpacked and takes
// its scale in registers. The products and their order are those of widened weights (widen.h).
#pragma once
#include "cpu/gemm/tile.h"

namespace fovea::cpu::FOV_ISA {

template <class Weights, int kRows, int kPanels>
void multiply_scaled_tile(const TileOperands& operands) {
  constexpr int kVectors = kPanels * kVectorsPerPanel;
  const TileOperands o = operands;
  const uint32_t* x = o.x;
  const uint32_t* weights = o.weights;
  const char* scales = o.scales;
  int64_t scale_left = o.scale_words;
  uintptr_t prefetch = o.prefetch;
  const auto sum_at = [&](int r, int v) {
    return o.sums + v / kVectorsPerPanel * o.sum_stride + r * kPanelColumns +
           v % kVectorsPerPanel * kLanes;
  };

  vfloat sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) sums[r][v] = o.first ? vfloat{} : load(sum_at(r, v));

  for (int64_t left = o.steps; left > 0;) {
    const int64_t words = left < scale_left ? left : scale_left;
    vfloat scale[kVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v)
      scale[v] = load_scales(scales + v / kVectorsPerPanel * o.scale_stride, o.scale_dtype,
                             v % kVectorsPerPanel * kLanes);
    for (int64_t word = 0; word < words; ++word) {
#pragma GCC unroll 4
      for (int p = 0; p < kPanels; ++p)
        __builtin_prefetch(
            reinterpret_cast<const void*>(prefetch + uintptr_t(p * o.prefetch_stride)));
      prefetch += uintptr_t(o.prefetch_step);
#pragma GCC unroll 8
      for (int i = 0; i < Weights::kParts; ++i) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          const vuint packed = load_words(weights + v / kVectorsPerPanel * o.weight_stride +
                                          v % kVectorsPerPanel * kLanes);
          const vfloat w = Weights::part(packed, i) * scale[v];
#pragma GCC unroll 16
          for (int r = 0; r < kRows; ++r)
            sums[r][v] = fma(broadcast(std::bit_cast<float>(x[r])), w, sums[r][v]);
        }
        x += kRows;
      }
      weights += kPanelColumns;
    }
    left -= words;
    scales += o.scale_bytes;
    scale_left = o.scale_group;
  }

#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) store(sum_at(r, v), sums[r][v]);
}

template <class Weights, size_t... kIndex>
constexpr StreamTiles make_scaled_tiles(std::index_sequence<kIndex...>) {
  return {multiply_scaled_tile<Weights, int(kIndex) + 1, stream_panels(int(kIndex) + 1)>...};
}

template <class Weights>
constexpr StreamTiles scaled_tiles() {
  return make_scaled_tiles<Weights>(std::make_index_sequence<size_t(kStreamRows)>());
}

}  // namespace fovea::cpu::FOV_ISA
