// Register tiles of integer products: int8 rows (quantize_rows.h) times packed i8 or i4.
//
// Over a group of 32 inputs products sum exactly in i32; then each output adds
// sum * (scale of the weights * scale of x) to its f32, group after group, whatever the tile's
// shape.
#pragma once
#include "cpu/gemm/quantize_rows.h"
#include "cpu/gemm/tile.h"
#include "cpu/gemm/widen.h"

namespace fovea::cpu::FOV_ISA {

// Keeps the compiler from regrouping integer sums, which would cost it more registers than there
// are.
FOV_INLINE vint in_order(vint sum) {
#if defined(FOV_NATIVE_AVX512) || defined(FOV_NATIVE_AVX2)
  asm("" : "+v"(sum));
#endif
  return sum;
}

// A product says how a group's sum begins, what a word of each side adds, and what the sum is then.

// Pairs of i16: weights unsigned in kBits each.
template <int kBits>
struct PairProduct {
  static constexpr int kDepth = 32 / kBits;
  static constexpr int kParts = 16 / kBits;
  static constexpr bool kBytes = false;
  FOV_INLINE vint begin(uint32_t offset) { return vint{} + int32_t(offset); }
  FOV_INLINE vint end(vint sum, uint32_t) { return sum; }
  FOV_INLINE vuint part(vuint word, int i) {
    return word >> kBits * i & (kBits == 8 ? 0x00ff00ffu : 0x000f000fu);
  }
  // sum + x.low * w.low + x.high * w.high
  FOV_INLINE vint multiply_add(uint32_t x, vuint w, vint sum) {
    const vuint pair = vuint{} + x;
#if defined(FOV_NATIVE_AVX512)
    return in_order(sum + vint(_mm512_madd_epi16(__m512i(w), __m512i(pair))));
#elif defined(FOV_NATIVE_AVX2)
    return in_order(sum + vint(_mm256_madd_epi16(__m256i(w), __m256i(pair))));
#else
    return sum + vint(w & 0xffffu) * (vint(pair << 16) >> 16) + vint(w >> 16) * (vint(pair) >> 16);
#endif
  }
};

#if defined(FOV_NATIVE_AVX512) || defined(FOV_NATIVE_AVX2)
// Bytes: i4 weights unsigned, x signed. A group's sums fit in i16: 16 * 15 * 127 < 2^15 for each.
struct NibbleProduct {
  static constexpr int kDepth = 8;
  static constexpr int kParts = 2;
  static constexpr bool kBytes = true;
  FOV_INLINE vint begin(uint32_t) { return vint{}; }
  FOV_INLINE vuint part(vuint word, int i) { return word >> 4 * i & 0x0f0f0f0fu; }
  FOV_INLINE vint multiply_add(uint32_t x, vuint w, vint sum) {
    const vuint quad = vuint{} + x;
#if defined(FOV_NATIVE_AVX512)
    return in_order(
        vint(_mm512_add_epi16(__m512i(sum), _mm512_maddubs_epi16(__m512i(w), __m512i(quad)))));
#else
    return in_order(
        vint(_mm256_add_epi16(__m256i(sum), _mm256_maddubs_epi16(__m256i(w), __m256i(quad)))));
#endif
  }
  FOV_INLINE vint end(vint sum, uint32_t offset) {
    const vint ones = vint{} + 0x00010001;
#if defined(FOV_NATIVE_AVX512)
    return vint(_mm512_madd_epi16(__m512i(sum), __m512i(ones))) + int32_t(offset);
#else
    return vint(_mm256_madd_epi16(__m256i(sum), __m256i(ones))) + int32_t(offset);
#endif
  }
};
using I4Product = NibbleProduct;
#else
using I4Product = PairProduct<4>;
#endif

template <class Product, int kRows, int kPanels>
void multiply_integer_tile(const TileOperands& operands) {
  constexpr int kVectors = kPanels * kVectorsPerPanel;
  constexpr int64_t kGroupWords = kXGroup / Product::kDepth;
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
  if (o.first)
    for (int v = 0; v < kVectors; ++v)
      for (int r = 0; r < kRows; ++r) store(sum_at(r, v), vfloat{});

  for (int64_t step = 0; step < o.steps; step += kGroupWords) {
    const int64_t words = o.steps - step < kGroupWords ? o.steps - step : kGroupWords;
    const uint32_t* x_scales = x;
    vint sums[kRows][kVectors];
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sums[r][v] = Product::begin(x[kRows + r]);
    x += 2 * kRows;

    for (int64_t word = 0; word < words; ++word) {
#pragma GCC unroll 4
      for (int p = 0; p < kPanels; ++p)
        __builtin_prefetch(
            reinterpret_cast<const void*>(prefetch + uintptr_t(p * o.prefetch_stride)));
      prefetch += uintptr_t(o.prefetch_step);
#pragma GCC unroll 4
      for (int i = 0; i < Product::kParts; ++i) {
        if constexpr (kRows < kVectors) {
#pragma GCC unroll 16
          for (int v = 0; v < kVectors; ++v) {
            const vuint w =
                Product::part(load_words(weights + v / kVectorsPerPanel * o.weight_stride +
                                         v % kVectorsPerPanel * kLanes),
                              i);
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) sums[r][v] = Product::multiply_add(x[r], w, sums[r][v]);
          }
        } else {
          vuint w[kVectors];
#pragma GCC unroll 16
          for (int v = 0; v < kVectors; ++v)
            w[v] = Product::part(load_words(weights + v / kVectorsPerPanel * o.weight_stride +
                                            v % kVectorsPerPanel * kLanes),
                                 i);
#pragma GCC unroll 16
          for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
            for (int v = 0; v < kVectors; ++v)
              sums[r][v] = Product::multiply_add(x[r], w[v], sums[r][v]);
        }
        x += kRows;
      }
      weights += kPanelColumns;
    }

#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      const vfloat w_scale = load_scales(scales + v / kVectorsPerPanel * o.scale_stride,
                                         o.scale_dtype, v % kVectorsPerPanel * kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
        const vint sum = Product::end(sums[r][v], x_scales[kRows + r]);
        const vfloat scale = w_scale * std::bit_cast<float>(x_scales[r]);
        store(sum_at(r, v), fma(__builtin_convertvector(sum, vfloat), scale, load(sum_at(r, v))));
      }
    }
    scale_left -= words;
    if (scale_left == 0) {
      scales += o.scale_bytes;
      scale_left = o.scale_group;
    }
  }
}

template <class Product, size_t... kIndex>
constexpr StreamTiles make_integer_stream(std::index_sequence<kIndex...>) {
  return {multiply_integer_tile<Product, int(kIndex) + 1, stream_panels(int(kIndex) + 1)>...};
}

template <class Product, size_t... kIndex>
constexpr BlockTiles make_integer_blocks(std::index_sequence<kIndex...>) {
  return {multiply_integer_tile<Product, int(kIndex) + 1, kBlockPanels>...};
}

struct IntegerTiles {
  IntegerWords words;
  StreamTiles stream;
  BlockTiles block;
};

template <class Product>
constexpr IntegerTiles integer_tiles_of() {
  return {{Product::kBytes, Product::kParts, Product::kDepth},
          make_integer_stream<Product>(std::make_index_sequence<size_t(kStreamRows)>()),
          make_integer_blocks<Product>(std::make_index_sequence<size_t(kBlockRows)>())};
}

// Those of bytes where the processor multiplies them itself (VPDPBUSD); nullptr elsewhere.
const IntegerTiles* byte_tiles(int32_t dtype);

}  // namespace fovea::cpu::FOV_ISA
