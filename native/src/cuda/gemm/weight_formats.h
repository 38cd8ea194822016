// Formats of packed weights: what the words that a lane holds of a step are as operands.
//
//   kWords    words of a lane: word 2 i + r is row r, see packed_layout.h
//   kScaled   whether a value is q, and the weight q * scale
//   value     input e (0..7) of row r as f32
//   operand   the m16 operand of multiply() for inputs 4 half .. 4 half + 3; exact
//   integers  the m16 operand of multiply_s8() for all inputs, kIntegerUnit times q
#pragma once
#include "cuda/gemm/packed_layout.h"

namespace fovea::cuda {

struct F32Weights {
  static constexpr int32_t kDtype = FOV_F32;
  static constexpr int kWords = 16;
  static constexpr bool kScaled = false;
  SIMT_MEMBER static float value(const uint32_t (&w)[kWords], int r, int e) {
    return std::bit_cast<float>(w[2 * e + r]);
  }
};

struct Bf16Weights {
  static constexpr int32_t kDtype = FOV_BF16;
  static constexpr int kWords = 8;
  static constexpr bool kScaled = false;
  SIMT_MEMBER static float value(const uint32_t (&w)[kWords], int r, int e) {
    const uint32_t word = w[e / 2 * 2 + r];
    return std::bit_cast<float>(e % 2 ? word & 0xffff0000u : word << 16);
  }
  SIMT_MEMBER static void operand(const uint32_t (&w)[kWords], int half, uint32_t (&a)[4]) {
    SIMT_UNROLL
    for (int i = 0; i < 4; ++i) a[i] = w[4 * half + i];
  }
};

// The operand of a format that has value().
template <typename Weights>
SIMT_DEVICE void operand_of_values(const uint32_t (&w)[Weights::kWords], int half,
                                   uint32_t (&a)[4]) {
  SIMT_UNROLL
  for (int i = 0; i < 4; ++i) {
    const int e = 4 * half + i / 2 * 2;
    a[i] = pack_bf16(Weights::value(w, i % 2, e), Weights::value(w, i % 2, e + 1));
  }
}

// An unsigned integer u of kBits at bit kLow (kLow + kBits <= 23) of a word as the float u - kZero:
// an exponent under which the bit kLow of the mantissa is a unit turns it into a number.
template <int kBits, int kLow, int kZero>
SIMT_DEVICE float unsigned_field(uint32_t word) {
  constexpr uint32_t kMask = ((1u << kBits) - 1) << kLow;
  constexpr uint32_t kExponent = uint32_t(127 + 23 - kLow) << 23;
  return std::bit_cast<float>((word & kMask) | kExponent) - float((1 << (23 - kLow)) + kZero);
}

struct I8Weights {
  static constexpr int32_t kDtype = FOV_I8;
  static constexpr int kWords = 4;
  static constexpr bool kScaled = true;
  static constexpr int kIntegerUnit = 1;
  SIMT_MEMBER static float value(const uint32_t (&w)[kWords], int r, int e) {
    const uint32_t from_zero = w[e / 4 * 2 + r] ^ 0x80808080u;  // q + 128
    const uint32_t word = e % 4 < 2 ? from_zero : from_zero >> 16;
    return e % 2 ? unsigned_field<8, 8, 128>(word) : unsigned_field<8, 0, 128>(word);
  }
  SIMT_MEMBER static void operand(const uint32_t (&w)[kWords], int half, uint32_t (&a)[4]) {
    operand_of_values<I8Weights>(w, half, a);
  }
  SIMT_MEMBER static void integers(const uint32_t (&w)[kWords], uint32_t (&a)[4]) {
    SIMT_UNROLL
    for (int i = 0; i < 4; ++i) a[i] = w[i];
  }
};

struct I4Weights {
  static constexpr int32_t kDtype = FOV_I4;
  static constexpr int kWords = 2;
  static constexpr bool kScaled = true;
  static constexpr int kIntegerUnit = 16;
  SIMT_MEMBER static float value(const uint32_t (&w)[kWords], int r, int e) {
    const uint32_t from_zero = w[r] ^ 0x88888888u;  // q + 8
    const uint32_t word = e % 4 < 2 ? from_zero : from_zero >> 16;
    switch (e % 2 * 2 + e / 4) {
      case 0:
        return unsigned_field<4, 0, 8>(word);
      case 1:
        return unsigned_field<4, 4, 8>(word);
      case 2:
        return unsigned_field<4, 8, 8>(word);
      default:
        return unsigned_field<4, 12, 8>(word);
    }
  }
  SIMT_MEMBER static void operand(const uint32_t (&w)[kWords], int half, uint32_t (&a)[4]) {
    operand_of_values<I4Weights>(w, half, a);
  }
  // A nibble in the upper half of a byte is 16 times its value.
  SIMT_MEMBER static void integers(const uint32_t (&w)[kWords], uint32_t (&a)[4]) {
    SIMT_UNROLL
    for (int r = 0; r < 2; ++r) {
      a[r] = w[r] << 4 & 0xf0f0f0f0u;
      a[2 + r] = w[r] & 0xf0f0f0f0u;
    }
  }
};

// e4m3fn without NaN, which pack_quantized refuses.
struct F8Weights {
  static constexpr int32_t kDtype = FOV_F8;
  static constexpr int kWords = 4;
  static constexpr bool kScaled = true;
  // Exponent and mantissa moved to an f32's place are 2^-120 of the value, subnormals included.
  SIMT_MEMBER static float value(const uint32_t (&w)[kWords], int r, int e) {
    const uint32_t code = w[e / 4 * 2 + r] << (24 - e % 4 * 8);  // in the highest byte
    return std::bit_cast<float>(uint32_t(int32_t(code) >> 4) & 0x87f00000u) * 0x1p120f;
  }
  SIMT_MEMBER static void operand(const uint32_t (&w)[kWords], int half, uint32_t (&a)[4]) {
    operand_of_values<F8Weights>(w, half, a);
  }
};

// This lane's words of a step.
template <int kWords>
SIMT_DEVICE void load_words(const char* step, uint32_t (&w)[kWords]) {
  if constexpr (kWords == 2) {
    const vec8 chunk = reinterpret_cast<const vec8*>(step)[lane()];
    w[0] = chunk.word[0];
    w[1] = chunk.word[1];
  } else {
    SIMT_UNROLL
    for (int c = 0; c < kWords / 4; ++c) {
      const vec16 chunk = reinterpret_cast<const vec16*>(step)[c * kWarpLanes + lane()];
      SIMT_UNROLL
      for (int i = 0; i < 4; ++i) w[4 * c + i] = chunk.word[i];
    }
  }
}

}  // namespace fovea::cuda
