#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

template <typename T>
struct ScaleColumns {
  Rows<const T> x;
  const float* gain;
  Rows<const T> residual;
  bool has_residual;
  Rows<T> y;
  int64_t D;
  int threads;
};

template <typename T>
SIMT_KERNEL(kRowThreads, 1)
scale_columns_kernel(ScaleColumns<T> s) {
  const T* x = s.x[block().x];
  const T* residual = s.residual[block().x];
  T* y = s.y[block().x];
  for_elements(s.D, s.threads, [&](int64_t d) {
    float result = to_float(x[d]) * s.gain[d];
    if (s.has_residual) result = to_float(residual[d]) + rounded_to<T>(result);
    y[d] = from_float<T>(result);
  });
}

}  // namespace

fov_status scale_columns(fov_context& context, const fov_tensor& x, const fov_tensor& gain,
                         const fov_tensor* residual, const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        scale_columns_kernel<T>, one_block_a_row(R, D),
        ScaleColumns<T>{Rows<const T>(x), static_cast<const float*>(gain.data),
                        Rows<const T>(residual ? *residual : x), residual != nullptr, Rows<T>(y), D,
                        row_threads(D)});
  });
}

}  // namespace fovea::cuda
