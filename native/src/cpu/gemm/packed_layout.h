// The CPU's order of packed weights: panels of 16 output features, K outermost inside a panel.
//
//   f32   [panels][K][16]                one f32 a word
//   bf16  [panels][ceil(K/2)][16]        two bf16 a word: even k in its low half, odd k in its high
//
// A word has 32 bits, so a row of 16 words is one cache line: one AVX-512 vector, two of AVX2, and
// the operand of VDPBF16PS. Features past N and an odd K are filled up with zeros. The pair of
// FOV_EPILOGUE_SWIGLU alternates panels: gate 0..15, up 0..15, gate 16..31, up 16..31, ...
#pragma once
#include <cstdint>

#include "fovea/fovea.h"

namespace fovea::cpu {

constexpr int64_t kPanelColumns = 16;
// Panels are allocated in fours, so that a kernel which reads several at once never reads past.
constexpr int64_t kPanelMultiple = 4;

constexpr int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

// Values of k in one word.
constexpr int64_t word_depth(int32_t dtype) { return dtype == FOV_BF16 ? 2 : 1; }

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
