// image_patches: two passes of Pillow's filter in whole numbers, then the patches. Taps are made on
// the host; one thread makes one sample.
#include <vector>

#include "common/bicubic.h"
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr int kThreads = 256;

// One output sample: white + sum over i < count of weights[first_weight + i] * input[first + i].
struct Tap {
  int32_t first, count, first_weight, white;
};

// The taps of an axis, one after another.
struct TapList {
  std::vector<Tap> taps;
  std::vector<int32_t> weights;

  TapList(Span span, int64_t out) {
    const BicubicAxis axis(span, out);
    for (int64_t o = 0; o < out; ++o) {
      const int32_t first_weight = int32_t(weights.size());
      if (!axis.taps()) {  // in == out: Pillow skips the pass
        taps.push_back({int32_t(o), 1, first_weight, 0});
        weights.push_back(1 << kWeightBits);
        continue;
      }
      const Taps& t = axis.taps()[o];
      taps.push_back({int32_t(t.first), int32_t(t.count), first_weight, t.white});
      weights.insert(weights.end(), t.weights, t.weights + t.count);
    }
  }
  int64_t tap_bytes() const { return int64_t(taps.size() * sizeof(Tap)); }
  int64_t weight_bytes() const { return int64_t(weights.size() * sizeof(int32_t)); }
};

// Samples from[first.., along the axis][across][3] to packed pixels.
struct Pass {
  const uint8_t* from;
  int64_t along, across;  // bytes from a pixel to the next, along the axis and across it
  const Tap* taps;
  const int32_t* weights;
  int64_t out, lines;  // samples along the axis, lines across it
  uint8_t* to;
  int64_t to_along, to_across;
};

SIMT_KERNEL(kThreads, 1) resample_kernel(Pass p) {
  const int64_t i = int64_t(block().x) * kThreads + thread();
  if (i >= p.out * p.lines * 3) return;
  const int64_t channel = i % 3, o = i / 3 % p.out, line = i / 3 / p.out;
  const Tap tap = p.taps[o];
  const uint8_t* from = p.from + tap.first * p.along + line * p.across + channel;
  int32_t sum = (1 << (kWeightBits - 1)) + tap.white;
  for (int32_t t = 0; t < tap.count; ++t)
    sum += p.weights[tap.first_weight + t] * from[t * p.along];
  sum >>= kWeightBits;
  p.to[o * p.to_along + line * p.to_across + channel] = uint8_t(sum < 0     ? 0
                                                                : sum > 255 ? 255
                                                                            : sum);
}

template <typename T>
struct Patches {
  const uint8_t* picture;  // [S, S, 3]
  const float* mean_std;   // [6]
  Rows<T> patches;         // [(S / P)^2, 3 P^2]
  int64_t S, P;
};

template <typename T>
SIMT_KERNEL(kThreads, 1)
patches_kernel(Patches<T> p) {
  const int64_t i = int64_t(block().x) * kThreads + thread();
  if (i >= p.S * p.S * 3) return;
  const int64_t c = i % 3, x = i / 3 % p.S, y = i / 3 / p.S;
  const float value = (float(p.picture[i]) / 255.0f - p.mean_std[c]) / p.mean_std[3 + c];
  p.patches[y / p.P * (p.S / p.P) + x / p.P][(c * p.P + y % p.P) * p.P + x % p.P] =
      from_float<T>(value);
}

Launch one_thread_each(int64_t n) {
  return {.grid = {int(ceil_div(n, kThreads)), 1, 1}, .threads = kThreads};
}

constexpr int64_t aligned(int64_t bytes) { return ceil_div(bytes, 256) * 256; }

// Device memory of the call: taps of both axes, and the picture between the passes.
struct Workspace {
  char* memory;
  int64_t used = 0;
  template <typename T>
  T* take(int64_t bytes) {
    T* begin = reinterpret_cast<T*>(memory + used);
    used += aligned(bytes);
    return begin;
  }
};

struct DeviceTaps {
  const Tap* taps;
  const int32_t* weights;
};

fov_status upload(CudaContext& cuda, const TapList& list, Workspace& workspace, DeviceTaps& on) {
  Tap* taps = workspace.take<Tap>(list.tap_bytes());
  int32_t* weights = workspace.take<int32_t>(list.weight_bytes());
  on = {taps, weights};
  const fov_status status = cuda.stage(taps, list.taps.data(), list.tap_bytes());
  return status ? status : cuda.stage(weights, list.weights.data(), list.weight_bytes());
}

fov_status resample(CudaContext& cuda, const fov_tensor& rgb, bool square,
                    const fov_tensor& resized) {
  const int64_t H = rgb.shape[0], W = rgb.shape[1], S = resized.shape[0];
  const TapList horizontal(span(W, H, square), S), vertical(span(H, W, square), S);
  // Pillow's order: along x first, but along y first where a very tall picture shrinks.
  const bool vertical_first = !square && H > 100 * W && S < H;
  const int64_t middle_width = vertical_first ? W : S,
                middle_bytes = 3 * S * (vertical_first ? W : H);
  Workspace workspace{static_cast<char*>(cuda.scratch(
      aligned(horizontal.tap_bytes()) + aligned(horizontal.weight_bytes()) +
      aligned(vertical.tap_bytes()) + aligned(vertical.weight_bytes()) + aligned(middle_bytes)))};
  if (!workspace.memory) return FOV_OUT_OF_MEMORY;
  DeviceTaps x, y;
  if (const fov_status status = upload(cuda, horizontal, workspace, x)) return status;
  if (const fov_status status = upload(cuda, vertical, workspace, y)) return status;
  uint8_t* middle = workspace.take<uint8_t>(middle_bytes);
  uint8_t* out = static_cast<uint8_t*>(resized.data);
  const uint8_t* in = static_cast<const uint8_t*>(rgb.data);
  const int64_t row = rgb.stride[0], pixel = W > 1 ? rgb.stride[1] : 3,
                middle_row = 3 * middle_width;
  const Pass first = vertical_first
                         ? Pass{in, row, pixel, y.taps, y.weights, S, W, middle, middle_row, 3}
                         : Pass{in, pixel, row, x.taps, x.weights, S, H, middle, 3, middle_row};
  const Pass second = vertical_first
                          ? Pass{middle, 3, middle_row, x.taps, x.weights, S, S, out, 3, 3 * S}
                          : Pass{middle, middle_row, 3, y.taps, y.weights, S, S, out, 3 * S, 3};
  const fov_status status =
      cuda.launch(resample_kernel, one_thread_each(first.out * first.lines * 3), first);
  return status ? status : cuda.launch(resample_kernel, one_thread_each(S * S * 3), second);
}

}  // namespace

fov_status image_patches(fov_context& context, const fov_tensor& rgb, const fov_tensor& mean_std,
                         fov_fit fit, const fov_tensor& resized, const fov_tensor& patches) {
  CudaContext& cuda = cuda_context(context);
  const fov_status status = resample(cuda, rgb, fit == FOV_FIT_WHITE, resized);
  if (status) return status;
  const int64_t S = resized.shape[0];
  int64_t P = 1;
  while (3 * P * P < patches.shape[1]) ++P;
  return with_activation(patches.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda.launch(
        patches_kernel<T>, one_thread_each(S * S * 3),
        Patches<T>{static_cast<const uint8_t*>(resized.data),
                   static_cast<const float*>(mean_std.data), Rows<T>(patches), S, P});
  });
}

}  // namespace fovea::cuda
