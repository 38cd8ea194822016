#include "common/check.h"

extern "C" fov_status fov_gelu(fov_context* context, const fov_tensor* x, const fov_tensor* y) {
  using namespace fovea;
  return guarded("gelu", [&] {
    Checks checks("gelu", context);
    checks.tensor("x", x, 2, kActivations).tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    checks.shape("y", y, {x->shape[0], x->shape[1]}).same_dtype("y", y, x);
    checks.distinct_elements("y", y).same_or_disjoint("y", y, x);
    if (!checks.served(context->kernels.gelu).ok() || x->shape[0] == 0) return checks.status();
    return context->kernels.gelu(*context, *x, *y);
  });
}
