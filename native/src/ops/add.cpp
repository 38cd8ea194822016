#include "common/check.h"

extern "C" fov_status fov_add(fov_context* context, const fov_tensor* a, const fov_tensor* b,
                              const fov_tensor* y) {
  using namespace fovea;
  return guarded("add", [&] {
    Checks checks("add", context);
    checks.tensor("a", a, 2, kActivations).tensor("b", b, 2, kActivations);
    checks.tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = a->shape[0], D = a->shape[1];
    checks.shape("b", b, {R, D}).same_dtype("b", b, a);
    checks.shape("y", y, {R, D}).same_dtype("y", y, a).distinct_elements("y", y);
    checks.same_or_disjoint("y", y, a).same_or_disjoint("y", y, b);
    if (!checks.served(context->kernels.add).ok() || R == 0) return checks.status();
    return context->kernels.add(*context, *a, *b, *y);
  });
}
