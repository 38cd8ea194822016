// The inner loops of attention: packed panels, and the products of a few queries with them.
//
// Letters: K head size, Kp = K rounded up to whole vectors. A block is FOV_PAGE_SLOTS keys. Its
// packed form, in f32, is [kBlock / kPanel][K][kPanel] keys, then for each kPanel columns of the
// values (fewer in the last panel) [kBlock][columns]; padding is zero.
//
// Every output element is summed in one order, whatever the number of queries in a call: over k for
// scores, over the keys for weighted values.
#pragma once
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {

constexpr int64_t kBlock = FOV_PAGE_SLOTS;
constexpr int64_t kPanel = 2 * kLanes;
// Queries of one inner loop: with two vectors a query, the accumulators fill three quarters of the
// registers (16, or 32 with AVX-512).
constexpr int kMaxQueries = kLanes == 16 ? 12 : 6;

FOV_INLINE int64_t padded(int64_t K) { return (K + kLanes - 1) / kLanes * kLanes; }
FOV_INLINE int64_t block_floats(int64_t K) { return kBlock * (K + padded(K)); }

#if FOV_LANES == 4
constexpr vint kInterleaveLow = {0, 4, 1, 5}, kInterleaveHigh = {2, 6, 3, 7};
#elif FOV_LANES == 8
constexpr vint kInterleaveLow = {0, 8, 1, 9, 2, 10, 3, 11};
constexpr vint kInterleaveHigh = {4, 12, 5, 13, 6, 14, 7, 15};
#else
constexpr vint kInterleaveLow = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
constexpr vint kInterleaveHigh = {8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
#endif

// Each round of perfect shuffles rotates the bits of (row, column) by one; after log2(kLanes)
// rounds they have changed places.
FOV_INLINE void transpose(vfloat (&x)[kLanes]) {
  for (int round = 1; round < kLanes; round *= 2) {
    vfloat y[kLanes];
    for (int i = 0; i < kLanes / 2; ++i) {
      y[2 * i] = __builtin_shuffle(x[i], x[i + kLanes / 2], kInterleaveLow);
      y[2 * i + 1] = __builtin_shuffle(x[i], x[i + kLanes / 2], kInterleaveHigh);
    }
    for (int i = 0; i < kLanes; ++i) x[i] = y[i];
  }
}

// keys: n <= kPanel rows of K elements; panel: [K][kPanel].
template <typename T>
void pack_keys(const T* keys, int64_t stride, int64_t n, int64_t K, float* panel) {
  for (int64_t half = 0; half < kPanel; half += kLanes)
    for_vectors(K, [&](int64_t k, int64_t m) {
      vfloat x[kLanes];
      for (int i = 0; i < kLanes; ++i)
        x[i] = half + i < n ? load_some(keys + (half + i) * stride + k, m) : vfloat{};
      transpose(x);
      for (int i = 0; i < m; ++i) store(panel + (k + i) * kPanel + half, x[i]);
    });
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
