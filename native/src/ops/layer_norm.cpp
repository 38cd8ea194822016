#include <cmath>

#include "common/check.h"

extern "C" fov_status fov_layer_norm(fov_context* context, const fov_tensor* x,
                                     const fov_tensor* weight, const fov_tensor* bias, float eps,
                                     const fov_tensor* residual, const fov_tensor* y) {
  using namespace fovea;
  return guarded("layer_norm", [&] {
    Checks checks("layer_norm", context);
    checks.tensor("x", x, 2, kActivations).tensor("weight", weight, 1, kF32);
    checks.tensor("bias", bias, 1, kF32).tensor("y", y, 2, kActivations);
    if (residual) checks.tensor("residual", residual, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0], D = x->shape[1];
    checks.that(D > 0, "at least one column").shape("weight", weight, {D}).shape("bias", bias, {D});
    checks.shape("y", y, {R, D}).same_dtype("y", y, x).distinct_elements("y", y);
    checks.same_or_disjoint("y", y, x).disjoint("y", y, weight).disjoint("y", y, bias);
    if (residual) {
      checks.shape("residual", residual, {R, D}).same_dtype("residual", residual, x);
      checks.same_or_disjoint("y", y, residual);
    }
    checks.that(std::isfinite(eps) && eps >= 0, "a finite eps >= 0, got %g", double(eps));
    if (!checks.served(context->kernels.layer_norm).ok() || R == 0) return checks.status();
    return context->kernels.layer_norm(*context, *x, *weight, *bias, eps, residual, *y);
  });
}
