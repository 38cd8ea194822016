#include <array>
#include <utility>

#include "cpu/simd.h"
// Only this file may use VPDPBUSD: AVX-512 processors before Cascade Lake and Zen 4 lack it.
#if defined(FOV_NATIVE_AVX512)
#pragma GCC target("avx512vnni")
#endif
#include "cpu/gemm/integer_tile.h"

namespace fovea::cpu::FOV_ISA {

#if FOV_LANES == 16

namespace {

// Four bytes: weights unsigned, x signed.
template <int kBits>
struct ByteProduct {
  static constexpr int kDepth = 32 / kBits;
  static constexpr int kParts = 8 / kBits;
  static constexpr bool kBytes = true;
  FOV_INLINE vint begin(uint32_t offset) { return vint{} + int32_t(offset); }
  FOV_INLINE vint end(vint sum, uint32_t) { return sum; }
  FOV_INLINE vuint part(vuint word, int i) {
    return kBits == 8 ? word : word >> kBits * i & 0x0f0f0f0fu;
  }
  FOV_INLINE vint multiply_add(uint32_t x, vuint w, vint sum) {
    const vint quad = vint{} + int32_t(x);
#if defined(FOV_NATIVE_AVX512)
    return vint(_mm512_dpbusd_epi32(__m512i(sum), __m512i(w), __m512i(quad)));
#else
    for (int shift = 0; shift < 32; shift += 8)
      sum += vint(w >> shift & 0xffu) * (quad << (24 - shift) >> 24);
    return sum;
#endif
  }
};

constexpr IntegerTiles kI8Tiles = integer_tiles_of<ByteProduct<8>>();
constexpr IntegerTiles kI4Tiles = integer_tiles_of<ByteProduct<4>>();

bool has_byte_instruction() {
#if defined(FOV_NATIVE_AVX512)
  return __builtin_cpu_supports("avx512vnni");
#else
  return true;  // emulated
#endif
}

}  // namespace

const IntegerTiles* byte_tiles(int32_t dtype) {
  static const bool usable = has_byte_instruction();
  return !usable ? nullptr : dtype == FOV_I8 ? &kI8Tiles : &kI4Tiles;
}

#else

const IntegerTiles* byte_tiles(int32_t) { return nullptr; }

#endif

}  // namespace fovea::cpu::FOV_ISA
