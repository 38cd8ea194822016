// The CPU's order of packed weights: panels of 16 output features, K outermost inside a panel, in
// words of 32 bits that hold one feature's next weights:
//
//   f32     [panels][K][16]            one weight a word
//   bf16    [panels][ceil(K/2)][16]    two: even k in the low half, odd k in the high
//   i8, f8  [panels][ceil(K/4)][16]    four: k in byte k % 4; i8 as q + 128
//   i4      [panels][K/8][16]          eight: k in bits 4 (k % 8) and up, as q + 8
//
// 16 words are one cache line: one AVX-512 vector, two of AVX2, and the operand of VDPBF16PS or
// VPDPBUSD. Features past N and inputs past K are filled up with zeros. The pair of
// FOV_EPILOGUE_SWIGLU alternates panels: gate 0..15, up 0..15, gate 16..31, up 16..31, ...
// The scales of quantised weights follow all panels: [panels][K / group][16].
#pragma once
#include <cstdint>

#include "common/dtype.h"

namespace fovea::cpu {

constexpr int64_t kPanelColumns = 16;
// Panels are allocated in fours, so that a kernel which reads several at once never reads past.
constexpr int64_t kPanelMultiple = 4;
// Words of a column that are packed at a time: what was read stays in the first cache.
constexpr int64_t kStepWords = 64;

constexpr int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

constexpr bool is_quantized(int32_t dtype) {
  return dtype == FOV_I8 || dtype == FOV_I4 || dtype == FOV_F8;
}

// Weights in one word.
constexpr int64_t word_depth(int32_t dtype) {
  return dtype == FOV_I4 ? 8 : dtype == FOV_I8 || dtype == FOV_F8 ? 4 : dtype == FOV_BF16 ? 2 : 1;
}

// Words of one column.
constexpr int64_t column_words(int32_t dtype, int64_t K) { return ceil_div(K, word_depth(dtype)); }

// Panels that hold N features; `pair`: two sets of N.
constexpr int64_t used_panels(int64_t N, bool pair) {
  return ceil_div(N, kPanelColumns) * (pair ? 2 : 1);
}

// Panels in memory for `features` rows in all, be they one set or a pair of half as many each.
constexpr int64_t allocated_panels(int64_t features) {
  return ceil_div(features, kPanelColumns * kPanelMultiple) * kPanelMultiple;
}

}  // namespace fovea::cpu

namespace fovea::cpu::FOV_ISA {

// Addresses inside packed weights.
struct PackedWeights {
  uint32_t* words;
  int64_t words_per_column;
  // Of quantised weights only:
  char* scales = nullptr;
  int32_t scale_dtype = FOV_F32;
  int64_t group_words = 1;   // of a column that share a scale
  int64_t group_bytes = 0;   // scales of a panel's 16 features
  int64_t scale_stride = 0;  // bytes from a panel's scales to the next panel's

  explicit PackedWeights(const fov_tensor& packed)
      : words(static_cast<uint32_t*>(packed.data)),
        words_per_column(column_words(packed.dtype, packed.shape[1])) {
    if (!is_quantized(packed.dtype)) return;
    scales = reinterpret_cast<char*>(panel(allocated_panels(packed.shape[0]), 0));
    scale_dtype = int32_t(packed.stride[1]);
    group_words = column_words(packed.dtype, packed.stride[0]);
    group_bytes = kPanelColumns * dtype_bytes(scale_dtype);
    scale_stride = packed.shape[1] / packed.stride[0] * group_bytes;
  }

  uint32_t* panel(int64_t panel, int64_t word) const {
    return words + (panel * words_per_column + word) * kPanelColumns;
  }
  // Scales of a panel for the group of `word`.
  char* panel_scales(int64_t panel, int64_t word) const {
    return scales + panel * scale_stride + word / group_words * group_bytes;
  }
};

}  // namespace fovea::cpu::FOV_ISA
