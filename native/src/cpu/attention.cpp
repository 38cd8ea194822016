// attention and paged_attention: what runs where. A query is one row and one of the `group` query
// heads that share a key head. A sequence with many queries first has its keys and values packed,
// which all its tiles then share; one with few (a decode step) is a single tile that packs as it
// goes and reads each key and value once.
#include "cpu/attention_plan.h"
#include "cpu/attention_tile.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// Packed keys and values at a time; more heads follow in further rounds.
constexpr int64_t kPackedFloats = int64_t{8} << 20;

template <typename T>
struct Heads {  // [rows, heads, K], only the last axis contiguous
  T* data;
  int64_t row_stride, head_stride;
  explicit Heads(const fov_tensor& t)
      : data(static_cast<T*>(t.data)), row_stride(t.stride[0]), head_stride(t.stride[1]) {}
  T* at(int64_t row, int64_t head) const { return data + row * row_stride + head * head_stride; }
};

template <typename T>
struct Call {
  CpuContext& context;
  Heads<const T> q;
  Heads<T> y;
  int64_t kv_heads, group, K;
  float scale;

  Call(fov_context& context, const fov_tensor& q, const fov_tensor& y, int64_t kv_heads,
       float scale)
      : context(cpu_context(context)),
        q(q),
        y(y),
        kv_heads(kv_heads),
        group(q.shape[1] / kv_heads),
        K(q.shape[2]),
        scale(scale) {}

  int64_t row(const SequenceRows& s, int64_t query) const {
    return s.rows ? s.rows[query / group] : query / group;
  }

  // The tile of queries [begin, begin + n) of one key head; scratch is this worker's.
  Tile tile(const SequenceRows& s, int64_t head, int64_t begin, int64_t n, int worker) const {
    const Tile t(static_cast<float*>(context.scratch(worker, tile_bytes(n))), n, K, scale);
    for (int64_t i = 0; i < n; ++i) {
      const int64_t query = begin + i;
      t.limits[i] = s.limits ? s.limits[query / group] : s.keys;
      convert_row(q.at(row(s, query), head * group + query % group), t.queries + i * K, K);
    }
    return t;
  }
  size_t tile_bytes(int64_t n) const { return size_t(Tile::floats(n, K)) * sizeof(float); }

  void write(const Softmax& all, const SequenceRows& s, int64_t head, int64_t begin,
             int64_t n) const {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t query = begin + i;
      finish(all, i, K, y.at(row(s, query), head * group + query % group));
    }
  }
};

FOV_INLINE int64_t splits(int64_t keys) { return ceil_div(keys, kSplitKeys); }

// Merges one split into all, for the queries that see a key of it.
FOV_INLINE void merge_split(const Softmax& all, const Softmax& part, const int64_t* limits,
                            int64_t n, int64_t split, int64_t K) {
  for (int64_t i = 0; i < n; ++i)
    if (limits[i] > split * kSplitKeys) merge(all, part, i, K);
}

template <typename T>
void attend_tile(const Call<T>& call, const SequenceRows& s, const HeadKeys<T>& keys, int64_t head,
                 int64_t begin, int64_t n, int worker) {
  const Tile tile = call.tile(s, head, begin, n, worker);
  tile.all.clear(n, call.K);
  for (int64_t split = 0; split < splits(tile.limits[n - 1]); ++split) {
    attend_split(tile, keys, split);
    merge_split(tile.all, tile.split, tile.limits, n, split, call.K);
  }
  call.write(tile.all, s, head, begin, n);
}

// Queries of a tile: as many as share packed keys well, fewer where threads would idle.
template <typename T>
int64_t tile_queries(const Call<T>& call, int64_t queries) {
  const int64_t share = ceil_div(queries * call.kv_heads, 2 * call.context.threads());
  const int64_t n = ceil_div(share, kMaxQueries) * kMaxQueries;
  return n < kTileQueries ? n : kTileQueries;
}

// One sequence with many queries. keys_of(head) is its HeadKeys.
template <typename T, typename KeysOf>
void attend_packed(const Call<T>& call, const SequenceRows& s, const KeysOf& keys_of) {
  ThreadPool& pool = call.context.pool;
  const int64_t blocks = ceil_div(s.keys, kBlock), floats = block_floats(call.K);
  const int64_t queries = s.count * call.group, step = tile_queries(call, queries);
  const int64_t tiles = ceil_div(queries, step);
  int64_t round = kPackedFloats / (blocks * floats);
  round = round < 1 ? 1 : round < call.kv_heads ? round : call.kv_heads;
  float* packed = static_cast<float*>(
      call.context.shared_scratch(size_t(round * blocks * floats) * sizeof(float)));
  for (int64_t from = 0; from < call.kv_heads; from += round) {
    const int64_t heads = call.kv_heads - from < round ? call.kv_heads - from : round;
    pool.parallel_for(heads * blocks, 4, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i)
        pack_block(keys_of(from + i / blocks), i % blocks, call.K, packed + i * floats);
    });
    pool.parallel_for(heads * tiles, 1, [&](int64_t begin, int64_t end, int worker) {
      for (int64_t i = begin; i < end; ++i) {
        HeadKeys<T> keys = keys_of(from + i / tiles);
        keys.packed = packed + i / tiles * blocks * floats;
        const int64_t at = i % tiles * step;
        const int64_t n = queries - at < step ? queries - at : step;
        attend_tile(call, s, keys, from + i / tiles, at, n, worker);
      }
    });
  }
}

