// Rows of x for integer products: each group of 32 inputs as int8 values and a scale.
#pragma once
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {

constexpr int64_t kXGroup = 32;  // inputs that share a scale

// How the values of a group are laid into words. A word of the weights meets `parts` words of x;
// value h of part i is input i + parts * h of the weights' word.
struct IntegerWords {
  bool bytes;     // four values of 8 bits in a word, else two of 16
  int64_t parts;  // words of x for a word of the weights
  int64_t depth;  // weights in a word

  int64_t group_words() const { return kXGroup / depth; }
};

// q = x / scale rounded; the scale is NaN where a value is not finite. Where it is that or 0, q is
// any number: the product with the scale is NaN or 0.
template <typename T>
FOV_INLINE float quantize_group(const T* x, int64_t n, int8_t (&q)[kXGroup]) {
  vfloat values[kXGroup / kLanes], top{}, poison{};
#pragma GCC unroll 8
  for (int64_t d = 0; d < kXGroup; d += kLanes) {
    const int64_t left = n - d;
    vfloat& v = values[d / kLanes];
    v = left >= kLanes ? load(x + d) : left > 0 ? load(x + d, left) : vfloat{};
    top = max(abs(v), top);
    poison += v * 0.0f;
  }
  const float scale = largest(top) / 127.0f + sum(poison);
#pragma GCC unroll 8
  for (int64_t d = 0; d < kXGroup; d += kLanes) {
    const vfloat quotient = min(max(values[d / kLanes] / scale, broadcast(-127.0f)),
                                broadcast(127.0f));  // a NaN becomes a number
    const float magic = 12582912.0f;  // 1.5 2^23: its unit is 1, so that the sum rounds
    const vint rounded = vint(quotient + magic) - vint(broadcast(magic));
    for (int i = 0; i < kLanes; ++i) q[d + i] = int8_t(rounded[i]);
  }
  return scale;
}

// `rows` rows of K elements, for each group [rows] scales (f32), [rows] offsets (i32), and the
// group's words [words][parts][rows]. The offset is -zero * sum(q), which weights stored as q +
// zero call for.
template <typename T>
void quantize_rows(const T* x, int64_t stride, int64_t rows, int64_t K, const IntegerWords& form,
                   int32_t zero, uint32_t* out) {
  const int64_t values_in_word = form.bytes ? 4 : 2;
  for (int64_t k = 0; k < K; k += kXGroup) {
    const int64_t n = K - k < kXGroup ? K - k : kXGroup;
    const int64_t words = (n + form.depth - 1) / form.depth;
    for (int64_t r = 0; r < rows; ++r) {
      int8_t q[kXGroup];
      const float scale = quantize_group(x + r * stride + k, n, q);
      int32_t total = 0;
      for (int8_t value : q) total += value;
      out[r] = std::bit_cast<uint32_t>(scale);
      out[rows + r] = std::bit_cast<uint32_t>(-zero * total);
      uint32_t* word = out + 2 * rows + r;
      for (int64_t w = 0; w < words; ++w)
        for (int64_t part = 0; part < form.parts; ++part, word += rows) {
          const int8_t* from = q + w * form.depth + part;
          *word = 0;
          for (int64_t h = 0; h < values_in_word; ++h) {
            const int32_t value = from[h * form.parts];
            *word |= form.bytes ? uint32_t(uint8_t(value)) << 8 * h
                                : uint32_t(uint16_t(value)) << 16 * h;
          }
        }
    }
    out += rows * (2 + words * form.parts);
  }
}

}  // namespace fovea::cpu::FOV_ISA
