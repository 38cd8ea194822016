// linear and routed_linear: one set of checks.
#include "ops/product_checks.h"

namespace fovea {
namespace {

// A row of y for each of x.
void check_rows(Checks& checks, const ProductCall& call) {
  check_activations(checks, call);
  if (checks.ok()) checks.shape("y", call.y, {call.x->shape[0], kAnySize});
}

// One weight set; its inputs are the columns of x.
void check_set(Checks& checks, fov_context& context, const ProductCall& call, const char* name,
               const fov_tensor* weights, const char* bias_name, const fov_tensor* bias) {
  check_weights(checks, context, call, name, weights, bias_name, bias);
  if (checks.ok()) checks.shape("x", call.x, {kAnySize, weights->shape[1]});
}

}  // namespace
}  // namespace fovea

extern "C" fov_status fov_linear(fov_context* context, const fov_tensor* x,
                                 const fov_tensor* weights, const fov_tensor* bias,
                                 int32_t epilogue, const fov_tensor* residual,
                                 const fov_tensor* y) {
  using namespace fovea;
  return guarded("linear", [&] {
    const ProductCall call = {x, epilogue, residual, y};
    Checks checks("linear", context);
    check_rows(checks, call);
    if (!checks.ok()) return checks.status();
    check_set(checks, *context, call, "weights", weights, "bias", bias);
    if (!checks.served(context->kernels.linear).ok() || x->shape[0] == 0) return checks.status();
    return context->kernels.linear(*context, *x, *weights, bias, fov_epilogue(epilogue), residual,
                                   *y);
  });
}

extern "C" fov_status fov_routed_linear(fov_context* context, const fov_tensor* x,
                                        int64_t vision_rows, const fov_tensor* vision_weights,
                                        const fov_tensor* vision_bias,
                                        const fov_tensor* language_weights,
                                        const fov_tensor* language_bias, int32_t epilogue,
                                        const fov_tensor* residual, const fov_tensor* y) {
  using namespace fovea;
  return guarded("routed_linear", [&] {
    const ProductCall call = {x, epilogue, residual, y};
    Checks checks("routed_linear", context);
    check_rows(checks, call);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0];
    checks.that(vision_rows >= 0 && vision_rows <= R, "vision_rows in 0..%lld, got %lld",
                static_cast<long long>(R), static_cast<long long>(vision_rows));
    if (!checks.ok()) return checks.status();
    if (vision_rows > 0 || vision_weights)
      check_set(checks, *context, call, "vision_weights", vision_weights, "vision_bias",
                vision_bias);
    if (checks.ok() && (vision_rows < R || language_weights))
      check_set(checks, *context, call, "language_weights", language_weights, "language_bias",
                language_bias);
    if (!checks.served(context->kernels.routed_linear).ok() || R == 0) return checks.status();
    return context->kernels.routed_linear(*context, *x, vision_rows, vision_weights, vision_bias,
                                          language_weights, language_bias, fov_epilogue(epilogue),
                                          residual, *y);
  });
}
