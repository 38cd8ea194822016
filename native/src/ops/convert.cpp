#include "common/check.h"

extern "C" fov_status fov_convert(fov_context* context, const fov_tensor* x, const fov_tensor* y) {
  using namespace fovea;
  return guarded("convert", [&] {
    Checks checks("convert", context);
    checks.strided_tensor("x", x, 2, kFloats).tensor("y", y, 2, kFloats);
    if (!checks.ok()) return checks.status();
    checks.shape("y", y, {x->shape[0], x->shape[1]});
    checks.distinct_elements("y", y).disjoint("y", y, x);
    if (!checks.served(context->kernels.convert).ok() || x->shape[0] == 0) return checks.status();
    return context->kernels.convert(*context, *x, *y);
  });
}
