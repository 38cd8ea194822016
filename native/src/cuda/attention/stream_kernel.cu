// Attention of many rows: a block takes a tile of queries of one key head, and brings page after
// page to all its warps.
#include "cuda/attention/tile_calls.h"

namespace fovea::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = kWarps * 32;

// Rows of a tile: with all heads of a group, as many queries as fit.
constexpr int tile_rows(int group) { return kWarps * kTileQueries / group; }

// Cuts rows into tiles of one sequence each: at every multiple of tile_rows, and wherever the
// sequence changes.
struct Plan {
  const int32_t* sequences;
  int rows, tile_rows;
  int32_t* tiles;  // [rows + 2] their number, the first row of each, `rows`
};
constexpr int kPlanThreads = 256;
struct PlanCounts {
  int of_thread[kPlanThreads];
};

SIMT_KERNEL(kPlanThreads, 1) attend_plan_kernel(Plan p) {
  PlanCounts& counts = shared<PlanCounts>();
  const int share = int(ceil_div(p.rows, kPlanThreads)), first = thread() * share;
  const int end = first + share < p.rows ? first + share : p.rows;
  const auto cut = [&](int row) {
    return row % p.tile_rows == 0 || p.sequences[row] != p.sequences[row - 1];
  };
  int count = 0;
  for (int row = first; row < end; ++row) count += cut(row);
  counts.of_thread[thread()] = count;
  sync_threads();
  int before = 0;
  for (int t = 0; t < thread(); ++t) before += counts.of_thread[t];
  for (int row = first; row < end; ++row)
    if (cut(row)) p.tiles[1 + before++] = row;
  if (thread() == kPlanThreads - 1) {
    p.tiles[0] = before;
    p.tiles[1 + before] = p.rows;
  }
}

struct StreamCall {
  TileCall tile;
  const int32_t* plan;  // Plan::tiles; nullptr: cut at every multiple of tile_rows
};

template <int K>
struct StreamMemory {
  PageTile<K> keys, values;
};

// Largest of x over lanes that hold different queries of a tile, and over its two values.
SIMT_DEVICE int tile_max(const int (&x)[2]) {
  int m = x[0] > x[1] ? x[0] : x[1];
  SIMT_UNROLL
  for (int mask = 16; mask > 0; mask >>= 1) {
    const int other = int(shuffle_xor(uint32_t(m), mask));
    m = m > other ? m : other;
  }
  return m;
}

// What a tile has summed so far; of each of the thread's queries.
template <int K>
struct TileSums {
  float m[2], l[2];
  float values[K / 8][4];
};

// Merges a page into all, for the queries that see it. unseen: some query does not
// see all slots that lie in `values`.
template <int K>
SIMT_DEVICE void merge_page(TileSums<K>& all, const PageWeights& w, const PageTile<K>& values,
                            const int (&visible)[2], bool unseen) {
  float keep[2], take[2];
  SIMT_UNROLL
  for (int h = 0; h < 2; ++h) {
    const SoftmaxMerge merge = softmax_merge(all.m[h], w.m[h]);
    keep[h] = merge.keep;
    take[h] = merge.take;
    if (visible[h] <= 0) continue;
    all.m[h] = merge.m;
    all.l[h] = merge(all.l[h], w.l[h]);
  }
  SIMT_UNROLL
  for (int column = 0; column < K; column += kSumColumns<K>) {
    ColumnSums sums;
    sum_values(sums, w, values, column);
    if (unseen) drop_unseen(sums, w, values, column, visible);
    for_sums<K>(sums, column, [&](int n, int h, int e, float sum) {
      float& value = all.values[n][2 * h + e];
      if (visible[h] > 0) value = fmaf(sum, take[h], value * keep[h]);
    });
  }
}

template <int K>
SIMT_DEVICE void store(const TileCall& o, const TileSums<K>& all, const Query (&queries)[2]) {
  SIMT_UNROLL
  for (int h = 0; h < 2; ++h) {
    if (queries[h].seen == 0) continue;
    bf16* y = o.call.y.at(queries[h].row, queries[h].head) + lane() % 4 * 2;
    SIMT_UNROLL
    for (int n = 0; n < K / 8; ++n) {
      const uint32_t pair =
          pack_results(all.values[n][2 * h] / all.l[h], all.values[n][2 * h + 1] / all.l[h]);
      if (o.y_words) {
        *reinterpret_cast<uint32_t*>(y + 8 * n) = pair;
      } else {
        y[8 * n] = {uint16_t(pair)};
        y[8 * n + 1] = {uint16_t(pair >> 16)};
      }
    }
  }
}

