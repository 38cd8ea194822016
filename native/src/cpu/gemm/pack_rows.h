// Rows of x in the order in which a tile reads them: [words][rows], so that the next words of all
// rows are neighbours. A word is an f32, or (for VDPBF16PS) a pair of bf16. Past K: zeros.
#pragma once
#include "cpu/simd.h"

namespace fovea::cpu::FOV_ISA {

enum class XWords { kF32, kPairs };

// x: `rows` rows of K elements, `stride` elements apart; words: [count][rows].
template <typename T>
void pack_f32_words(const T* x, int64_t stride, int64_t rows, int64_t K, int64_t count,
                    uint32_t* words) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * stride;
    uint32_t* out = words + r;
    for (int64_t k = 0; k < K; ++k) out[k * rows] = std::bit_cast<uint32_t>(to_float(row[k]));
    for (int64_t k = K; k < count; ++k) out[k * rows] = 0;
  }
}

FOV_INLINE void pack_pairs(const bf16* x, int64_t stride, int64_t rows, int64_t K,
                           uint32_t* words) {
  for (int64_t r = 0; r < rows; ++r) {
    const bf16* row = x + r * stride;
    uint32_t* out = words + r;
    for (int64_t k = 0; k + 1 < K; k += 2)
      out[k / 2 * rows] = uint32_t{row[k].bits} | uint32_t{row[k + 1].bits} << 16;
    if (K % 2) out[K / 2 * rows] = row[K - 1].bits;
  }
}

}  // namespace fovea::cpu::FOV_ISA
