#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// x, y: one row of D elements; y may be x.
template <typename T>
void rms_norm_row(const T* x, const float* weight, float eps, int64_t D, T* y) {
  vfloat squares{};
  for_vectors(D, [&](int64_t d, int64_t n) {
    const vfloat v = load_some(x + d, n);
    squares = fma(v, v, squares);
  });
  const vfloat scale = broadcast(1.0f / __builtin_sqrtf(sum(squares) / float(D) + eps));
  for_vectors(D, [&](int64_t d, int64_t n) {
    store_some(y + d, load_some(x + d, n) * scale * load_some(weight + d, n), n);
  });
}

}  // namespace

fov_status rms_norm(fov_context& context, const fov_tensor& x, const fov_tensor& weight, float eps,
                    const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> from(x);
    const Rows<T> to(y);
    const float* w = static_cast<const float*>(weight.data);
    for_rows(context, R, D, [&](int64_t r) { rms_norm_row(from[r], w, eps, D, to[r]); });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
