// Packed weights as f32, a block at a time.
#pragma once
#include "cpu/gemm/packed_layout.h"
#include "cpu/simd.h"

namespace fovea::cpu::FOV_ISA {

// The weights in a word: kParts of them, in the order of k.
struct Bf16Weights {
  static constexpr int kParts = 2;
  FOV_INLINE vfloat part(vuint word, int i) {
    return vfloat(i == 0 ? word << 16 : word & 0xffff0000u);
  }
};

// Unsigned integers of kBits that stand for q + kZero. Where one lies in the mantissa of a float,
// an exponent that makes its lowest bit a unit turns it into a number; others are shifted down
// first.
template <int kBits>
struct IntegerWeights {
  static constexpr int kParts = 32 / kBits;
  static constexpr int kZero = 1 << (kBits - 1);
  FOV_INLINE vfloat part(vuint word, int i) {
    const bool last = i == kParts - 1;
    const int in_word = i * kBits;
    const int low = last ? 0 : in_word + kBits <= 23 ? in_word : in_word - 16;
    const vuint shifted = word >> (in_word - low);
    const vuint integer = last ? shifted : shifted & ((1u << kBits) - 1) << low;
    return vfloat(integer | uint32_t(127 + 23 - low) << 23) - float((1 << (23 - low)) + kZero);
  }
};

// e4m3fn: n = 2^(e - 7) (1 + m/8), but where e = 0: 2^-6 m/8 = 2n - 2^-6. That is below n only
// there.
struct F8Weights {
  static constexpr int kParts = 4;
  FOV_INLINE vfloat part(vuint word, int i) {
    const vuint code = word << (24 - 8 * i);  // in the highest byte
    const vfloat n = vfloat((code >> 4 & 0x07f00000u) + (120u << 23));
    return vfloat(bits(min(n, n + n - 0x1p-6f)) | (code & 0x80000000u));
  }
};

// The scales of one vector of features.
FOV_INLINE vfloat load_scales(const char* scales, int32_t dtype, int64_t lane) {
  if (dtype == FOV_F32) return load(reinterpret_cast<const float*>(scales) + lane);
  if (dtype == FOV_BF16) return load(reinterpret_cast<const bf16*>(scales) + lane);
  return load(reinterpret_cast<const f16*>(scales) + lane);
}

FOV_INLINE vuint load_words(const uint32_t* words) {
  vuint word;
  std::memcpy(&word, words, sizeof word);
  return word;
}

// Words [word, word + count) of a panel to f32 [count * kParts][16].
using Widen = void (*)(const PackedWeights&, int64_t panel, int64_t word, int64_t count,
                       float* out);

FOV_INLINE void widen_bf16(const PackedWeights& weights, int64_t panel, int64_t word, int64_t count,
                           float* out) {
  const uint32_t* words = weights.panel(panel, word);
  for (int64_t i = 0; i < count; ++i, words += kPanelColumns)
    for (int lane = 0; lane < kPanelColumns; lane += kLanes)
      for (int p = 0; p < Bf16Weights::kParts; ++p)
        store(out + (i * Bf16Weights::kParts + p) * kPanelColumns + lane,
              Bf16Weights::part(load_words(words + lane), p));
}

// Each weight times its scale, rounded to f32.
template <class Weights>
void widen_scaled(const PackedWeights& weights, int64_t panel, int64_t word, int64_t count,
                  float* out) {
  constexpr int kParts = Weights::kParts;
  const int64_t end = word + count;
  for (int64_t begin = word; begin < end;) {
    const int64_t group_end = (begin / weights.group_words + 1) * weights.group_words;
    const int64_t stop = group_end < end ? group_end : end;
    const char* scales = weights.panel_scales(panel, begin);
    for (int lane = 0; lane < kPanelColumns; lane += kLanes) {
      const vfloat scale = load_scales(scales, weights.scale_dtype, lane);
      const uint32_t* from = weights.panel(panel, begin) + lane;
      float* to = out + (begin - word) * kParts * kPanelColumns + lane;
      for (int64_t i = begin; i < stop; ++i, from += kPanelColumns) {
        const vuint bits_of_word = load_words(from);
#pragma GCC unroll 8
        for (int p = 0; p < kParts; ++p, to += kPanelColumns)
          store(to, Weights::part(bits_of_word, p) * scale);
      }
    }
    begin = stop;
  }
}

}  // namespace fovea::cpu::FOV_ISA
