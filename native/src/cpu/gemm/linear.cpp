#include "cpu/gemm/product.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// Rows [begin, end) of x and y.
void multiply_rows(fov_context& context, const fov_tensor& x, const fov_tensor& weights,
                   const fov_tensor* bias, fov_epilogue kind, const fov_tensor* residual,
                   const fov_tensor& y, int64_t begin, int64_t end) {
  if (begin == end) return;
  const int64_t skipped = begin * x.stride[0] * dtype_bytes(x.dtype);
  multiply(cpu_context(context), {.x = static_cast<const char*>(x.data) + skipped,
                                  .x_dtype = x.dtype,
                                  .x_stride = x.stride[0],
                                  .R = end - begin,
                                  .K = x.shape[1],
                                  .weights = weights,
                                  .epilogue = epilogue_of(kind, bias, residual, y, begin)});
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
