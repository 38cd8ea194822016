// Element types: names, sizes, and the exact conversions between f32, bf16 and f16.
#pragma once
#include <bit>
#include <cstdint>

#include "fovea/fovea.h"

namespace fovea {

// 0: no dtype, or i4, which has no whole number of bytes.
constexpr int64_t dtype_bytes(int32_t dtype) {
  switch (dtype) {
    case FOV_F32:
    case FOV_I32:
      return 4;
    case FOV_BF16:
    case FOV_F16:
      return 2;
    case FOV_U8:
    case FOV_I8:
    case FOV_F8:
      return 1;
    default:
      return 0;
  }
}

constexpr const char* dtype_name(int32_t dtype) {
  switch (dtype) {
    case FOV_F32:
      return "f32";
    case FOV_BF16:
      return "bf16";
    case FOV_F16:
      return "f16";
    case FOV_I32:
      return "i32";
    case FOV_U8:
      return "u8";
    case FOV_I8:
      return "i8";
    case FOV_F8:
      return "f8";
    case FOV_I4:
      return "i4";
    default:
      return "unknown dtype";
  }
}

// Storage of a bfloat16: the upper half of an f32.
struct bf16 {
  uint16_t bits;
};

// Storage of an IEEE 754 binary16.
struct f16 {
  uint16_t bits;
};

// `static`, not `inline`: kernels are compiled for several instruction sets, and a linker that
// merged inline functions could put AVX-512 code where the portable path calls it.
[[maybe_unused]] static constexpr float to_float(float x) { return x; }

[[maybe_unused]] static constexpr float to_float(bf16 x) {
  return std::bit_cast<float>(uint32_t{x.bits} << 16);
}

[[maybe_unused]] static constexpr float to_float(f16 x) {
  const uint32_t sign = uint32_t(x.bits & 0x8000u) << 16;
  const uint32_t magnitude = x.bits & 0x7fffu;
  if (magnitude >= 0x7c00u)  // infinity, NaN
    return std::bit_cast<float>(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  if (magnitude < 0x0400u) {  // zero, subnormal: a multiple of 2^-24, exact in f32
    const float value = float(magnitude) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((magnitude << 13) + (112u << 23)));
}

// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.
template <typename T>
constexpr T from_float(float x);

template <>
[[maybe_unused]] constexpr float from_float<float>(float x) {
  return x;
}

template <>
[[maybe_unused]] constexpr bf16 from_float<bf16>(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {uint16_t(bits >> 16 | 0x40u)};
  return {uint16_t((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

template <>
[[maybe_unused]] constexpr f16 from_float<f16>(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint16_t sign = uint16_t(bits >> 16 & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return {uint16_t(sign | 0x7e00u | (magnitude >> 13 & 0x3ffu))};
  if (magnitude >= 0x477ff000u) return {uint16_t(sign | 0x7c00u)};  // from 65520 up: infinity
  if (magnitude < 0x38800000u) {  // below 2^-14: adding 0.5 leaves units of 2^-24, rounded
    const float sum = std::bit_cast<float>(magnitude) + 0.5f;
    return {uint16_t(sign | (std::bit_cast<uint32_t>(sum) - 0x3f000000u))};
  }
  const uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
  return {uint16_t(sign | ((rounded - (112u << 23)) >> 13))};
}

}  // namespace fovea
