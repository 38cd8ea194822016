// Attention of few rows, as in a decode step: every page of every row is a warp's, and the parts
// are merged by a second kernel. The grids depend on the shapes alone; warps beyond a row's slots
// have nothing to do, so that a recorded call serves any lengths.
#include "cuda/attention/tile_calls.h"

namespace fovea::cuda {
namespace {

struct Split {
  TileCall tile;
  float* parts;  // [rows, heads, pages, K + 2] values, m, l
  int pages;
  SIMT_MEMBER float* part(int64_t row, int64_t head, int64_t page) const {
    return parts + ((row * tile.call.heads + head) * pages + page) * (tile.call.K + 2);
  }
};

template <int K>
struct SplitMemory {
  PageTile<K> keys, values;
};

template <int K>
SIMT_KERNEL(32, 4)
attend_split_kernel(Split s) {
  const AttentionCall<bf16>& call = s.tile.call;
  const int start = block().x * kSlots, key_head = block().y, row = block().z;
  const int seen = call.seen(row) - start;  // of this page
  if (seen <= 0) return;
  SplitMemory<K>& memory = shared<SplitMemory<K>>();
  const int64_t page = call.page(call.sequence(row), block().x);
  copy_page<K, 32>(memory.keys, slots_of(call.keys, page, key_head), call.keys.slot_stride, seen);
  copy_page<K, 32>(memory.values, slots_of(call.values, page, key_head), call.values.slot_stride,
                   seen);
  const Query queries[2] = {query_at(call, row, 1, key_head, lane() / 4),
                            query_at(call, row, 1, key_head, lane() / 4 + 8)};
  QueryTile<K> q;
  load_queries(q, s.tile, queries);
  float scores[8][4];
  PageWeights weights;
  copy_wait<1>();
  sync_warp();
  score(scores, q, memory.keys);
  weigh(weights, scores, {seen, seen}, seen >= kSlots, call.scale);
  copy_wait<0>();
  sync_warp();
  float* parts[2];
  SIMT_UNROLL
  for (int h = 0; h < 2; ++h) {
    parts[h] = queries[h].seen ? s.part(row, queries[h].head, block().x) : nullptr;
    if (parts[h] && lane() % 4 == 0) parts[h][K] = weights.m[h], parts[h][K + 1] = weights.l[h];
  }
  SIMT_UNROLL
  for (int column = 0; column < K; column += kSumColumns<K>) {
    ColumnSums sums;
    sum_values(sums, weights, memory.values, column);
    for_sums<K>(sums, column, [&](int n, int h, int e, float sum) {
      if (parts[h]) parts[h][8 * n + lane() % 4 * 2 + e] = sum;
    });
  }
}

// A block a row and head, a thread a column.
SIMT_KERNEL(128, 1) attend_merge_kernel(Split s) {
  const AttentionCall<bf16>& call = s.tile.call;
  const int head = block().x, row = block().y, K = call.K;
  if (thread() >= K) return;
  const int pages = int(ceil_div(call.seen(row), kSlots));
  float m = kNoScore, l = 0, value = 0;
  for (int p = 0; p < pages; ++p) {
    const float* part = s.part(row, head, p);
    const SoftmaxMerge merge = softmax_merge(m, part[K]);
    m = merge.m;
    l = merge(l, part[K + 1]);
    value = merge(value, part[thread()]);
  }
  call.y.at(row, head)[thread()] = {uint16_t(pack_results(value / l, 0))};
}

template <int K>
fov_status launch_split(CudaContext& context, const Split& split) {
  const AttentionCall<bf16>& call = split.tile.call;
  return context.launch(attend_split_kernel<K>,
                        {.grid = {split.pages, call.heads / call.group, call.rows},
                         .threads = 32,
                         .shared_bytes = sizeof(SplitMemory<K>)},
                        split);
}

}  // namespace

int64_t split_bytes(const AttentionCall<bf16>& call) {
  return int64_t(sizeof(float)) * call.rows * call.heads * ceil_div(call.slots, kSlots) *
         (call.K + 2);
}

fov_status attend_split(CudaContext& context, const TileCall& tile) {
  const AttentionCall<bf16>& call = tile.call;
  float* parts = static_cast<float*>(context.scratch(split_bytes(call)));
  if (!parts) return FOV_OUT_OF_MEMORY;
  const Split split = {tile, parts, int(ceil_div(call.slots, kSlots))};
  const fov_status status =
      with_head_size(call.K, [&](auto K) { return launch_split<K.value>(context, split); });
  if (status) return status;
  return context.launch(
      attend_merge_kernel,
      {.grid = {call.heads, call.rows, 1}, .threads = int(ceil_div(call.K, 32)) * 32}, split);
}

}  // namespace fovea::cuda
