// linear and routed_linear: which kernel does a product.
#include <algorithm>

#include "cuda/gemm/product.h"
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {
namespace {

// What the calls on one x and y have in common.
struct LinearCall {
  const fov_tensor& x;
  fov_epilogue epilogue;
  const fov_tensor* residual;
  const fov_tensor& y;
};

// Rows [begin, end) of a call, and their weights.
struct RoutedRows {
  const fov_tensor* weights;
  const fov_tensor* bias;
  int64_t begin, end;
};

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

Epilogue epilogue_of(const LinearCall& call) {
  return {.kind = call.epilogue,
          .rounds = call.y.dtype == FOV_BF16,
          .N = call.y.shape[1],
          .y = call.y.data,
          .y_stride = call.y.stride[0],
          .residual = call.residual ? call.residual->data : nullptr,
          .residual_stride = call.residual ? call.residual->stride[0] : 0};
}

fov_tensor rows_of(const fov_tensor& tensor, int64_t begin, int64_t end) {
  fov_tensor rows = tensor;
  rows.data =
      static_cast<char*>(tensor.data) + begin * tensor.stride[0] * dtype_bytes(tensor.dtype);
  rows.shape[0] = end - begin;
  return rows;
}

// One launch. Of two, the weights have one dtype, shape and layout.
fov_status multiply_rows(CudaContext& context, const LinearCall& call, const RoutedRows* rows,
                         int count) {
  Product product;
  for (int i = 0; i < count; ++i) {
    if (const fov_status status = check_alignment("linear", *rows[i].weights)) return status;
    product.sets[i] = weight_set(rows[i]);
  }
  const fov_tensor& weights = *rows[0].weights;
  const PackedWeights packed(weights);
  product.set_count = count;
  product.tiles = packed.tiles;
  product.steps = packed.steps;
  product.tile_bytes = packed.tile_bytes;
  product.epilogue = epilogue_of(call);
  const fov_tensor x = rows_of(call.x, rows[0].begin, rows[count - 1].end);
  const bool integers = weights.layout == FOV_PACKED_INT8;
  if (x.dtype == FOV_F32 && !integers) return float_product(context, weights.dtype, x, product);
  const fov_status status =
      integers ? quantized_rows(context, x, product) : bf16_rows(context, x, product);
  if (status) return status;
  return std::max(product.sets[0].rows, product.sets[1].rows) <= kMostStreamRows
             ? stream_product(context, weights.dtype, integers, product)
             : tile_product(context, weights.dtype, integers, product);
}

}  // namespace

fov_status linear(fov_context& context, const fov_tensor& x, const fov_tensor& weights,
                  const fov_tensor* bias, fov_epilogue epilogue, const fov_tensor* residual,
                  const fov_tensor& y) {
  const RoutedRows all = {&weights, bias, 0, x.shape[0]};
  return multiply_rows(cuda_context(context), {x, epilogue, residual, y}, &all, 1);
}

fov_status routed_linear(fov_context& context, const fov_tensor& x, int64_t vision_rows,
                         const fov_tensor* vision_weights, const fov_tensor* vision_bias,
                         const fov_tensor* language_weights, const fov_tensor* language_bias,
                         fov_epilogue epilogue, const fov_tensor* residual, const fov_tensor& y) {
  CudaContext& cuda = cuda_context(context);
  const LinearCall call = {x, epilogue, residual, y};
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
