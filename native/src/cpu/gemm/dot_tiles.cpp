#include <array>
#include <utility>

#include "cpu/simd.h"
// Only this file may use VDPBF16PS: AVX-512 processors before Cooper Lake and Zen 4 lack it.
#if defined(FOV_NATIVE_AVX512)
#pragma GCC target("avx512bf16")
#endif
#include "cpu/gemm/tile.h"

namespace fovea::cpu::FOV_ISA {

#if FOV_LANES == 16

namespace {

// Pairs of bf16 from both: sum + x.odd * w.odd + x.even * w.even, each product exact. The
// instruction takes subnormal inputs for zeros; the emulation keeps them.
struct DotProduct {
  static constexpr int kParts = 1;
  FOV_INLINE vfloat part(vuint word, int) { return vfloat(word); }
  FOV_INLINE vfloat multiply_add(vfloat x, vfloat w, vfloat sum) {
#if defined(FOV_NATIVE_AVX512)
    return vfloat(_mm512_dpbf16_ps(__m512(sum), __m512bh(x), __m512bh(w)));
#else
    const auto even = [](vfloat pair) { return vfloat(bits(pair) << 16); };
    const auto odd = [](vfloat pair) { return vfloat(bits(pair) & 0xffff0000u); };
    return fma(even(x), even(w), fma(odd(x), odd(w), sum));
#endif
  }
};

constexpr DotTiles kDotTiles = {stream_tiles<DotProduct>(), block_tiles<DotProduct>()};

bool has_dot_instruction() {
#if defined(FOV_NATIVE_AVX512)
  return __builtin_cpu_supports("avx512bf16");
#else
  return true;  // emulated
#endif
}

}  // namespace

const DotTiles* dot_tiles() {
  static const bool usable = has_dot_instruction();
  return usable ? &kDotTiles : nullptr;
}

#else

const DotTiles* dot_tiles() { return nullptr; }

#endif

}  // namespace fovea::cpu::FOV_ISA
