#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// One row of D elements; y may be x or residual, which may be nullptr. Mean and variance in two
// passes: the variance of x - mean does not cancel.
template <typename T>
void layer_norm_row(const T* x, const float* weight, const float* bias, float eps,
                    const T* residual, int64_t D, T* y) {
  vfloat total{};
  for_vectors(D, [&](int64_t d, int64_t n) { total += load_some(x + d, n); });
  const float mean = sum(total) / float(D);
  vfloat squares{};
  for_vectors(D, [&](int64_t d, int64_t n) {
    vfloat centred = load_some(x + d, n) - mean;
    for (int64_t i = n; i < kLanes; ++i) centred[i] = 0;
    squares = fma(centred, centred, squares);
  });
  const float scale = 1.0f / __builtin_sqrtf(sum(squares) / float(D) + eps);
  for_vectors(D, [&](int64_t d, int64_t n) {
    const vfloat normalised = (load_some(x + d, n) - mean) * scale;
    vfloat result = fma(normalised, load_some(weight + d, n), load_some(bias + d, n));
    if (residual) result = load_some(residual + d, n) + rounded_to<T>(result);
    store_some(y + d, result, n);
  });
}

}  // namespace

fov_status layer_norm(fov_context& context, const fov_tensor& x, const fov_tensor& weight,
                      const fov_tensor& bias, float eps, const fov_tensor* residual,
                      const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> from(x), added(residual ? *residual : x);
    const Rows<T> to(y);
    const float* w = static_cast<const float*>(weight.data);
    const float* b = static_cast<const float*>(bias.data);
    for_rows(context, R, D, [&](int64_t r) {
      layer_norm_row<T>(from[r], w, b, eps, residual ? added[r] : nullptr, D, to[r]);
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
