// What attention and paged_attention have in common: queries, and keys that lie in pages of
// FOV_PAGE_SLOTS slots, be they scattered over a cache or one after another in a tensor.
#pragma once
#include "cuda/cuda_context.h"

namespace fovea::cuda {

// [rows, heads, K], only the last axis contiguous.
template <typename T>
struct Heads {
  T* data;
  int64_t row_stride, head_stride;  // elements
  explicit Heads(const fov_tensor& t)
      : data(static_cast<T*>(t.data)), row_stride(t.stride[0]), head_stride(t.stride[1]) {}
  SIMT_MEMBER T* at(int64_t row, int64_t head) const {
    return data + row * row_stride + head * head_stride;
  }
};

// Keys or values: slots of a page are slot_stride apart, heads head_stride, pages page_stride.
template <typename T>
struct Slots {
  const T* data;
  int64_t page_stride, head_stride, slot_stride;  // elements
};

// Arguments of either op.
template <typename T>
struct AttentionCall {
  Heads<const T> q;
  Heads<T> y;
  Slots<T> keys, values;
  const int32_t* page_table;  // nullptr: pages follow one another
  int64_t table_stride;
  const int32_t* sequences;  // [rows]; nullptr: one sequence
  const int32_t* row_slots;  // [rows] the last slot that a row sees; nullptr: all of them
  int slots;                 // no row sees more
  int rows, heads, group, K;
  float scale;  // of scores in units of log 2: weights are powers of two

  // Slots that a row sees.
  SIMT_MEMBER int seen(int64_t row) const { return row_slots ? row_slots[row] + 1 : slots; }
  SIMT_MEMBER int64_t sequence(int64_t row) const { return sequences ? sequences[row] : 0; }
  // The place of a sequence's page.
  SIMT_MEMBER int64_t page(int64_t sequence, int64_t index) const {
    return page_table ? page_table[sequence * table_stride + index] : index;
  }
};

// Slot 0 of a page, of key head `head`.
template <typename T>
SIMT_DEVICE const T* slots_of(const Slots<T>& slots, int64_t page, int64_t head) {
  return slots.data + page * slots.page_stride + head * slots.head_stride;
}

// Serves every call: plain f32 arithmetic, a block a row and head.
template <typename T>
fov_status attend_by_rows(CudaContext& context, const AttentionCall<T>& call);

}  // namespace fovea::cuda
