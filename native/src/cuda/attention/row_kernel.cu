// Attention of one row and head by a block, for every dtype, head size and stride. Warp w takes
// every kWarps-th step of 32 slots from the w-th on, a lane a slot; the warps' parts are then
// merged in order. A row's result depends on nothing but the row, and unseen slots are not read.
#include "cuda/attention/call.h"
#include "cuda/attention/softmax.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kStep = 32;  // slots
static_assert(FOV_PAGE_SLOTS % kStep == 0);

// The block's shared memory: query [K], then for each warp its part.
struct Part {
  float* values;   // [K]
  float* weights;  // [kStep] of the slots of a step
  float* m_l;      // [2] maximum and sum
  static constexpr int floats(int K) { return K + kStep + 2; }
  SIMT_MEMBER Part(float* memory, int K)
      : values(memory), weights(memory + K), m_l(weights + kStep) {}
};
int64_t shared_bytes(int K) {
  return int64_t(sizeof(float)) * (K + int64_t{kWarps} * Part::floats(K));
}

SIMT_DEVICE float warp_max(float value) {
  SIMT_UNROLL
  for (int mask = 16; mask > 0; mask >>= 1) value = fmaxf(value, shuffle_xor(value, mask));
  return value;
}

// Brings slots [first, first + n) of a page into the part.
template <typename T>
SIMT_DEVICE void attend_step(const AttentionCall<T>& c, const float* query, const T* keys,
                             const T* values, int n, const Part& part, float& m, float& l) {
  float score = kNoScore;
  if (lane() < n) {
    const T* key = keys + lane() * c.keys.slot_stride;
    float sum = 0;
    for (int k = 0; k < c.K; ++k) sum = fmaf(query[k], to_float(key[k]), sum);
    score = sum * c.scale;
  }
  const float before = m;
  m = fmaxf(before, warp_max(score));
  const float shift = softmax_shift(m), decay = exp2f(before - shift);
  const float weight = exp2f(score - shift);
  l = fmaf(l, decay, warp_sum(weight));
  part.weights[lane()] = weight;
  sync_warp();
  for (int k = lane(); k < c.K; k += 32) {
    float sum = part.values[k] * decay;
    for (int j = 0; j < n; ++j)
      sum = fmaf(part.weights[j], to_float(values[j * c.values.slot_stride + k]), sum);
    part.values[k] = sum;
  }
  sync_warp();
}

template <typename T>
SIMT_KERNEL(kWarps * 32, 1)
attend_row_kernel(AttentionCall<T> c) {
  const int64_t row = block().x, head = block().y, key_head = head / c.group;
  float* query = &shared<float>();
  const Part part(query + c.K + warp() * Part::floats(c.K), c.K);
  for (int k = thread(); k < c.K; k += kWarps * 32) query[k] = to_float(c.q.at(row, head)[k]);
  for (int k = lane(); k < c.K; k += 32) part.values[k] = 0;
  sync_threads();

  const int seen = c.seen(row);
  const int64_t sequence = c.sequence(row);
  float m = kNoScore, l = 0;
  for (int first = warp() * kStep; first < seen; first += kWarps * kStep) {
    const int64_t page = c.page(sequence, first / FOV_PAGE_SLOTS);
    const int64_t slot = first % FOV_PAGE_SLOTS;
    attend_step(c, query, slots_of(c.keys, page, key_head) + slot * c.keys.slot_stride,
                slots_of(c.values, page, key_head) + slot * c.values.slot_stride,
                seen - first < kStep ? seen - first : kStep, part, m, l);
  }
  if (lane() == 0) part.m_l[0] = m, part.m_l[1] = l;
  sync_threads();

  T* y = c.y.at(row, head);
  for (int k = thread(); k < c.K; k += kWarps * 32) {
    float all_m = kNoScore, all_l = 0, value = 0;
    for (int w = 0; w < kWarps; ++w) {
      const Part other(query + c.K + w * Part::floats(c.K), c.K);
      const SoftmaxMerge merge = softmax_merge(all_m, other.m_l[0]);
      all_m = merge.m;
      all_l = merge(all_l, other.m_l[1]);
      value = merge(value, other.values[k]);
    }
    y[k] = from_float<T>(value / all_l);
  }
}

}  // namespace

template <typename T>
fov_status attend_by_rows(CudaContext& context, const AttentionCall<T>& call) {
  constexpr int64_t kMostShared = 99 << 10;  // bytes that a block has on every architecture
  if (shared_bytes(call.K) > kMostShared)
    return fail(FOV_UNIMPLEMENTED, "attention: heads of %d columns on CUDA", call.K);
  return context.launch(attend_row_kernel<T>,
                        {.grid = {call.rows, call.heads, 1},
                         .threads = kWarps * 32,
                         .shared_bytes = shared_bytes(call.K)},
                        call);
}

template fov_status attend_by_rows(CudaContext&, const AttentionCall<float>&);
template fov_status attend_by_rows(CudaContext&, const AttentionCall<bf16>&);

}  // namespace fovea::cuda
