#include "common/check.h"

extern "C" fov_status fov_rope_pairs(fov_context* context, const fov_tensor* x,
                                     const fov_tensor* cos, const fov_tensor* sin) {
  using namespace fovea;
  return guarded("rope_pairs", [&] {
    Checks checks("rope_pairs", context);
    checks.tensor("x", x, 3, kActivations).tensor("cos", cos, 2, kF32).tensor("sin", sin, 2, kF32);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0], H = x->shape[1], K = x->shape[2];
    checks.that(K > 0 && K % 2 == 0, "an even head size, got %lld", static_cast<long long>(K));
    checks.shape("cos", cos, {R, K / 2}).shape("sin", sin, {R, K / 2}).distinct_elements("x", x);
    checks.disjoint("x", x, cos).disjoint("x", x, sin);
    if (!checks.served(context->kernels.rope_pairs).ok() || R == 0 || H == 0)
      return checks.status();
    return context->kernels.rope_pairs(*context, *x, *cos, *sin);
  });
}
