// attention and paged_attention: one call for both, and which kernel serves it.
#include <algorithm>
#include <iterator>

#include "cuda/attention/tile_calls.h"
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr double kLog2E = 1.4426950408889634;

constexpr int kFewRows = 16;
constexpr int64_t kMostSplitBytes = int64_t{64} << 20;

// Whether the elements lie so that groups of `elements` of them are aligned to `bytes`.
template <typename Strides>
bool aligned(const void* data, int64_t bytes, int64_t elements, const Strides& strides) {
  return reinterpret_cast<uintptr_t>(data) % uintptr_t(bytes) == 0 &&
         std::all_of(std::begin(strides), std::end(strides),
                     [&](int64_t stride) { return stride % elements == 0; });
}
bool pages_aligned(const Slots<bf16>& slots) {
  const int64_t strides[] = {slots.page_stride, slots.head_stride, slots.slot_stride};
  return aligned(slots.data, 16, 8, strides);
}
template <typename T>
bool pairs_aligned(const Heads<T>& heads) {
  const int64_t strides[] = {heads.row_stride, heads.head_stride};
  return aligned(heads.data, 4, 2, strides);
}

// Which kernel serves a call may depend on its keys and heads alone, never on its rows: else a
// row's result would. The two shapes of tiles have the same results.
bool tiles_serve(const AttentionCall<bf16>& call) {
  return std::count(std::begin(kHeadSizes), std::end(kHeadSizes), call.K) > 0 &&
         call.group <= kTileQueries && pages_aligned(call.keys) && pages_aligned(call.values);
}

fov_status attend(fov_context& context, const AttentionCall<float>& call, int64_t) {
  return attend_by_rows(cuda_context(context), call);
}
fov_status attend(fov_context& context, const AttentionCall<bf16>& call, int64_t sequences) {
  CudaContext& cuda = cuda_context(context);
  if (!tiles_serve(call)) return attend_by_rows(cuda, call);
  const TileCall tile = {call, pairs_aligned(call.q), pairs_aligned(call.y)};
  if (call.rows <= kFewRows && split_bytes(call) <= kMostSplitBytes)
    return attend_split(cuda, tile);
  return attend_streaming(cuda, tile, int(std::min<int64_t>(sequences, call.rows)));
}

const int32_t* ints(const fov_tensor& tensor) { return static_cast<const int32_t*>(tensor.data); }

// The part of a call that the queries determine.
template <typename T>
AttentionCall<T> call_of(const fov_tensor& q, const fov_tensor& y, int64_t kv_heads, float scale) {
  const int heads = int(q.shape[1]);
  return {.q = Heads<const T>(q),
          .y = Heads<T>(y),
          .keys = {},
          .values = {},
          .page_table = nullptr,
          .table_stride = 0,
          .sequences = nullptr,
          .row_slots = nullptr,
          .slots = 0,
          .rows = int(q.shape[0]),
          .heads = heads,
          .group = heads / int(kv_heads),
          .K = int(q.shape[2]),
          .scale = float(scale * kLog2E)};
}

}  // namespace

fov_status attention(fov_context& context, const fov_tensor& q, const fov_tensor& k,
                     const fov_tensor& v, float scale, const fov_tensor& y) {
  return with_activation(q.dtype, [&](auto type) {
    using T = decltype(type);
    const auto slots_of = [](const fov_tensor& t) {  // [slots, heads, K]
      return Slots<T>{static_cast<const T*>(t.data), FOV_PAGE_SLOTS * t.stride[0], t.stride[1],
                      t.stride[0]};
    };
    AttentionCall<T> call = call_of<T>(q, y, k.shape[1], scale);
    call.keys = slots_of(k);
    call.values = slots_of(v);
    call.slots = int(k.shape[0]);
    return attend(context, call, 1);
  });
}

fov_status paged_attention(fov_context& context, const fov_tensor& q, const fov_tensor& k_pages,
                           const fov_tensor& v_pages, const fov_tensor& page_table,
                           const fov_tensor& sequences, const fov_tensor& row_slots, float scale,
                           const fov_tensor& y) {
  return with_activation(q.dtype, [&](auto type) {
    using T = decltype(type);
    const auto slots_of = [](const fov_tensor& t) {  // [pages, heads, FOV_PAGE_SLOTS, K]
      return Slots<T>{static_cast<const T*>(t.data), t.stride[0], t.stride[1], t.stride[2]};
    };
    AttentionCall<T> call = call_of<T>(q, y, k_pages.shape[1], scale);
    call.keys = slots_of(k_pages);
    call.values = slots_of(v_pages);
    call.page_table = ints(page_table);
    call.table_stride = page_table.stride[0];
    call.sequences = ints(sequences);
    call.row_slots = ints(row_slots);
    call.slots = int(page_table.shape[1]) * FOV_PAGE_SLOTS;
    return attend(context, call, page_table.shape[0]);
  });
}

}  // namespace fovea::cuda
