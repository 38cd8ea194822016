// Attention of 16 queries to the slots of one page by a warp, on tensor cores: bf16 inputs, head
// sizes K that are multiples of 16.
//
// A query is a row and one of the `group` query heads that share a key head. Whatever the shape of
// the call, a query's result is made of one part (softmax.h) a page, merged in the order of pages,
// and each part depends only on the query and the page: so a row has the same bits in a decode step
// and in a prefill.
//
// A thread holds of query i = lane / 4 + 8 h (h = 0, 1) the columns 8 n + 2 (lane % 4) + (0, 1) of
// scores (n < 8) and of values (n < K / 8), as multiply() wants it: element [n][2 h + (0, 1)].
#pragma once
#include "cuda/attention/call.h"
#include "cuda/attention/softmax.h"

namespace fovea::cuda {

constexpr int kTileQueries = 16;
constexpr int kSlots = FOV_PAGE_SLOTS;
constexpr float kNaN = __builtin_nanf("");

// A call that tiles serve.
struct TileCall {
  AttentionCall<bf16> call;
  bool q_words, y_words;  // pairs of elements are aligned to 4 bytes
};

// One page of keys or values in shared memory. Rows are 16 bytes longer than they need be, so that
// the eight rows of a matrix lie in different banks.
template <int K>
struct PageTile {
  alignas(16) bf16 slots[kSlots][K + 8];
};

// Starts copies of the first n slots by all THREADS threads; the other slots become 0.
template <int K, int THREADS>
SIMT_DEVICE void copy_page(PageTile<K>& tile, const bf16* from, int64_t stride, int n) {
  constexpr int kPieces = int(std::bit_ceil(unsigned{K / 8}));  // threads of a slot, some idle
  constexpr int kStep = THREADS / kPieces;                      // slots at once
  const int k = thread() % kPieces * 8;
  if (k < K) {
    from += thread() / kPieces * stride + k;
    for (int slot = thread() / kPieces; slot < kSlots; slot += kStep, from += kStep * stride)
      copy_async_16(&tile.slots[slot][k], from, slot < n ? 16 : 0);
  }
  copy_commit();
}

// One of a tile's queries; seen = 0: there is none.
struct Query {
  int row, head;
  int seen;  // slots
};
SIMT_DEVICE Query query_at(const AttentionCall<bf16>& call, int first_row, int rows, int key_head,
                           int index) {
  const int row = index / call.group, head = key_head * call.group + index % call.group;
  if (row >= rows) return {0, 0, 0};
  return {first_row + row, head, call.seen(first_row + row)};
}

template <int K>
struct QueryTile {
  uint32_t a[K / 16][4];
};
SIMT_DEVICE uint32_t pair_at(const bf16* p, bool words) {
  if (words) return *reinterpret_cast<const uint32_t*>(p);
  return p[0].bits | uint32_t(p[1].bits) << 16;
}
template <int K>
SIMT_DEVICE void load_queries(QueryTile<K>& tile, const TileCall& o, const Query (&queries)[2]) {
  SIMT_UNROLL
  for (int h = 0; h < 2; ++h) {
    const bf16* q = o.call.q.at(queries[h].row, queries[h].head) + lane() % 4 * 2;
    SIMT_UNROLL
    for (int k = 0; k < K / 16; ++k) {
      const bool there = queries[h].seen > 0;
      tile.a[k][h] = there ? pair_at(q + 16 * k, o.q_words) : 0;
      tile.a[k][h + 2] = there ? pair_at(q + 16 * k + 8, o.q_words) : 0;
    }
  }
}

// Two tiles of 8 columns in one go: both take the rows of `a`.
SIMT_DEVICE void multiply_two(float (&first)[4], float (&second)[4], const uint32_t (&a)[4],
                              const uint32_t (&b)[4]) {
  multiply(first, a, {b[0], b[1]});
  multiply(second, a, {b[2], b[3]});
}

// scores[n] = queries x keys, unscaled
template <int K>
SIMT_DEVICE void score(float (&scores)[8][4], const QueryTile<K>& queries,
                       const PageTile<K>& keys) {
  SIMT_UNROLL
  for (int n = 0; n < 8; ++n) SIMT_UNROLL
  for (int e = 0; e < 4; ++e) scores[n][e] = 0;
  const int slot = lane() % 8 + lane() / 16 * 8, column = lane() / 8 % 2 * 8;
  SIMT_UNROLL
  for (int k = 0; k < K / 16; ++k) SIMT_UNROLL
  for (int n = 0; n < 8; n += 2) {
    uint32_t b[4];
    load_matrices(b, &keys.slots[8 * n + slot][16 * k + column]);
    multiply_two(scores[n], scores[n + 1], queries.a[k], b);
  }
}

// Weights of 16 slots as two bf16 each, high + low: what is lost is below 2^-16 of the weight.
struct SplitWeights {
  uint32_t high[4], low[4];
};
SIMT_DEVICE float low_half(uint32_t pair) { return std::bit_cast<float>(pair << 16); }
SIMT_DEVICE float high_half(uint32_t pair) { return std::bit_cast<float>(pair & 0xffff0000u); }
SIMT_DEVICE void split(SplitWeights& w, const float (&first)[4], const float (&second)[4]) {
  SIMT_UNROLL
  for (int i = 0; i < 4; ++i) {
    const float a = i < 2 ? first[i % 2 * 2] : second[i % 2 * 2];
    const float b = i < 2 ? first[i % 2 * 2 + 1] : second[i % 2 * 2 + 1];
    w.high[i] = pack_bf16(a, b);
    w.low[i] = pack_bf16(a - low_half(w.high[i]), b - high_half(w.high[i]));
  }
}

// A page's part, without its values: of each of the thread's queries.
struct PageWeights {
  float m[2], l[2];
  SplitWeights of[kSlots / 16];
};

SIMT_DEVICE float quad_max(float x) {
  x = fmaxf(x, shuffle_xor(x, 1));
  return fmaxf(x, shuffle_xor(x, 2));
}
SIMT_DEVICE float quad_sum(float x) {
  x += shuffle_xor(x, 1);
  return x + shuffle_xor(x, 2);
}

// Overwrites scores. visible: slots of the page that a query sees; may be below 0 or above kSlots.
// whole: every query of the warp sees all.
SIMT_DEVICE void weigh(PageWeights& w, float (&scores)[8][4], const int (&visible)[2], bool whole,
                       float scale) {
  SIMT_UNROLL
  for (int i = 0; i < 32; ++i) scores[i / 4][i % 4] *= scale;
  if (!whole) {
    const int limits[2] = {visible[0] - lane() % 4 * 2, visible[1] - lane() % 4 * 2};
    SIMT_UNROLL
    for (int i = 0; i < 32; ++i)
      if (i / 4 * 8 + i % 2 >= limits[i / 2 % 2]) scores[i / 4][i % 4] = kNoScore;
  }
  SIMT_UNROLL
  for (int h = 0; h < 2; ++h) {
    float m = kNoScore, l = 0;
    SIMT_UNROLL
    for (int i = 0; i < 16; ++i) m = fmaxf(m, scores[i / 2][2 * h + i % 2]);
    m = quad_max(m);
    const float shift = softmax_shift(m);
    SIMT_UNROLL
    for (int i = 0; i < 16; ++i) {
      float& s = scores[i / 2][2 * h + i % 2];
      s = exp2f(s - shift);
      l += s;
    }
    w.m[h] = m;
    w.l[h] = quad_sum(l);
  }
  SIMT_UNROLL
  for (int j = 0; j < kSlots / 16; ++j) split(w.of[j], scores[2 * j], scores[2 * j + 1]);
}

SIMT_DEVICE bool finite(bf16 x) { return (x.bits & 0x7f80u) != 0x7f80u; }
// Two values, with 0 for those that are not finite.
SIMT_DEVICE uint32_t finite_only(uint32_t pair) {
  if ((pair & 0x7f80u) == 0x7f80u) pair &= 0xffff0000u;
  if ((pair & 0x7f800000u) == 0x7f800000u) pair &= 0xffffu;
  return pair;
}

// Columns of sums that are made at a time: the more, the more products are under way; at K = 128
// registers are scarce.
template <int K>
constexpr int kSumColumns = K < 128 ? 32 : 16;
struct ColumnSums {
  float of[4][4];
};
// Pairs of tiles of 8 columns that are left to be made together.
template <int K>
constexpr int column_pairs(int column) {
  return K - column >= 32 ? kSumColumns<K> / 16 : 1;
}

// sums = weights x values, in the columns from `column` on; with FINITE, 0 for values that are not
// finite. Slots go 16 by 16, high weights before low ones.
template <int K, bool FINITE = false>
SIMT_DEVICE void sum_values(ColumnSums& sums, const PageWeights& w, const PageTile<K>& values,
                            int column) {
  SIMT_UNROLL
  for (int i = 0; i < 16; ++i) sums.of[i / 4][i % 4] = 0;
  const int slot = lane() % 8 + lane() / 8 % 2 * 8;
  SIMT_UNROLL
  for (int j = 0; j < kSlots / 16; ++j) {
    uint32_t b[2][4];
    SIMT_UNROLL
    for (int p = 0; p < 2; ++p) {
      if (p >= column_pairs<K>(column)) continue;  // after unrolling known to the compiler
      load_matrices_transposed(b[p],
                               &values.slots[16 * j + slot][column + 16 * p + lane() / 16 * 8]);
      SIMT_UNROLL
      for (int r = 0; r < 4; ++r)
        if (FINITE) b[p][r] = finite_only(b[p][r]);
    }
    SIMT_UNROLL
    for (int p = 0; p < 2; ++p)
      if (p < column_pairs<K>(column))
        multiply_two(sums.of[2 * p], sums.of[2 * p + 1], w.of[j].high, b[p]);
    SIMT_UNROLL
    for (int p = 0; p < 2; ++p)
      if (p < column_pairs<K>(column))
        multiply_two(sums.of[2 * p], sums.of[2 * p + 1], w.of[j].low, b[p]);
  }
}

// Calls body(n, h, e, sum) for each of this thread's sums: that of query h in element e of tile
// column / 8 + n.
template <int K, typename Body>
SIMT_DEVICE void for_sums(ColumnSums& sums, int column, const Body& body) {
  SIMT_UNROLL
  for (int i = 0; i < 16; ++i)
    if (i < 8 * column_pairs<K>(column))
      body(column / 8 + i / 4, i / 2 % 2, i % 2, sums.of[i / 4][i % 4]);
}

SIMT_DEVICE uint32_t any_lane(uint32_t x) {
  SIMT_UNROLL
  for (int mask = 16; mask > 0; mask >>= 1) x |= shuffle_xor(x, mask);
  return x;
}

// A slot that a query does not see weighs 0; but where its value is not finite, the product is NaN.
// If any sum is so, this takes the sums again without such values; queries that see one get NaN.
template <int K>
SIMT_DEVICE void drop_unseen(ColumnSums& sums, const PageWeights& w, const PageTile<K>& values,
                             int column, const int (&visible)[2]) {
  uint32_t spoilt = 0;
  SIMT_UNROLL
  for (int i = 0; i < 16; ++i) spoilt |= !(fabsf(sums.of[i / 4][i % 4]) < kInfinity);
  if (!any_lane(spoilt)) return;
  sum_values<K, true>(sums, w, values, column);
  for (int slot = 0; slot < kSlots; ++slot)
    for_sums<K>(sums, column, [&](int n, int h, int e, float& sum) {
      const bf16 value = values.slots[slot][8 * n + lane() % 4 * 2 + e];
      if (slot < visible[h] && !finite(value)) sum = kNaN;
    });
}

// Two neighbouring results; NaN where one is not finite, since a value of infinity makes sums of
// infinity or NaN, as the low weights fall out.
SIMT_DEVICE uint32_t pack_results(float a, float b) {
  return pack_bf16(fabsf(a) < kInfinity ? a : kNaN, fabsf(b) < kInfinity ? b : kNaN);
}

}  // namespace fovea::cuda
