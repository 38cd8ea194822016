// The inner loops of attention: packed panels, and the products of a few queries with them.
//
// Letters: K head size, Kp = K rounded up to whole vectors. A block is FOV_PAGE_SLOTS keys. Its
// packed form, in f32, is [kBlock / kPanel][K][kPanel] keys, then for each kPanel columns of the
// values (fewer in the last panel) [kBlock][columns]; padding is zero.
//
// Every output element is summed in one order, whatever the number of queries in a call: over k for
// scores, over the keys for weighted values.
#pragma once
#include <utility>

#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {

constexpr int64_t kBlock = FOV_PAGE_SLOTS;
constexpr int64_t kPanel = 2 * kLanes;
// Queries of one inner loop: with two vectors a query, the accumulators fill three quarters of the
// registers (16, or 32 with AVX-512).
constexpr int kMaxQueries = kLanes == 16 ? 12 : 6;

FOV_INLINE int64_t padded(int64_t K) { return (K + kLanes - 1) / kLanes * kLanes; }
FOV_INLINE int64_t block_floats(int64_t K) { return kBlock * (K + padded(K)); }

// Exchanges the off-diagonal D x D blocks of rows a and b, which are D rows apart.
template <int D, int... Lane>
FOV_INLINE void exchange(vfloat& a, vfloat& b, std::integer_sequence<int, Lane...>) {
  const vfloat upper = __builtin_shufflevector(a, b, ((Lane & D) ? Lane - D + kLanes : Lane)...);
  b = __builtin_shufflevector(a, b, ((Lane & D) ? Lane + kLanes : Lane + D)...);
  a = upper;
}

template <int D = kLanes / 2>
FOV_INLINE void transpose(vfloat (&x)[kLanes]) {
  for (int i = 0; i < kLanes; ++i)
    if (!(i & D)) exchange<D>(x[i], x[i + D], std::make_integer_sequence<int, kLanes>{});
  if constexpr (D > 1) transpose<D / 2>(x);
}

// Columns of T in one vector of 32-bit words: a word of bf16 holds two.
template <typename T>
constexpr int64_t kColumns = kLanes* int64_t(sizeof(float) / sizeof(T));

// m <= kColumns columns of kLanes keys, of which n exist, to as many rows of a panel.
template <typename T>
FOV_INLINE void pack_columns(const T* keys, int64_t stride, int64_t n, int64_t m, float* panel) {
  vfloat x[kLanes] = {};
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if (i < n) std::memcpy(&x[i], keys + i * stride, size_t(m) * sizeof(T));
    __builtin_prefetch(keys + (i + kPanel) * stride);  // the same columns of the next panel
  }
  transpose(x);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if constexpr (sizeof(T) == sizeof(float)) {
      if (i < m) store(panel + i * kPanel, x[i]);
    } else {
      if (2 * i < m) store(panel + 2 * i * kPanel, vfloat(bits(x[i]) << 16));
      if (2 * i + 1 < m) store(panel + (2 * i + 1) * kPanel, vfloat(bits(x[i]) & 0xffff0000u));
    }
  }
}

// keys: n rows of K elements, of which at most kPanel are packed; panel: [K][kPanel].
template <typename T>
void pack_keys(const T* keys, int64_t stride, int64_t n, int64_t K, float* panel) {
  for (int64_t half = 0; half < kPanel; half += kLanes) {
    const T* from = keys + half * stride;
    float* to = panel + half;
    int64_t k = 0;
    if (n - half >= kLanes)
      for (; k + kColumns<T> <= K; k += kColumns<T>)
        pack_columns(from + k, stride, kLanes, kColumns<T>, to + k * kPanel);
    for (; k < K; k += kColumns<T>)
      pack_columns(from + k, stride, n - half, K - k < kColumns<T> ? K - k : kColumns<T>,
                   to + k * kPanel);
  }
}

// values: n <= kBlock rows of K elements.
template <typename T>
void pack_values(const T* values, int64_t stride, int64_t n, int64_t K, float* packed) {
  for (int64_t column = 0; column < K; column += kPanel) {
    const int64_t columns = padded(K) - column < kPanel ? kLanes : kPanel;
    float* panel = packed + column * kBlock;
    for (int64_t j = 0; j < n; ++j)
      for (int64_t c = 0; c < columns; c += kLanes) {
        const int64_t left = K - column - c;
        store(panel + j * columns + c,
              load_some(values + j * stride + column + c, left < kLanes ? left : kLanes));
      }
  }
}

// scores[i, j] = scale * sum_k queries[i, k] panel[k, j]; i < N, j < kPanel.
template <int N>
void multiply_keys(const float* queries, const float* panel, int64_t K, float scale,
                   float* scores) {
  vfloat sums[N][2] = {};
  for (int64_t k = 0; k < K; ++k) {
    const vfloat a = load(panel + k * kPanel), b = load(panel + k * kPanel + kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < N; ++i) {
      const vfloat q = broadcast(queries[i * K + k]);
      sums[i][0] = fma(q, a, sums[i][0]);
      sums[i][1] = fma(q, b, sums[i][1]);
    }
  }
  for (int i = 0; i < N; ++i) {
    store(scores + i * kBlock, sums[i][0] * scale);
    store(scores + i * kBlock + kLanes, sums[i][1] * scale);
  }
}

// out[i, c] = decay[i] out[i, c] + sum_{j<n} weights[i, j] values[j, c]; i < N, c < Vectors*kLanes.
template <int N, int Vectors, typename T>
void add_values(const float* weights, const float* decay, const T* values, int64_t stride,
                int64_t n, float* out, int64_t out_stride) {
  vfloat sums[N][Vectors];
  for (int i = 0; i < N; ++i)
    for (int c = 0; c < Vectors; ++c)
      sums[i][c] = load(out + i * out_stride + c * kLanes) * decay[i];
  for (int64_t j = 0; j < n; ++j) {
    vfloat v[Vectors];
    for (int c = 0; c < Vectors; ++c) v[c] = load(values + j * stride + c * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < N; ++i) {
      const vfloat w = broadcast(weights[i * kBlock + j]);
      for (int c = 0; c < Vectors; ++c) sums[i][c] = fma(w, v[c], sums[i][c]);
    }
  }
  for (int i = 0; i < N; ++i)
    for (int c = 0; c < Vectors; ++c) store(out + i * out_stride + c * kLanes, sums[i][c]);
}

template <int N>
struct Count {
  static constexpr int value = N;
};

// Calls body(Count<n>{}) for 1 <= n <= Most.
template <int Most, typename Body>
FOV_INLINE void with_count(int64_t n, const Body& body) {
  if constexpr (Most > 1) {
    if (n < Most) {
      with_count<Most - 1>(n, body);
      return;
    }
  }
  body(Count<Most>{});
}

}  // namespace fovea::cpu::FOV_ISA
