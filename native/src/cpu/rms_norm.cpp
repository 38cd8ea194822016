#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// x, y: one row of D elements; y may be x.
template <typename T>
void rms_norm_row(const T* x, const float* weight, float eps, int64_t D, T* y) {
  vfloat a{}, b{};  // two sums hide the latency of the addition
  int64_t d = 0;
  for (; d + 2 * kLanes <= D; d += 2 * kLanes) {
    const vfloat x0 = load(x + d), x1 = load(x + d + kLanes);
    a = fma(x0, x0, a);
    b = fma(x1, x1, b);
  }
  for (; d < D; d += kLanes) {
    const vfloat x0 = d + kLanes <= D ? load(x + d) : load(x + d, D - d);
    a = fma(x0, x0, a);
  }
  const vfloat scale = broadcast(1.0f / __builtin_sqrtf(sum(a + b) / float(D) + eps));
  for (d = 0; d + kLanes <= D; d += kLanes) store(y + d, load(x + d) * scale * load(weight + d));
  if (d < D) store(y + d, load(x + d, D - d) * scale * load(weight + d, D - d), D - d);
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
    cpu_context(context).pool.parallel_for(R, grain_rows(D), [&](int64_t begin, int64_t end, int) {
      for (int64_t r = begin; r < end; ++r) rms_norm_row(from[r], w, eps, D, to[r]);
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
