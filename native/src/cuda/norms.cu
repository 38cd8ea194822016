// rms_norm and layer_norm: one block a row. Sums go over a thread's elements in order, then over
// lanes and warps by fixed trees, so a row's result depends on nothing but the row.
#include "cuda/block_sum.h"
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {
namespace {

template <typename T>
struct RmsNorm {
  Rows<const T> x;
  const float* weight;
  float eps;
  Rows<T> y;
  int64_t D;
  int threads;
};

template <typename T>
SIMT_KERNEL(kRowThreads, 1)
rms_norm_kernel(RmsNorm<T> n) {
  const T* x = n.x[block().x];
  T* y = n.y[block().x];
  float squares = 0;
  for_elements(n.D, n.threads, [&](int64_t d) {
    const float v = to_float(x[d]);
    squares = fmaf(v, v, squares);
  });
  const float scale = 1.0f / sqrtf(block_sum(squares, n.threads) / float(n.D) + n.eps);
  for_elements(n.D, n.threads,
               [&](int64_t d) { y[d] = from_float<T>(to_float(x[d]) * scale * n.weight[d]); });
}

template <typename T>
struct LayerNorm {
  Rows<const T> x;
  const float* weight;
  const float* bias;
  float eps;
  Rows<const T> residual;
  bool has_residual;
  Rows<T> y;
  int64_t D;
  int threads;
};

// Mean and variance in two passes: the variance of x - mean does not cancel.
template <typename T>
SIMT_KERNEL(kRowThreads, 1)
layer_norm_kernel(LayerNorm<T> n) {
  const T* x = n.x[block().x];
  const T* residual = n.residual[block().x];
  T* y = n.y[block().x];
  float total = 0;
  for_elements(n.D, n.threads, [&](int64_t d) { total += to_float(x[d]); });
  const float mean = block_sum(total, n.threads) / float(n.D);
  float squares = 0;
  for_elements(n.D, n.threads, [&](int64_t d) {
    const float centred = to_float(x[d]) - mean;
    squares = fmaf(centred, centred, squares);
  });
  const float scale = 1.0f / sqrtf(block_sum(squares, n.threads) / float(n.D) + n.eps);
  for_elements(n.D, n.threads, [&](int64_t d) {
    const float normalised = (to_float(x[d]) - mean) * scale;
    float result = fmaf(normalised, n.weight[d], n.bias[d]);
    if (n.has_residual) result = to_float(residual[d]) + rounded_to<T>(result);
    y[d] = from_float<T>(result);
  });
}

const float* floats(const fov_tensor& tensor) { return static_cast<const float*>(tensor.data); }

}  // namespace

fov_status rms_norm(fov_context& context, const fov_tensor& x, const fov_tensor& weight, float eps,
                    const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        rms_norm_kernel<T>, one_block_a_row(R, D, sizeof(WarpSums)),
        RmsNorm<T>{Rows<const T>(x), floats(weight), eps, Rows<T>(y), D, row_threads(D)});
  });
}

fov_status layer_norm(fov_context& context, const fov_tensor& x, const fov_tensor& weight,
                      const fov_tensor& bias, float eps, const fov_tensor* residual,
                      const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        layer_norm_kernel<T>, one_block_a_row(R, D, sizeof(WarpSums)),
        LayerNorm<T>{Rows<const T>(x), floats(weight), floats(bias), eps,
                     Rows<const T>(residual ? *residual : x), residual != nullptr, Rows<T>(y), D,
                     row_threads(D)});
  });
}

}  // namespace fovea::cuda
