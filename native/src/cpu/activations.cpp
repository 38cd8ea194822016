// gelu, silu_mul, add: element by element; linear has them fused as epilogues.
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"
#include "cpu/vmath.h"

namespace fovea::cpu::FOV_ISA {

fov_status gelu(fov_context& context, const fov_tensor& x, const fov_tensor& y) {
  const int64_t R = x.shape[0], D = x.shape[1];
  with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> from(x);
    const Rows<T> to(y);
    for_rows(context, R, D, [&](int64_t r) {
      for_vectors(D, [&](int64_t d, int64_t n) {
        store_some(to[r] + d, gelu(load_some(from[r] + d, n)), n);
      });
    });
  });
  return FOV_OK;
}

fov_status silu_mul(fov_context& context, const fov_tensor& gate, const fov_tensor& up,
                    const fov_tensor& y) {
  const int64_t R = gate.shape[0], D = gate.shape[1];
  with_activation(gate.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> gates(gate), ups(up);
    const Rows<T> to(y);
    for_rows(context, R, D, [&](int64_t r) {
      for_vectors(D, [&](int64_t d, int64_t n) {
        const vfloat activated = rounded_to<T>(silu(load_some(gates[r] + d, n)));
        store_some(to[r] + d, activated * load_some(ups[r] + d, n), n);
      });
    });
  });
  return FOV_OK;
}

fov_status add(fov_context& context, const fov_tensor& a, const fov_tensor& b,
               const fov_tensor& y) {
  const int64_t R = a.shape[0], D = a.shape[1];
  with_activation(a.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> lefts(a), rights(b);
    const Rows<T> to(y);
    for_rows(context, R, D, [&](int64_t r) {
      for_vectors(D, [&](int64_t d, int64_t n) {
        store_some(to[r] + d, load_some(lefts[r] + d, n) + load_some(rights[r] + d, n), n);
      });
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
