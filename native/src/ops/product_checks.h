// Checks that linear, routed_linear and convolution share.
#pragma once
#include "ops/packed_weights.h"

namespace fovea {

// What the calls have in common.
struct ProductCall {
  const fov_tensor* x;
  int32_t epilogue;
  const fov_tensor* residual;
  const fov_tensor* y;
};

[[maybe_unused]] static bool adds_residual(int32_t epilogue) {
  return epilogue == FOV_EPILOGUE_RESIDUAL || epilogue == FOV_EPILOGUE_RESIDUAL_RELU;
}

// All but the rows of y and what x has to do with the weights.
[[maybe_unused]] static void check_activations(Checks& checks, const ProductCall& call) {
  const auto [x, epilogue, residual, y] = call;
  checks.tensor("x", x, 2, kActivations).tensor("y", y, 2, kActivations);
  checks.that(epilogue >= FOV_EPILOGUE_NONE && epilogue <= FOV_EPILOGUE_RESIDUAL_RELU,
              "a fov_epilogue, got %d", epilogue);
  if (!checks.ok()) return;
  checks.distinct_elements("y", y).disjoint("y", y, x);
  if (epilogue != FOV_EPILOGUE_NONE || y->dtype != FOV_F32) checks.same_dtype("y", y, x);
  if (!adds_residual(epilogue)) {
    checks.that(!residual, "residual: NULL without FOV_EPILOGUE_RESIDUAL or RESIDUAL_RELU");
    return;
  }
  checks.tensor("residual", residual, 2, kActivations);
  if (!checks.ok()) return;
  checks.shape("residual", residual, {y->shape[0], y->shape[1]});
  checks.same_dtype("residual", residual, x).same_or_disjoint("y", y, residual);
}

// bf16 x does not go with f32 weights.
[[maybe_unused]] static void check_weights(Checks& checks, fov_context& context,
                                           const ProductCall& call, const char* name,
                                           const fov_tensor* weights, const char* bias_name,
                                           const fov_tensor* bias) {
  checks.that(weights, "%s: packed weights for its rows, got NULL", name);
  if (!checks.ok()) return;
  checks.packed_weights(
      name, weights,
      call.x->dtype == FOV_BF16 ? dtype_set(FOV_BF16) | kQuantized : kActivations | kQuantized);
  if (!checks.ok()) return;
  const int64_t features = weights->shape[0];
  const bool pair = call.epilogue == FOV_EPILOGUE_SWIGLU;
  checks.that(!pair || features % 2 == 0, "%s: a pair of equal sizes, got %s", name,
              describe(*weights).c_str());
  checks.shape("y", call.y, {kAnySize, pair ? features / 2 : features});
  const fov_tensor memory = packed_memory(context, *weights);
  checks.disjoint("y", call.y, &memory);
  if (!bias || !checks.ok()) return;
  checks.tensor(bias_name, bias, 1, kF32);
  if (checks.ok()) checks.shape(bias_name, bias, {features}).disjoint("y", call.y, bias);
}

}  // namespace fovea