// Copies of keys and values take turns: while scores are computed the page's values arrive, while
// values are summed the next page's keys.
template <int K>
SIMT_DEVICE void attend_tile(const TileCall& o, int first_row, int rows, int key_head) {
  const AttentionCall<bf16>& call = o.call;
  StreamMemory<K>& memory = shared<StreamMemory<K>>();
  // Of this thread's queries; asked for again at the end rather than kept in registers.
  const auto query = [&](int h) {
    return query_at(call, first_row, rows, key_head, warp() * kTileQueries + lane() / 4 + 8 * h);
  };
  QueryTile<K> q;
  load_queries(q, o, {query(0), query(1)});
  const int seen[2] = {query(0).seen, query(1).seen};
  TileSums<K> all;
  SIMT_UNROLL
  for (int h = 0; h < 2; ++h) all.m[h] = kNoScore, all.l[h] = 0;
  SIMT_UNROLL
  for (int n = 0; n < K / 8; ++n) SIMT_UNROLL
  for (int e = 0; e < 4; ++e) all.values[n][e] = 0;

  const auto seen_at = [&](int row) { return row < rows ? call.seen(first_row + row) : 0; };
  const int end = tile_max({seen_at(lane()), seen_at(lane() + 32)});  // of all warps' queries
  const int warp_end = tile_max(seen);
  const int all_see = -tile_max({seen[0] ? -seen[0] : -end, seen[1] ? -seen[1] : -end});

  const int64_t sequence = call.sequence(first_row);
  const int pages = int(ceil_div(end, kSlots));
  const auto copy_keys = [&](int i, int64_t page) {
    copy_page<K, kThreads>(memory.keys, slots_of(call.keys, page, key_head), call.keys.slot_stride,
                           end - i * kSlots);
  };
  const auto copy_values = [&](int i, int64_t page) {
    copy_page<K, kThreads>(memory.values, slots_of(call.values, page, key_head),
                           call.values.slot_stride, end - i * kSlots);
  };
  int64_t page = call.page(sequence, 0);
  copy_keys(0, page);
  copy_values(0, page);
  copy_wait<1>();
  sync_threads();
  for (int i = 0;; ++i) {
    const int start = i * kSlots;
    const bool last = i + 1 == pages, busy = start < warp_end;
    if (!last) page = call.page(sequence, i + 1);
    float scores[8][4];
    score(scores, q, memory.keys);
    copy_wait<0>();  // this page's values
    sync_threads();  // and nobody needs its keys any more
    if (!last) copy_keys(i + 1, page);
    if (busy) {
      const int visible[2] = {seen[0] - start, seen[1] - start};
      PageWeights weights;
      const bool whole = all_see >= start + kSlots;
      weigh(weights, scores, visible, whole, call.scale);
      merge_page(all, weights, memory.values, visible, !whole && all_see < end);
    }
    if (last) break;
    copy_wait<0>();  // the next page's keys
    sync_threads();  // and nobody needs this page's values any more
    copy_values(i + 1, page);
  }
  store(o, all, {query(0), query(1)});
}

// Long tiles come late in a prefill, so the last tile goes first.
template <int K>
SIMT_KERNEL(kThreads, 2)
attend_stream_kernel(StreamCall s) {
  const AttentionCall<bf16>& call = s.tile.call;
  const int step = tile_rows(call.group);
  const int tiles = s.plan ? s.plan[0] : int(ceil_div(call.rows, step));
  for (int i = tiles - 1 - block().y; i >= 0; i -= grid().y) {
    const int first = s.plan ? s.plan[1 + i] : i * step;
    int end = s.plan ? s.plan[2 + i] : first + step;
    end = end < call.rows ? end : call.rows;
    attend_tile<K>(s.tile, first, end - first, block().x);
    sync_threads();  // the shared memory is free again
  }
}

template <int K>
fov_status launch_stream(CudaContext& context, const StreamCall& stream, int tiles) {
  return context.launch(attend_stream_kernel<K>,
                        {.grid = {stream.tile.call.heads / stream.tile.call.group, tiles, 1},
                         .threads = kThreads,
                         .shared_bytes = sizeof(StreamMemory<K>)},
                        stream);
}

}  // namespace

fov_status attend_streaming(CudaContext& context, const TileCall& tile, int sequences) {
  const AttentionCall<bf16>& call = tile.call;
  const int step = tile_rows(call.group);
  // Of one run of rows; then two more a sequence, one for each of its runs that ends inside a tile.
  int tiles = int(ceil_div(call.rows, step));
  StreamCall stream = {tile, nullptr};
  if (call.sequences) {
    tiles += 2 * sequences;
    const int64_t bytes = int64_t(sizeof(int32_t)) * (int64_t{call.rows} + 2);
    int32_t* plan = static_cast<int32_t*>(context.scratch(bytes));
    if (!plan) return FOV_OUT_OF_MEMORY;
    const fov_status status = context.launch(
        attend_plan_kernel,
        {.grid = {1, 1, 1}, .threads = kPlanThreads, .shared_bytes = sizeof(PlanCounts)},
        Plan{call.sequences, call.rows, step, plan});
    if (status) return status;
    stream.plan = plan;
  }
  tiles = tiles < call.rows ? tiles : call.rows;
  tiles = tiles < 65535 ? tiles : 65535;  // a block takes several where there are more
  return with_head_size(call.K,
                        [&](auto K) { return launch_stream<K.value>(context, stream, tiles); });
}

}  // namespace fovea::cuda
