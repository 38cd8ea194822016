// linear and routed_linear: one set of checks.
#include "ops/packed_weights.h"

namespace fovea {
namespace {

// What linear and routed_linear have in common.
struct LinearCall {
  const fov_tensor* x;
  int32_t epilogue;
  const fov_tensor* residual;
  const fov_tensor* y;
};

void check_activations(Checks& checks, const LinearCall& call) {
  const auto [x, epilogue, residual, y] = call;
  checks.tensor("x", x, 2, kActivations).tensor("y", y, 2, kActivations);
  checks.that(epilogue >= FOV_EPILOGUE_NONE && epilogue <= FOV_EPILOGUE_QUICK_GELU,
              "a fov_epilogue, got %d", epilogue);
  if (!checks.ok()) return;
  checks.shape("y", y, {x->shape[0], kAnySize}).distinct_elements("y", y).disjoint("y", y, x);
  if (epilogue != FOV_EPILOGUE_NONE || y->dtype != FOV_F32) checks.same_dtype("y", y, x);
  if (epilogue != FOV_EPILOGUE_RESIDUAL) {
    checks.that(!residual, "residual: NULL without FOV_EPILOGUE_RESIDUAL");
    return;
  }
  checks.tensor("residual", residual, 2, kActivations);
  if (!checks.ok()) return;
  checks.shape("residual", residual, {y->shape[0], y->shape[1]});
  checks.same_dtype("residual", residual, x).same_or_disjoint("y", y, residual);
}

// bf16 x does not go with f32 weights.
fov_status check_weights(fov_context* context, const char* op, const LinearCall& call,
                         const char* name, const fov_tensor* weights, const char* bias_name,
                         const fov_tensor* bias) {
  Checks checks(op, context);
  checks.that(weights, "%s: packed weights for its rows, got NULL", name);
  if (!checks.ok()) return checks.status();
  checks.packed_weights(
      name, weights,
      call.x->dtype == FOV_BF16 ? dtype_set(FOV_BF16) | kQuantized : kActivations | kQuantized);
  if (!checks.ok()) return checks.status();
  const int64_t features = weights->shape[0], K = weights->shape[1];
  const bool pair = call.epilogue == FOV_EPILOGUE_SWIGLU;
  checks.that(!pair || features % 2 == 0, "%s: a pair of equal sizes, got %s", name,
              describe(*weights).c_str());
  checks.shape("x", call.x, {kAnySize, K});
  checks.shape("y", call.y, {kAnySize, pair ? features / 2 : features});
  const fov_tensor memory = packed_memory(*context, *weights);
  checks.disjoint("y", call.y, &memory);
  if (!bias || !checks.ok()) return checks.status();
  checks.tensor(bias_name, bias, 1, kF32);
  if (checks.ok()) checks.shape(bias_name, bias, {features}).disjoint("y", call.y, bias);
  return checks.status();
}

}  // namespace
}  // namespace fovea

extern "C" fov_status fov_linear(fov_context* context, const fov_tensor* x,
                                 const fov_tensor* weights, const fov_tensor* bias,
                                 int32_t epilogue, const fov_tensor* residual,
                                 const fov_tensor* y) {
  using namespace fovea;
  return guarded("linear", [&] {
    const LinearCall call = {x, epilogue, residual, y};
    Checks checks("linear", context);
    check_activations(checks, call);
    if (!checks.ok()) return checks.status();
    const fov_status status =
        check_weights(context, "linear", call, "weights", weights, "bias", bias);
    if (status) return status;
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
    const LinearCall call = {x, epilogue, residual, y};
    Checks checks("routed_linear", context);
    check_activations(checks, call);
    if (!checks.ok()) return checks.status();
    const int64_t R = x->shape[0];
    checks.that(vision_rows >= 0 && vision_rows <= R, "vision_rows in 0..%lld, got %lld",
                static_cast<long long>(R), static_cast<long long>(vision_rows));
    if (!checks.ok()) return checks.status();
    if (vision_rows > 0 || vision_weights) {
      const fov_status status = check_weights(context, "routed_linear", call, "vision_weights",
                                              vision_weights, "vision_bias", vision_bias);
      if (status) return status;
    }
    if (vision_rows < R || language_weights) {
      const fov_status status = check_weights(context, "routed_linear", call, "language_weights",
                                              language_weights, "language_bias", language_bias);
      if (status) return status;
    }
    if (!checks.served(context->kernels.routed_linear).ok() || R == 0) return checks.status();
    return context->kernels.routed_linear(*context, *x, vision_rows, vision_weights, vision_bias,
                                          language_weights, language_bias, fov_epilogue(epilogue),
                                          residual, *y);
  });
}
