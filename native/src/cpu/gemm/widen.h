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

// Unsigned integers of kBits that stand for q + kZero. A float whose exponent makes the integer's
// lowest bit a unit takes it as it lies in the word; half a word lies low enough for that.
template <int kBits>
struct IntegerWeights {
  static constexpr int kParts = 32 / kBits;
  static constexpr int kZero = 1 << (kBits - 1);
  FOV_INLINE vfloat part(vuint word, int i) {
    const int low = i * kBits % 16;
    const vuint half = i * kBits < 16 ? word : word >> 16;
    const vuint shifted = (half & ((1u << kBits) - 1) << low) | (uint32_t(127 + 23 - low) << 23);
    return vfloat(shifted) - float((1 << (23 - low)) + kZero);
  }
};

// e4m3fn: 2^(e - 7) (1 + m/8), for e = 0: 2^-6 m/8.
struct F8Weights {
  static constexpr int kParts = 4;
  FOV_INLINE vfloat part(vuint word, int i) {
    const vuint code = word >> 8 * i;
    const vuint magnitude = code & 0x7fu;
    const vuint normal = (magnitude << 20) + (120u << 23);
    const vfloat subnormal = vfloat(normal + (1u << 23)) - 0x1p-6f;
    const vfloat value = magnitude < 8u ? subnormal : vfloat(normal);
    return vfloat(bits(value) | (code & 0x80u) << 24);
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
