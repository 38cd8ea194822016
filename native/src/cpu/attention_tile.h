// Attention of a tile of queries to the keys of one head, by blocks with a running maximum
// ("FlashAttention", arXiv:2205.14135, algorithm 1).
//
// Keys are taken in splits of kSplitBlocks blocks; each split starts afresh and is then merged, in
// order. Splits may thus run on different threads without changing a bit.
#pragma once
#include "cpu/attention_panels.h"
#include "cpu/vmath.h"

namespace fovea::cpu::FOV_ISA {

constexpr int64_t kSplitBlocks = 8;
constexpr int64_t kSplitKeys = kSplitBlocks * kBlock;
constexpr int64_t kTileQueries = 48;
constexpr float kNoScore = -__builtin_inff();

FOV_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The keys and values of one head of one sequence.
template <typename T>
struct HeadKeys {
  const T* keys;  // of slot 0, or of page 0
  const T* values;
  int64_t key_stride;  // elements from slot to slot
  int64_t value_stride;
  const int32_t* pages;  // page of each block; nullptr: blocks follow one another
  int64_t page_elements;
  int64_t count;
  const float* packed;  // nullptr, or every block packed

  int64_t in_block(int64_t b) const {
    return count - b * kBlock < kBlock ? count - b * kBlock : kBlock;
  }
  const T* block_keys(int64_t b) const {
    return keys + (pages ? pages[b] * page_elements : b * kBlock * key_stride);
  }
  const T* block_values(int64_t b) const {
    return values + (pages ? pages[b] * page_elements : b * kBlock * value_stride);
  }
};

template <typename T>
void pack_block(const HeadKeys<T>& head, int64_t b, int64_t K, float* packed) {
  const int64_t n = head.in_block(b);
  for (int64_t j = 0; j < n; j += kPanel)
    pack_keys(head.block_keys(b) + j * head.key_stride, head.key_stride, n - j, K, packed + j * K);
  pack_values(head.block_values(b), head.value_stride, n, K, packed + kBlock * K);
}

// Running softmax of some queries: maximum m, sum l of weights relative to it, weighted values.
struct Softmax {
  float* m;       // [queries]
  float* l;       // [queries]
  float* values;  // [queries, Kp]

  static int64_t floats(int64_t queries, int64_t K) { return queries * (padded(K) + 2); }
  Softmax(float* memory, int64_t queries, int64_t K)
      : m(memory + queries * padded(K)), l(m + queries), values(memory) {}
  void clear(int64_t queries, int64_t K) const {
    std::memset(values, 0, size_t(queries * padded(K)) * sizeof(float));
    for (int64_t i = 0; i < queries; ++i) m[i] = kNoScore, l[i] = 0;
  }
};

FOV_INLINE float exp_of(float x) { return exp(broadcast(x))[0]; }

// What is subtracted from scores with maximum m: where every score is -infinity, any finite value.
FOV_INLINE float softmax_shift(float m) { return m == kNoScore ? 0 : m; }

// The tile's queries in f32 and its working memory, all in one worker's scratch.
struct Tile {
  int64_t n;  // queries
  int64_t K;
  float scale;
  int64_t* limits;       // [n] keys each query sees, ascending
  float* queries;        // [n, K]
  float* scores;         // [n, kBlock]
  float* decay;          // [n] factor of what was summed before this block
  float* panel;          // [K, kPanel]
  float* packed_values;  // [kBlock, Kp]
  Softmax split, all;

