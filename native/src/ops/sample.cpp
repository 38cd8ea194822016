#include "common/check.h"

namespace {

// Temperature, top-k, top-p and penalty within their ranges; written so that NaN fails. Device
// memory is not read here.
bool are_options(const fov_tensor& options) {
  if (options.device != FOV_CPU) return true;
  for (int64_t r = 0; r < options.shape[0]; ++r) {
    const float* o = static_cast<const float*>(options.data) + r * options.stride[0];
    const auto in = [](float x, float low, float high) { return x >= low && x <= high; };
    if (!in(o[0], 0, 3.0e38f) || !in(o[1], 0, 2147483520.0f) || !in(o[2], 0, 1) ||
        !(o[3] > 0 && o[3] <= 3.0e38f))
      return false;
  }
  return true;
}

}  // namespace

extern "C" fov_status fov_sample(fov_context* context, const fov_tensor* logits,
                                 const fov_tensor* allowed, const fov_tensor* observed,
                                 const fov_tensor* options, const fov_tensor* draws,
                                 const fov_tensor* tokens, const fov_tensor* log_probabilities) {
  using namespace fovea;
  return guarded("sample", [&] {
    Checks checks("sample", context);
    checks.tensor("logits", logits, 2, kF32).tensor("options", options, 2, kF32);
    checks.tensor("draws", draws, 2, kI32).tensor("tokens", tokens, 1, kI32);
    checks.tensor("log_probabilities", log_probabilities, 1, kF32);
    if (allowed) checks.tensor("allowed", allowed, 2, kI32);
    if (observed) checks.tensor("observed", observed, 2, kI32);
    if (!checks.ok()) return checks.status();
    const int64_t R = logits->shape[0], V = logits->shape[1], W = V / 32 + (V % 32 != 0);
    checks.that(V >= 1 && V <= INT32_MAX, "logits: 1..2^31-1 columns, got %lld",
                static_cast<long long>(V));
    checks.shape("options", options, {R, 4}).shape("draws", draws, {R, 2});
    checks.shape("tokens", tokens, {R}).shape("log_probabilities", log_probabilities, {R});
    if (allowed) checks.shape("allowed", allowed, {R, W});
    if (observed) checks.shape("observed", observed, {R, W});
    checks.distinct_elements("tokens", tokens);
    checks.distinct_elements("log_probabilities", log_probabilities);
    checks.disjoint("tokens", tokens, log_probabilities);
    for (const fov_tensor* input : {logits, allowed, observed, options, draws})
      if (input)
        checks.disjoint("tokens", tokens, input)
            .disjoint("log_probabilities", log_probabilities, input);
    if (checks.ok())
      checks.that(are_options(*options),
                  "options: temperature >= 0, top-k >= 0, top-p in 0..1, penalty > 0, all finite");
    if (!checks.served(context->kernels.sample).ok() || R == 0) return checks.status();
    return context->kernels.sample(*context, *logits, allowed, observed, *options, *draws, *tokens,
                                   *log_probabilities);
  });
}
