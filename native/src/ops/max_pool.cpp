#include "ops/window_checks.h"

extern "C" fov_status fov_max_pool(fov_context* context, const fov_tensor* x, int32_t height,
                                   int32_t width, int32_t window_height, int32_t window_width,
                                   int32_t stride, int32_t padding, const fov_tensor* y) {
  using namespace fovea;
  return guarded("max_pool", [&] {
    const Windows windows = {height, width, window_height, window_width, stride, padding};
    Checks checks("max_pool", context);
    checks.tensor("x", x, 2, kActivations).tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    check_windows(checks, *x, windows);
    check_outputs(checks, *x, *y, windows);
    checks.shape("y", y, {kAnySize, x->shape[1]}).same_dtype("y", y, x);
    checks.distinct_elements("y", y).disjoint("y", y, x);
    if (!checks.served(context->kernels.max_pool).ok() || y->shape[0] == 0 || y->shape[1] == 0)
      return checks.status();
    return context->kernels.max_pool(*context, *x, windows, *y);
  });
}
