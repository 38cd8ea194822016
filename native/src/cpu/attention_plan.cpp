#include "cpu/attention_plan.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace fovea::cpu {

PagedPlan::PagedPlan(const fov_tensor& sequences, const fov_tensor& row_slots)
    : rows_(size_t(sequences.shape[0])), limits_(rows_.size()) {
  const int32_t* sequence = static_cast<const int32_t*>(sequences.data);
  const int32_t* slot = static_cast<const int32_t*>(row_slots.data);
  std::iota(rows_.begin(), rows_.end(), 0);
  std::sort(rows_.begin(), rows_.end(), [&](int32_t a, int32_t b) {
    return std::tuple(sequence[a], slot[a], a) < std::tuple(sequence[b], slot[b], b);
  });
  for (size_t begin = 0, end; begin < rows_.size(); begin = end) {
    const int32_t s = sequence[rows_[begin]];
    for (end = begin; end < rows_.size() && sequence[rows_[end]] == s; ++end)
      limits_[end] = int64_t{slot[rows_[end]]} + 1;
    sequences_.push_back(
        {s, int64_t(end - begin), limits_[end - 1], &rows_[begin], &limits_[begin]});
  }
  std::stable_sort(sequences_.begin(), sequences_.end(),
                   [](const SequenceRows& a, const SequenceRows& b) { return a.count < b.count; });
}

PagedPlan::~PagedPlan() = default;

int64_t PagedPlan::count() const { return int64_t(sequences_.size()); }

const SequenceRows& PagedPlan::operator[](int64_t i) const { return sequences_[size_t(i)]; }

}  // namespace fovea::cpu
