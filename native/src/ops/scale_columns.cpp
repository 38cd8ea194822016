#include "common/check.h"

extern "C" fov_status fov_scale_columns(fov_context* context, const fov_tensor* x,
                                        const fov_tensor* gain, const fov_tensor* residual,
                                        const fov_tensor* y) {
  using namespace fovea;
  return guarded("scale_columns", [&] {
    Checks checks("scale_columns", context);
    checks.tensor("x", x, 2, kActivations).tensor("gain", gain, 1, kF32);
    checks.tensor("y", y, 2, kActivations);
    if (residual) checks.tensor("residual", residual, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0], D = x->shape[1];
    checks.shape("gain", gain, {D}).shape("y", y, {R, D}).same_dtype("y", y, x);
    checks.distinct_elements("y", y).same_or_disjoint("y", y, x).disjoint("y", y, gain);
    if (residual) {
      checks.shape("residual", residual, {R, D}).same_dtype("residual", residual, x);
      checks.same_or_disjoint("y", y, residual);
    }
    if (!checks.served(context->kernels.scale_columns).ok() || R == 0 || D == 0)
      return checks.status();
    return context->kernels.scale_columns(*context, *x, *gain, residual, *y);
  });
}
