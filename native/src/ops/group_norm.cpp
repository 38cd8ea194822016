#include <cmath>

#include "common/check.h"

extern "C" fov_status fov_group_norm(fov_context* context, const fov_tensor* x,
                                     const fov_tensor* weight, const fov_tensor* bias,
                                     int64_t pixels, int32_t groups, float eps, int32_t relu,
                                     const fov_tensor* y) {
  using namespace fovea;
  return guarded("group_norm", [&] {
    Checks checks("group_norm", context);
    checks.tensor("x", x, 2, kActivations).tensor("weight", weight, 1, kF32);
    checks.tensor("bias", bias, 1, kF32).tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0], C = x->shape[1];
    checks.that(pixels >= 1, "pixels of at least 1, got %lld", static_cast<long long>(pixels));
    checks.that(groups >= 1, "groups of at least 1, got %d", groups);
    if (!checks.ok()) return checks.status();
    checks.that(R % pixels == 0, "x: whole maps of %lld rows, got %s",
                static_cast<long long>(pixels), describe(*x).c_str());
    checks.that(C > 0 && C % groups == 0, "x: columns in %d groups of equal size, got %s", groups,
                describe(*x).c_str());
    checks.shape("weight", weight, {C}).shape("bias", bias, {C});
    checks.shape("y", y, {R, C}).same_dtype("y", y, x).distinct_elements("y", y);
    checks.same_or_disjoint("y", y, x).disjoint("y", y, weight).disjoint("y", y, bias);
    checks.that(std::isfinite(eps) && eps >= 0, "a finite eps >= 0, got %g", double(eps));
    checks.that(relu == 0 || relu == 1, "relu: 0 or 1, got %d", relu);
    if (!checks.served(context->kernels.group_norm).ok() || R == 0) return checks.status();
    return context->kernels.group_norm(*context, *x, *weight, *bias, pixels, groups, eps, relu, *y);
  });
}
