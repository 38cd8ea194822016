#include <cmath>

#include "common/check.h"

extern "C" fov_status fov_rms_norm(fov_context* context, const fov_tensor* x,
                                   const fov_tensor* weight, float eps, const fov_tensor* y) {
  using namespace fovea;
  return guarded("rms_norm", [&] {
    Checks checks("rms_norm", context);
    checks.tensor("x", x, 2, kActivations).tensor("weight", weight, 1, kF32);
    checks.tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0], D = x->shape[1];
    checks.shape("weight", weight, {D}).shape("y", y, {R, D}).same_dtype("y", y, x);
    checks.that(D > 0, "at least one column").distinct_elements("y", y);
    checks.same_or_disjoint("y", y, x).disjoint("y", y, weight);
    checks.that(std::isfinite(eps) && eps >= 0, "a finite eps >= 0, got %g", double(eps));
    if (!checks.served(context->kernels.rms_norm).ok() || R == 0) return checks.status();
    return context->kernels.rms_norm(*context, *x, *weight, eps, *y);
  });
}
