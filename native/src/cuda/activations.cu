#include "cuda/kernel_declarations.h"
#include "cuda/math.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

// y = f(a, b), element by element; b may be a.
template <typename T>
struct Elements {
  Rows<const T> a, b;
  Rows<T> y;
  int64_t D;
  int threads;
};

struct Gelu {
  SIMT_MEMBER static float of(float x, float) { return gelu_erf(x); }
};
struct Add {
  SIMT_MEMBER static float of(float a, float b) { return a + b; }
};
struct SiluMul {  // in bf16 silu rounds before the product
  template <typename T>
  SIMT_MEMBER static float of(float gate, float up, T) {
    return rounded_to<T>(silu(gate)) * up;
  }
};

template <typename T, typename Function>
SIMT_KERNEL(kRowThreads, 1)
elements_kernel(Elements<T> e) {
  const T* a = e.a[block().x];
  const T* b = e.b[block().x];
  T* y = e.y[block().x];
  for_elements(e.D, e.threads, [&](int64_t d) {
    if constexpr (requires { Function::of(0.0f, 0.0f); })
      y[d] = from_float<T>(Function::of(to_float(a[d]), to_float(b[d])));
    else
      y[d] = from_float<T>(Function::of(to_float(a[d]), to_float(b[d]), T{}));
  });
}

template <typename Function>
fov_status elements(fov_context& context, const fov_tensor& a, const fov_tensor& b,
                    const fov_tensor& y) {
  const int64_t R = a.shape[0], D = a.shape[1];
  if (R == 0 || D == 0) return FOV_OK;
  return with_activation(a.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        elements_kernel<T, Function>, one_block_a_row(R, D),
        Elements<T>{Rows<const T>(a), Rows<const T>(b), Rows<T>(y), D, row_threads(D)});
  });
}

}  // namespace

fov_status gelu(fov_context& context, const fov_tensor& x, const fov_tensor& y) {
  return elements<Gelu>(context, x, x, y);
}

fov_status add(fov_context& context, const fov_tensor& a, const fov_tensor& b,
               const fov_tensor& y) {
  return elements<Add>(context, a, b, y);
}

fov_status silu_mul(fov_context& context, const fov_tensor& gate, const fov_tensor& up,
                    const fov_tensor& y) {
  return elements<SiluMul>(context, gate, up, y);
}

}  // namespace fovea::cuda
