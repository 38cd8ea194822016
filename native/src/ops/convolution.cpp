#include "ops/product_checks.h"
#include "ops/window_checks.h"

namespace fovea {
namespace {

// Weights of as many inputs as a window has values.
void check_inputs(Checks& checks, const fov_tensor& x, const fov_tensor& weights,
                  const Windows& w) {
  const int64_t area = w.window_height * w.window_width, K = weights.shape[1];
  checks.that(K % area == 0 && K / area == x.shape[1],
              "weights: %lld x %lld x %lld inputs, a window's, got %s",
              static_cast<long long>(w.window_height), static_cast<long long>(w.window_width),
              static_cast<long long>(x.shape[1]), describe(weights).c_str());
}

}  // namespace
}  // namespace fovea

extern "C" fov_status fov_convolution(fov_context* context, const fov_tensor* x, int32_t height,
                                      int32_t width, int32_t window_height, int32_t window_width,
                                      int32_t stride, int32_t padding, const fov_tensor* weights,
                                      const fov_tensor* bias, int32_t epilogue,
                                      const fov_tensor* residual, const fov_tensor* y) {
  using namespace fovea;
  return guarded("convolution", [&] {
    const ProductCall call = {x, epilogue, residual, y};
    const Windows windows = {height, width, window_height, window_width, stride, padding};
    Checks checks("convolution", context);
    check_activations(checks, call);
    checks.that(epilogue != FOV_EPILOGUE_SWIGLU, "an epilogue other than FOV_EPILOGUE_SWIGLU");
    if (!checks.ok()) return checks.status();
    check_windows(checks, *x, windows);
    check_outputs(checks, *x, *y, windows);
    check_weights(checks, *context, call, "weights", weights, "bias", bias);
    if (!checks.ok()) return checks.status();
    check_inputs(checks, *x, *weights, windows);
    if (!checks.served(context->kernels.convolution).ok() || x->shape[0] == 0)
      return checks.status();
    return context->kernels.convolution(*context, *x, windows, *weights, bias,
                                        fov_epilogue(epilogue), residual, *y);
  });
}
