// Sums go over parts of a map of fixed size, channel by channel, then over the parts and at last
// over the channels of a group: they do not depend on the threads, and no chain of additions is
// long. Mean and variance in two passes: the variance of x - mean does not cancel.
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"
#include "cpu/vmath.h"

namespace fovea::cpu::FOV_ISA {
namespace {

constexpr int64_t kPartRows = 64;

// B maps of P rows of C channels, G groups.
struct Sizes {
  int64_t B, P, C, G;
  int64_t parts() const { return (P + kPartRows - 1) / kPartRows; }  // of a map
};

// sums[c] of rows [begin, end): x, or the squares of x - mean[c] where there is a mean.
template <typename T>
void sum_part(const Rows<const T>& x, int64_t begin, int64_t end, int64_t C, const float* mean,
              float* sums) {
  std::memset(sums, 0, size_t(C) * sizeof(float));
  for (int64_t r = begin; r < end; ++r)
    for_vectors(C, [&](int64_t c, int64_t n) {
      const vfloat value = load_some(x[r] + c, n), sum = load_some(sums + c, n);
      if (!mean) {
        store_some(sums + c, sum + value, n);
      } else {
        const vfloat centred = value - load_some(mean + c, n);
        store_some(sums + c, fma(centred, centred, sum), n);
      }
    });
}

// The mean over a map's pixels and each group's channels of what `sums` [parts][C] add up, for
// every channel. Uses up the first row of sums.
void group_means(const Sizes& s, float* sums, float* means) {
  for (int64_t part = 1; part < s.parts(); ++part)
    for_vectors(s.C, [&](int64_t c, int64_t n) {
      store_some(sums + c, load_some(sums + c, n) + load_some(sums + part * s.C + c, n), n);
    });
  const int64_t channels = s.C / s.G;
  for (int64_t g = 0; g < s.G; ++g) {
    float total = 0;
    for (int64_t c = g * channels; c < (g + 1) * channels; ++c) total += sums[c];
    const float mean = total / float(s.P * channels);
    for (int64_t c = g * channels; c < (g + 1) * channels; ++c) means[c] = mean;
  }
}

// means [B][C] of x, or of the squares of x - centre, centre [B][C]. sums: [B][parts][C] to use.
template <typename T>
void map_means(fov_context& context, const Rows<const T>& x, const Sizes& s, const float* centre,
               float* sums, float* means) {
  const int64_t parts = s.parts();
  for_rows(context, s.B * parts, kPartRows * s.C, [&](int64_t i) {
    const int64_t map = i / parts, begin = i % parts * kPartRows;
    const int64_t end = begin + kPartRows < s.P ? begin + kPartRows : s.P;
    sum_part<T>(x, map * s.P + begin, map * s.P + end, s.C, centre ? centre + map * s.C : nullptr,
                sums + i * s.C);
  });
  for_rows(context, s.B, parts * s.C,
           [&](int64_t map) { group_means(s, sums + map * parts * s.C, means + map * s.C); });
}

}  // namespace

fov_status group_norm(fov_context& context, const fov_tensor& x, const fov_tensor& weight,
                      const fov_tensor& bias, int64_t pixels, int32_t groups, float eps,
                      bool has_relu, const fov_tensor& y) {
  const Sizes s = {x.shape[0] / pixels, pixels, x.shape[1], groups};
  const int64_t maps = s.B * s.C;
  float* mean = static_cast<float*>(
      cpu_context(context).shared_scratch(size_t(maps * (s.parts() + 2)) * sizeof(float)));
  float *variance = mean + maps, *sums = variance + maps;
  const float* w = static_cast<const float*>(weight.data);
  const float* b = static_cast<const float*>(bias.data);
  with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> from(x);
    const Rows<T> to(y);
    map_means<T>(context, from, s, nullptr, sums, mean);
    map_means<T>(context, from, s, mean, sums, variance);
    float* scale = variance;
    for (int64_t i = 0; i < maps; ++i) scale[i] = 1.0f / __builtin_sqrtf(variance[i] + eps);
    for_rows(context, s.B * s.P, s.C, [&](int64_t r) {
      const int64_t of_map = r / s.P * s.C;
      for_vectors(s.C, [&](int64_t c, int64_t n) {
        const vfloat centred = load_some(from[r] + c, n) - load_some(mean + of_map + c, n);
        const vfloat result = fma(centred * load_some(scale + of_map + c, n), load_some(w + c, n),
                                  load_some(b + c, n));
        store_some(to[r] + c, has_relu ? relu(result) : result, n);
      });
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
