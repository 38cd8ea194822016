// Element types in kernels. Conversions are those of common/dtype.h: constexpr, so that device code
// may call them too.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include "common/dtype.h"

#ifdef __CUDACC__
#define SIMT_DEVICE [[maybe_unused]] static __device__ __forceinline__
#define SIMT_MEMBER __device__ __forceinline__
#else
#define SIMT_MEMBER inline
#define SIMT_DEVICE [[maybe_unused]] static inline
#endif

namespace fovea::cuda {

struct alignas(16) vec16 {  // 16 bytes that move as one
  uint32_t word[4];
};
struct alignas(8) vec8 {  // 8 bytes that move as one
  uint32_t word[2];
};

template <typename T>
SIMT_DEVICE float rounded_to(float x) {
  return to_float(from_float<T>(x));
}

// The value of an e4m3fn code; exact.
SIMT_DEVICE float f8_to_float(uint32_t code) {
  if ((code & 0x7fu) == 0x7fu) return std::bit_cast<float>(0x7fc00000u);
  // Exponent and mantissa moved to an f32's place are 2^-120 of the value, subnormals included.
  const float magnitude = std::bit_cast<float>((code & 0x7fu) << 20) * 0x1p120f;
  return code & 0x80u ? -magnitude : magnitude;
}

[[maybe_unused]] static constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace fovea::cuda
