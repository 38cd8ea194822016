#include "cpu/gemm/product.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {

fov_status convolution(fov_context& context, const fov_tensor& x, const Windows& windows,
                       const fov_tensor& weights, const fov_tensor* bias, fov_epilogue epilogue,
                       const fov_tensor* residual, const fov_tensor& y) {
  multiply(cpu_context(context), {.x = x.data,
                                  .x_dtype = x.dtype,
                                  .x_stride = x.stride[0],
                                  .R = y.shape[0],
                                  .K = weights.shape[1],
                                  .weights = weights,
                                  .epilogue = epilogue_of(epilogue, bias, residual, y, 0),
                                  .windows = &windows});
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