// Sequences 0..count-1 of a plan, each with at most kTileQueries queries: a task a sequence and key
// head, or where those would leave threads idle, a task a split as well.
template <typename T, typename Plan, typename KeysOf>
void attend_single_tiles(const Call<T>& call, const Plan& plan, int64_t count,
                         const KeysOf& keys_of) {
  ThreadPool& pool = call.context.pool;
  const int64_t tasks = count * call.kv_heads;
  int64_t most_splits = 0, most_queries = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t n = splits(plan[i].keys), queries = plan[i].count * call.group;
    most_splits = n > most_splits ? n : most_splits;
    most_queries = queries > most_queries ? queries : most_queries;
  }
  if (pool.threads() == 1 || tasks >= 2 * pool.threads() || most_splits <= 1) {
    pool.parallel_for(tasks, 1, [&](int64_t begin, int64_t end, int worker) {
      for (int64_t i = begin; i < end; ++i) {
        const SequenceRows& s = plan[i / call.kv_heads];
        const int64_t head = i % call.kv_heads;
        attend_tile(call, s, keys_of(s, head), head, 0, s.count * call.group, worker);
      }
    });
    return;
  }
  const int64_t part_floats = Softmax::floats(most_queries, call.K);
  float* parts = static_cast<float*>(
      call.context.shared_scratch(size_t(tasks * most_splits * part_floats) * sizeof(float)));
  pool.parallel_for(tasks * most_splits, 1, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t task = i / most_splits, split = i % most_splits;
      const SequenceRows& s = plan[task / call.kv_heads];
      if (split >= splits(s.keys)) continue;
      const int64_t head = task % call.kv_heads, n = s.count * call.group;
      const Tile tile = call.tile(s, head, 0, n, worker);
      attend_split(tile, keys_of(s, head), split);
      std::memcpy(parts + i * part_floats, tile.split.values,
                  size_t(Softmax::floats(n, call.K)) * sizeof(float));
    }
  });
  pool.parallel_for(tasks, 1, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t i = begin; i < end; ++i) {
      const SequenceRows& s = plan[i / call.kv_heads];
      const int64_t head = i % call.kv_heads, n = s.count * call.group;
      const Tile tile = call.tile(s, head, 0, n, worker);
      tile.all.clear(n, call.K);
      for (int64_t split = 0; split < splits(s.keys); ++split) {
        const Softmax part(parts + (i * most_splits + split) * part_floats, n, call.K);
        merge_split(tile.all, part, tile.limits, n, split, call.K);
      }
      call.write(tile.all, s, head, 0, n);
    }
  });
}

}  // namespace

fov_status attention(fov_context& context, const fov_tensor& q, const fov_tensor& k,
                     const fov_tensor& v, float scale, const fov_tensor& y) {
  with_activation(q.dtype, [&](auto type) {
    using T = decltype(type);
    const Call<T> call(context, q, y, k.shape[1], scale);
    call.context.reserve(call.tile_bytes(kTileQueries));
    const Heads<const T> keys(k), values(v);
    const SequenceRows all{0, q.shape[0], k.shape[0], nullptr, nullptr};
    const auto keys_of = [&](const SequenceRows&, int64_t head) {
      return HeadKeys<T>{keys.at(0, head), values.at(0, head),
                         keys.row_stride,  values.row_stride,
                         nullptr,          0,
                         all.keys,         nullptr};
    };
    if (all.count * call.group > kTileQueries)
      attend_packed(call, all, [&](int64_t head) { return keys_of(all, head); });
    else
      attend_single_tiles(call, &all, 1, keys_of);
  });
  return FOV_OK;
}

fov_status paged_attention(fov_context& context, const fov_tensor& q, const fov_tensor& k_pages,
                           const fov_tensor& v_pages, const fov_tensor& page_table,
                           const fov_tensor& sequences, const fov_tensor& row_slots, float scale,
                           const fov_tensor& y) {
  const PagedPlan plan(sequences, row_slots);
  const Rows<const int32_t> tables(page_table);
  with_activation(q.dtype, [&](auto type) {
    using T = decltype(type);
    const Call<T> call(context, q, y, k_pages.shape[1], scale);
    call.context.reserve(call.tile_bytes(kTileQueries));
    const T* keys = static_cast<const T*>(k_pages.data);
    const T* values = static_cast<const T*>(v_pages.data);
    const auto keys_of = [&](const SequenceRows& s, int64_t head) {
      const int64_t at = head * kBlock * call.K;
      return HeadKeys<T>{keys + at,          values + at,       call.K, call.K,
                         tables[s.sequence], k_pages.stride[0], s.keys, nullptr};
    };
    int64_t singles = 0;
    while (singles < plan.count() && plan[singles].count * call.group <= kTileQueries) ++singles;
    if (singles > 0) attend_single_tiles(call, plan, singles, keys_of);
    for (int64_t i = singles; i < plan.count(); ++i)
      attend_packed(call, plan[i], [&](int64_t head) { return keys_of(plan[i], head); });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
