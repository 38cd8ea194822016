#include "common/check.h"

extern "C" fov_status fov_gather_rows(fov_context* context, const fov_tensor* x,
                                      const fov_tensor* rows, const fov_tensor* y) {
  using namespace fovea;
  return guarded("gather_rows", [&] {
    Checks checks("gather_rows", context);
    checks.tensor("x", x, 2, kActivations).tensor("rows", rows, 1, kI32);
    checks.tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = rows->shape[0];
    checks.shape("y", y, {R, x->shape[1]}).same_dtype("y", y, x).distinct_elements("y", y);
    checks.disjoint("y", y, x).disjoint("y", y, rows);
    checks.values_in("rows", rows, 0, x->shape[0]);
    if (!checks.served(context->kernels.gather_rows).ok() || R == 0) return checks.status();
    return context->kernels.gather_rows(*context, *x, *rows, *y);
  });
}
