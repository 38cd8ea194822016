#include "common/check.h"

extern "C" fov_status fov_silu_mul(fov_context* context, const fov_tensor* gate,
                                   const fov_tensor* up, const fov_tensor* y) {
  using namespace fovea;
  return guarded("silu_mul", [&] {
    Checks checks("silu_mul", context);
    checks.tensor("gate", gate, 2, kActivations).tensor("up", up, 2, kActivations);
    checks.tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = gate->shape[0], D = gate->shape[1];
    checks.shape("up", up, {R, D}).same_dtype("up", up, gate);
    checks.shape("y", y, {R, D}).same_dtype("y", y, gate).distinct_elements("y", y);
    checks.same_or_disjoint("y", y, gate).same_or_disjoint("y", y, up);
    if (!checks.served(context->kernels.silu_mul).ok() || R == 0) return checks.status();
    return context->kernels.silu_mul(*context, *gate, *up, *y);
  });
}
