#include "cpu/gemm/product.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {
namespace {

const void* row_of(const fov_tensor& tensor, int64_t row) {
  return static_cast<const char*>(tensor.data) + row * tensor.stride[0] * dtype_bytes(tensor.dtype);
}

// Rows [begin, end) of x and y.
void multiply_rows(fov_context& context, const fov_tensor& x, const fov_tensor& weights,
                   const fov_tensor* bias, fov_epilogue kind, const fov_tensor* residual,
                   const fov_tensor& y, int64_t begin, int64_t end) {
  if (begin == end) return;
  Epilogue epilogue = {};
  epilogue.kind = kind;
  epilogue.N = y.shape[1];
  epilogue.bias = bias ? static_cast<const float*>(bias->data) : nullptr;
  epilogue.residual = residual ? row_of(*residual, begin) : nullptr;
  epilogue.residual_stride = residual ? residual->stride[0] : 0;
  epilogue.y = const_cast<void*>(row_of(y, begin));
  epilogue.y_stride = y.stride[0];
  epilogue.y_dtype = y.dtype;
  multiply(cpu_context(context), {.x = row_of(x, begin),
                                  .x_dtype = x.dtype,
                                  .x_stride = x.stride[0],
                                  .R = end - begin,
                                  .K = x.shape[1],
                                  .weights = weights,
                                  .epilogue = epilogue});
}

}  // namespace

fov_status linear(fov_context& context, const fov_tensor& x, const fov_tensor& weights,
                  const fov_tensor* bias, fov_epilogue epilogue, const fov_tensor* residual,
                  const fov_tensor& y) {
  multiply_rows(context, x, weights, bias, epilogue, residual, y, 0, x.shape[0]);
  return FOV_OK;
}

fov_status routed_linear(fov_context& context, const fov_tensor& x, int64_t vision_rows,
                         const fov_tensor* vision_weights, const fov_tensor* vision_bias,
                         const fov_tensor* language_weights, const fov_tensor* language_bias,
                         fov_epilogue epilogue, const fov_tensor* residual, const fov_tensor& y) {
  if (vision_rows > 0)
    multiply_rows(context, x, *vision_weights, vision_bias, epilogue, residual, y, 0, vision_rows);
  if (vision_rows < x.shape[0])
    multiply_rows(context, x, *language_weights, language_bias, epilogue, residual, y, vision_rows,
                  x.shape[0]);
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
