// Vectors of FOV_LANES f32 values: the one vocabulary in which kernels are written. The same
// kernel source is compiled with 4 lanes (portable), 8 (AVX2) and 16 (AVX-512); what the compiler's
// vector extension cannot say has one line per instruction set below.
#pragma once
#include <cstdint>
#include <cstring>

#include "common/dtype.h"

#if defined(__AVX512F__) && FOV_LANES == 16
#define FOV_NATIVE_AVX512 1
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__) && FOV_LANES == 8
#define FOV_NATIVE_AVX2 1
#endif
#if defined(FOV_NATIVE_AVX512) || defined(FOV_NATIVE_AVX2)
#include <immintrin.h>
#endif

// Internal linkage on purpose: see dtype.h.
#define FOV_INLINE [[gnu::always_inline, maybe_unused]] static inline

namespace fovea::cpu::FOV_ISA {

constexpr int kLanes = FOV_LANES;

typedef float vfloat __attribute__((vector_size(FOV_LANES * 4)));
typedef int32_t vint __attribute__((vector_size(FOV_LANES * 4)));
typedef uint32_t vuint __attribute__((vector_size(FOV_LANES * 4)));
typedef uint16_t vushort __attribute__((vector_size(FOV_LANES * 2)));

FOV_INLINE vfloat broadcast(float x) { return x - vfloat{}; }
FOV_INLINE vuint bits(vfloat x) { return vuint(x); }

// a b + c; one rounding where the processor has FMA, two on the portable path.
FOV_INLINE vfloat fma(vfloat a, vfloat b, vfloat c) {
#if defined(FOV_NATIVE_AVX512)
  return vfloat(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
#elif defined(FOV_NATIVE_AVX2)
  return vfloat(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
#elif defined(__FMA__)
  for (int i = 0; i < kLanes; ++i) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return c;
#else
  return a * b + c;
#endif
}

// b where either is a NaN.
FOV_INLINE vfloat max(vfloat a, vfloat b) { return a > b ? a : b; }
FOV_INLINE vfloat min(vfloat a, vfloat b) { return a < b ? a : b; }
FOV_INLINE vfloat abs(vfloat x) { return vfloat(bits(x) & 0x7fffffffu); }
FOV_INLINE vfloat copysign(vfloat magnitude, vfloat sign) {
  return vfloat((bits(magnitude) & 0x7fffffffu) | (bits(sign) & 0x80000000u));
}

FOV_INLINE vfloat load(const float* p) {
  vfloat x;
  std::memcpy(&x, p, sizeof x);
  return x;
}

FOV_INLINE vfloat load(const bf16* p) {
  vushort x;
  std::memcpy(&x, p, sizeof x);
  return vfloat(__builtin_convertvector(x, vuint) << 16);
}

FOV_INLINE vfloat load(const f16* p) {
#if defined(FOV_NATIVE_AVX512)
  return vfloat(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
#elif defined(FOV_NATIVE_AVX2)
  return vfloat(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#else
  f16 h[kLanes];
  std::memcpy(h, p, sizeof h);  // p may be unaligned: a mapped checkpoint
  vfloat x;
  for (int i = 0; i < kLanes; ++i) x[i] = to_float(h[i]);
  return x;
#endif
}

FOV_INLINE void store(float* p, vfloat x) { std::memcpy(p, &x, sizeof x); }

// The bf16 bits of each lane in its upper half, rounded to nearest even; NaN stays NaN.
FOV_INLINE vuint round_bits_bf16(vfloat x) {
  const vuint b = bits(x);
  const vuint rounded = b + 0x7fffu + (b >> 16 & 1u);
  return x == x ? rounded : b | 0x400000u;
}

FOV_INLINE void store(bf16* p, vfloat x) {
  const vushort h = __builtin_convertvector(round_bits_bf16(x) >> 16, vushort);
  std::memcpy(p, &h, sizeof h);
}

FOV_INLINE void store(f16* p, vfloat x) {
#if defined(FOV_NATIVE_AVX512)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      _mm512_cvtps_ph(__m512(x), _MM_FROUND_TO_NEAREST_INT));
#elif defined(FOV_NATIVE_AVX2)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                   _mm256_cvtps_ph(__m256(x), _MM_FROUND_TO_NEAREST_INT));
#else
  f16 h[kLanes];
  for (int i = 0; i < kLanes; ++i) h[i] = from_float<f16>(x[i]);
  std::memcpy(p, h, sizeof h);
#endif
}

// The first n < kLanes elements; the other lanes are zero.
template <typename T>
FOV_INLINE vfloat load(const T* p, int64_t n) {
  T buffer[kLanes] = {};
  std::memcpy(buffer, p, size_t(n) * sizeof(T));
  return load(buffer);
}

template <typename T>
FOV_INLINE void store(T* p, vfloat x, int64_t n) {
  T buffer[kLanes];
  store(buffer, x);
  std::memcpy(p, buffer, size_t(n) * sizeof(T));
}

// x as it comes back from a store in T.
template <typename T>
FOV_INLINE vfloat rounded_to(vfloat x) {
  if constexpr (sizeof(T) == 4)
    return x;
  else
    return vfloat(round_bits_bf16(x) & 0xffff0000u);
}

// Sum over the lanes, halves first.
FOV_INLINE float sum(vfloat x) {
  float lane[kLanes];
  store(lane, x);
  for (int half = kLanes / 2; half >= 1; half /= 2)
    for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
  return lane[0];
}

FOV_INLINE float largest(vfloat x) {
  float m = x[0];
  for (int i = 1; i < kLanes; ++i) m = x[i] > m ? x[i] : m;
  return m;
}

}  // namespace fovea::cpu::FOV_ISA
