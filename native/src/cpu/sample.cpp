// sample: scores of the allowed tokens, sorted where top-k or top-p ask for it.
#include <algorithm>
#include <cmath>
#include <vector>

#include "common/sampling.h"
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

struct Candidate {
  int32_t id;
  float score;
  double weight;
};

// Likeliest first, the lower id first among equals.
bool comes_before(const Candidate& a, const Candidate& b) {
  return order_of(a.score) != order_of(b.score) ? order_of(a.score) > order_of(b.score)
                                                : a.id < b.id;
}

double sum_of_weights(const std::vector<Candidate>& candidates) {
  double sum = 0;
  for (const Candidate& c : candidates) sum += c.weight;
  return sum;
}

// Cuts sorted candidates to those that top-k and top-p keep.
void limit(std::vector<Candidate>& sorted, const SampleOptions& options) {
  size_t kept = sorted.size();
  if (options.top_k >= 1 && options.top_k < float(kept)) {
    kept = size_t(options.top_k);
    const uint32_t last = order_of(sorted[kept - 1].score);
    while (kept < sorted.size() && order_of(sorted[kept].score) == last) ++kept;
    sorted.resize(kept);
  }
  if (options.top_p < 1) {
    const double wanted = double(options.top_p) * sum_of_weights(sorted);
    double before = 0;
    for (kept = 0; kept < sorted.size() && (kept == 0 || before < wanted); ++kept)
      before += sorted[kept].weight;
    sorted.resize(kept);
  }
}

int32_t draw(std::vector<Candidate>& candidates, float largest, const SampleOptions& options,
             double fraction) {
  for (Candidate& c : candidates)
    c.weight = std::exp((double(c.score) - double(largest)) / double(options.temperature));
  if (options.top_k >= 1 || options.top_p < 1) {
    std::sort(candidates.begin(), candidates.end(), comes_before);
    limit(candidates, options);
  }
  const double target = fraction * sum_of_weights(candidates);
  int32_t chosen = -1;
  double sum = 0;
  for (const Candidate& c : candidates) {
    if (!(c.weight > 0)) continue;
    chosen = c.id;
    sum += c.weight;
    if (sum > target) break;
  }
  return chosen;
}

struct Choice {
  int32_t token;
  float log_probability;
};

Choice choose(const float* logits, int64_t V, const int32_t* allowed, const int32_t* observed,
              const SampleOptions& options, double fraction) {
  constexpr Choice kNone = {-1, NAN};
  std::vector<Candidate> candidates;
  float largest_logit = -INFINITY;
  for (int64_t v = 0; v < V; ++v) {
    if (allowed && !has_bit(allowed, v)) continue;
    if (!(logits[v] < INFINITY)) return kNone;
    const bool penalty = observed && has_bit(observed, v);
    candidates.push_back(
        {int32_t(v), penalty ? penalised(logits[v], options.penalty) : logits[v], 0});
    largest_logit = std::max(largest_logit, logits[v]);
  }
  if (largest_logit == -INFINITY) return kNone;
  const Candidate& best = *std::min_element(candidates.begin(), candidates.end(), comes_before);
  const int32_t token =
      options.temperature == 0 ? best.id : draw(candidates, best.score, options, fraction);
  double sum = 0;
  for (int64_t v = 0; v < V; ++v)
    if (!allowed || has_bit(allowed, v)) sum += std::exp(double(logits[v]) - double(largest_logit));
  return {token, float(double(logits[token]) - double(largest_logit) - std::log(sum))};
}

}  // namespace

fov_status sample(fov_context&, const fov_tensor& logits, const fov_tensor* allowed,
                  const fov_tensor* observed, const fov_tensor& options, const fov_tensor& draws,
                  const fov_tensor& tokens, const fov_tensor& log_probabilities) {
  const int64_t R = logits.shape[0], V = logits.shape[1];
  const Rows<const float> scores(logits), option_rows(options);
  const Rows<const int32_t> draw_rows(draws);
  const auto bits = [](const fov_tensor* set, int64_t r) {
    return set ? Rows<const int32_t>(*set)[r] : nullptr;
  };
  for (int64_t r = 0; r < R; ++r) {
    const float* o = option_rows[r];
    const Choice choice = choose(scores[r], V, bits(allowed, r), bits(observed, r),
                                 {o[0], o[1], o[2], o[3]}, fraction_of(draw_rows[r]));
    static_cast<int32_t*>(tokens.data)[r] = choice.token;
    static_cast<float*>(log_probabilities.data)[r] = choice.log_probability;
  }
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
