// linear and routed_linear: which kernel does a product.
#include <algorithm>

#include "cuda/gemm/product.h"
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {
namespace {

WeightSet weight_set(const RoutedRows& rows) {
  const PackedWeights weights(*rows.weights);
  return {.values = weights.values,
          .scales = weights.scales,
          .bias = rows.bias ? static_cast<const float*>(rows.bias->data) : nullptr,
          .scale_dtype = weights.scale_dtype,
          .groups = weights.groups,
          .group_steps = weights.group_steps,
          .output_row = rows.begin,
          .rows = rows.end - rows.begin};
}

Epilogue epilogue_of(const ProductCall& call) {
  return {.kind = call.epilogue,
          .rounds = call.y.dtype == FOV_BF16,
          .N = call.y.shape[1],
          .y = call.y.data,
          .y_stride = call.y.stride[0],
          .residual = call.residual ? call.residual->data : nullptr,
          .residual_stride = call.residual ? call.residual->stride[0] : 0};
}

}  // namespace

fov_status multiply_rows(CudaContext& context, const ProductCall& call, const RoutedRows* rows,
                         int count) {
  Product product;
  for (int i = 0; i < count; ++i) {
    if (const fov_status status = check_alignment(call.op, *rows[i].weights)) return status;
    product.sets[i] = weight_set(rows[i]);
  }
  const fov_tensor& weights = *rows[0].weights;
  const PackedWeights packed(weights);
  product.set_count = count;
  product.tiles = packed.tiles;
  product.steps = packed.steps;
  product.tile_bytes = packed.tile_bytes;
  product.epilogue = epilogue_of(call);
  const Inputs inputs = {call.x, call.windows, weights.shape[1], rows[0].begin};
  const bool integers = weights.layout == FOV_PACKED_INT8;
  const bool floats = call.x.dtype == FOV_F32 && !integers;
  const fov_status status = integers ? quantized_rows(context, inputs, product)
                            : floats ? float_rows(context, inputs, product)
                                     : bf16_rows(context, inputs, product);
  if (status) return status;
  if (floats) return float_product(context, weights.dtype, inputs.K, product);
  return std::max(product.sets[0].rows, product.sets[1].rows) <= kMostStreamRows
             ? stream_product(context, weights.dtype, integers, product)
             : tile_product(context, weights.dtype, integers, product);
}

fov_status linear(fov_context& context, const fov_tensor& x, const fov_tensor& weights,
                  const fov_tensor* bias, fov_epilogue epilogue, const fov_tensor* residual,
                  const fov_tensor& y) {
  const RoutedRows all = {&weights, bias, 0, x.shape[0]};
  return multiply_rows(cuda_context(context), {"linear", x, epilogue, residual, y}, &all, 1);
}

fov_status routed_linear(fov_context& context, const fov_tensor& x, int64_t vision_rows,
                         const fov_tensor* vision_weights, const fov_tensor* vision_bias,
                         const fov_tensor* language_weights, const fov_tensor* language_bias,
                         fov_epilogue epilogue, const fov_tensor* residual, const fov_tensor& y) {
  CudaContext& cuda = cuda_context(context);
  const ProductCall call = {"routed_linear", x, epilogue, residual, y};
  const RoutedRows rows[] = {{vision_weights, vision_bias, 0, vision_rows},
                             {language_weights, language_bias, vision_rows, x.shape[0]}};
  if (vision_rows == x.shape[0]) return multiply_rows(cuda, call, rows, 1);
  if (vision_rows == 0) return multiply_rows(cuda, call, rows + 1, 1);
  if (vision_weights->dtype == language_weights->dtype &&
      vision_weights->layout == language_weights->layout)
    return multiply_rows(cuda, call, rows, 2);
  const fov_status status = multiply_rows(cuda, call, rows, 1);
  return status ? status : multiply_rows(cuda, call, rows + 1, 1);
}

}  // namespace fovea::cuda
