// Which rows of an attention call belong together. Compiled once, not per instruction set.
#pragma once
#include <vector>

#include "fovea/fovea.h"

namespace fovea::cpu {

// The rows of one sequence, by ascending number of keys that they see.
struct SequenceRows {
  int32_t sequence;
  int64_t count;
  int64_t keys;           // seen by the last row
  const int32_t* rows;    // [count]; nullptr: 0, 1, ..., count-1
  const int64_t* limits;  // [count] keys that each row sees; nullptr: `keys`
};

class PagedPlan {
 public:
  PagedPlan(const fov_tensor& sequences, const fov_tensor& row_slots);
  ~PagedPlan();
  int64_t count() const;
  const SequenceRows& operator[](int64_t i) const;  // by ascending row count

 private:
  std::vector<int32_t> rows_;
  std::vector<int64_t> limits_;
  std::vector<SequenceRows> sequences_;
};

}  // namespace fovea::cpu
