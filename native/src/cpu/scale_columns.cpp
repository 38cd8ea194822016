#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {

fov_status scale_columns(fov_context& context, const fov_tensor& x, const fov_tensor& gain,
                         const fov_tensor* residual, const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  const float* gains = static_cast<const float*>(gain.data);
  with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> from(x), added(residual ? *residual : x);
    const Rows<T> to(y);
    for_rows(context, R, D, [&](int64_t r) {
      for_vectors(D, [&](int64_t d, int64_t n) {
        vfloat result = load_some(from[r] + d, n) * load_some(gains + d, n);
        if (residual) result = load_some(added[r] + d, n) + rounded_to<T>(result);
        store_some(to[r] + d, result, n);
      });
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
