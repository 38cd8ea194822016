// Softmax over parts of the keys, which are then merged ("FlashAttention", arXiv:2205.14135,
// section 3.1). Scores are in units of log 2.
//
// The state of a part: the maximum m of its scores, the sum l of its weights 2^(score - m), and its
// values summed with these weights. A part without keys: m = -infinity, the others 0.
#pragma once
#include "cuda/simt/simt.h"

namespace fovea::cuda {

constexpr float kInfinity = __builtin_inff();
constexpr float kNoScore = -kInfinity;

// What is subtracted from scores with maximum m: where every score is -infinity, any finite value.
SIMT_DEVICE float softmax_shift(float m) { return m == kNoScore ? 0.0f : m; }

// How parts with maxima a and b become one: m, and the factors of what a and b have summed.
struct SoftmaxMerge {
  float m, keep, take;
  SIMT_MEMBER float operator()(float of_a, float of_b) const {
    return fmaf(of_b, take, of_a * keep);
  }
};
SIMT_DEVICE SoftmaxMerge softmax_merge(float a, float b) {
  const float m = fmaxf(a, b), shift = softmax_shift(m);
  return {m, exp2f(a - shift), exp2f(b - shift)};
}

}  // namespace fovea::cuda