  static int64_t floats(int64_t n, int64_t K) {
    return n * (K + kBlock + 3) + kPanel * K + kBlock * padded(K) + 2 * Softmax::floats(n, K);
  }
  // memory: floats(n, K) of it.
  Tile(float* memory, int64_t n, int64_t K, float scale)
      : n(n),
        K(K),
        scale(scale),
        limits(reinterpret_cast<int64_t*>(memory)),
        queries(memory + 2 * n),
        scores(queries + n * K),
        decay(scores + n * kBlock),
        panel(decay + n),
        packed_values(panel + kPanel * K),
        split(packed_values + kBlock * padded(K), n, K),
        all(packed_values + kBlock * padded(K) + Softmax::floats(n, K), n, K) {}
};

// Turns the visible scores of a block into weights, the others into zeros; updates m and l. Returns
// the factor that what was summed before has to take.
FOV_INLINE float weigh_scores(float* scores, int64_t visible, float& m, float& l) {
  for (int64_t j = visible; j < kBlock; ++j) scores[j] = kNoScore;
  vfloat top = load(scores);
  for (int64_t j = kLanes; j < kBlock; j += kLanes) top = max(load(scores + j), top);
  const float before = m, highest = largest(top);
  m = before > highest ? before : highest;
  const float shift = softmax_shift(m);
  const float decay = exp_of(before - shift);
  vfloat total{};
  for (int64_t j = 0; j < kBlock; j += kLanes) {
    const vfloat weight = exp(load(scores + j) - shift);
    store(scores + j, weight);
    total += weight;
  }
  l = l * decay + sum(total);
  return decay;
}

// Asks for n rows that are read next.
template <typename T>
FOV_INLINE void prefetch_rows(const T* rows, int64_t stride, int64_t n, int64_t K) {
  for (int64_t j = 0; j < n; ++j)
    for (int64_t k = 0; k < K; k += 64 / int64_t(sizeof(T)))
      __builtin_prefetch(rows + j * stride + k);
}

template <typename T>
void score_block(const Tile& tile, const HeadKeys<T>& head, int64_t b, int64_t first) {
  const int64_t seen = tile.limits[tile.n - 1] - b * kBlock;
  for (int64_t j = 0; j < kBlock && j < seen; j += kPanel) {
    const float* panel = tile.panel;
    if (head.packed) {
      panel = head.packed + b * block_floats(tile.K) + j * tile.K;
    } else {
      prefetch_rows(head.block_values(b) + j * head.value_stride, head.value_stride, kPanel,
                    tile.K);
      pack_keys(head.block_keys(b) + j * head.key_stride, head.key_stride, head.in_block(b) - j,
                tile.K, tile.panel);
    }
    for (int64_t i = first; i < tile.n; i += kMaxQueries)
      with_count<kMaxQueries>(tile.n - i, [&](auto count) {
        multiply_keys<count.value>(tile.queries + i * tile.K, panel, tile.K, tile.scale,
                                   tile.scores + i * kBlock + j);
      });
  }
}

// One panel of columns: queries in groups; a group shares the keys that all of it sees, then each
// query adds the few it sees beyond them. Unseen slots are never read: they may hold anything.
template <int Vectors, typename T>
void weigh_panel(const Tile& tile, const T* values, int64_t stride, int64_t b, int64_t first,
                 float* out) {
  const int64_t out_stride = padded(tile.K);
  const float keep = 1;
  for (int64_t i = first; i < tile.n; i += kMaxQueries) {
    const auto seen_by = [&](int64_t query) {
      const int64_t seen = tile.limits[query] - b * kBlock;
      return seen < kBlock ? seen : kBlock;
    };
    const int64_t shared = seen_by(i);
    with_count<kMaxQueries>(tile.n - i, [&](auto count) {
      add_values<count.value, Vectors>(tile.scores + i * kBlock, tile.decay + i, values, stride,
                                       shared, out + i * out_stride, out_stride);
    });
    for (int64_t q = i + 1; q < tile.n && q < i + kMaxQueries; ++q)
      if (seen_by(q) > shared)
        add_values<1, Vectors>(tile.scores + q * kBlock + shared, &keep, values + shared * stride,
                               stride, seen_by(q) - shared, out + q * out_stride, out_stride);
  }
}

template <typename T>
void weigh_values(const Tile& tile, const T* values, int64_t stride, int64_t panel_stride,
                  int64_t b, int64_t first) {
  const int64_t Kp = padded(tile.K);
  for (int64_t c = 0; c < Kp; c += kPanel, values += panel_stride) {
    const int64_t left = Kp - c;
    if (left >= kPanel)
      weigh_panel<2>(tile, values, stride ? stride : kPanel, b, first, tile.split.values + c);
    else
      weigh_panel<1>(tile, values, stride ? stride : kLanes, b, first, tile.split.values + c);
  }
}

template <typename T>
void value_block(const Tile& tile, const HeadKeys<T>& head, int64_t b, int64_t first) {
  const float* packed = nullptr;
  if (head.packed) {
    packed = head.packed + b * block_floats(tile.K) + kBlock * tile.K;
  } else if (tile.K % kLanes) {
    pack_values(head.block_values(b), head.value_stride, head.in_block(b), tile.K,
                tile.packed_values);
    packed = tile.packed_values;
  }
  if (packed)
    weigh_values(tile, packed, 0, kPanel * kBlock, b, first);
  else
    weigh_values(tile, head.block_values(b), head.value_stride, kPanel, b, first);
}

// tile.split = softmax over the keys of one split.
template <typename T>
void attend_split(const Tile& tile, const HeadKeys<T>& head, int64_t split) {
  tile.split.clear(tile.n, tile.K);
  int64_t first = 0;
  const int64_t end = ceil_div(head.count, kBlock);
  for (int64_t b = split * kSplitBlocks; b < end && b < (split + 1) * kSplitBlocks; ++b) {
    while (first < tile.n && tile.limits[first] <= b * kBlock) ++first;
    if (first == tile.n) return;
    score_block(tile, head, b, first);
    for (int64_t i = first; i < tile.n; ++i) {
      const int64_t seen = tile.limits[i] - b * kBlock;
      tile.decay[i] =
          weigh_scores(tile.scores + i * kBlock, seen, tile.split.m[i], tile.split.l[i]);
    }
    value_block(tile, head, b, first);
  }
}

// all = all and then part, of query i.
FOV_INLINE void merge(const Softmax& all, const Softmax& part, int64_t i, int64_t K) {
  const float m = all.m[i] > part.m[i] ? all.m[i] : part.m[i];
  const float shift = softmax_shift(m);
  const float keep = exp_of(all.m[i] - shift), take = exp_of(part.m[i] - shift);
  all.m[i] = m;
  all.l[i] = all.l[i] * keep + part.l[i] * take;
  const int64_t Kp = padded(K);
  for (int64_t c = i * Kp; c < (i + 1) * Kp; c += kLanes)
    store(all.values + c, fma(load(part.values + c), broadcast(take), load(all.values + c) * keep));
}

// y[K] = query i's result.
template <typename T>
FOV_INLINE void finish(const Softmax& all, int64_t i, int64_t K, T* y) {
  const vfloat l = broadcast(all.l[i]);
  const float* values = all.values + i * padded(K);
  for_vectors(K, [&](int64_t k, int64_t n) { store_some(y + k, load(values + k) / l, n); });
}

}  // namespace fovea::cpu::FOV_ISA
