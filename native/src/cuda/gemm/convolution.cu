// convolution: windows are copied to rows in scratch memory, a strip of them at a time, and each
// strip is a product.
#include <algorithm>

#include "cuda/gemm/product.h"
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {
namespace {

constexpr int64_t kStripBytes = int64_t{64} << 20;
constexpr int64_t kStripMultiple = 128;  // rows: no block of a product is cut

// Windows whose rows fit in a strip.
int64_t strip_windows(int64_t K, int32_t dtype) {
  const int64_t row_bytes = parts(K, kStepInputs) * kStepInputs * dtype_bytes(dtype);
  return std::max<int64_t>(kStripBytes / row_bytes / kStripMultiple, 1) * kStripMultiple;
}

}  // namespace

fov_status convolution(fov_context& context, const fov_tensor& x, const Windows& windows,
                       const fov_tensor& weights, const fov_tensor* bias, fov_epilogue epilogue,
                       const fov_tensor* residual, const fov_tensor& y) {
  const ProductCall call = {"convolution", x, epilogue, residual, y, &windows};
  const int64_t R = y.shape[0], strip = strip_windows(weights.shape[1], x.dtype);
  for (int64_t begin = 0; begin < R; begin += strip) {
    const RoutedRows rows = {&weights, bias, begin, std::min(begin + strip, R)};
    if (const fov_status status = multiply_rows(cuda_context(context), call, &rows, 1))
      return status;
  }
  return FOV_OK;
}

}  // namespace fovea::cuda
