// Sums go over parts of a map of fixed size, channel by channel, then over the parts and channels
// of a group by fixed trees: a map's result depends on nothing but the map. Mean and variance in
// two passes: the variance of x - mean does not cancel.
#include "cuda/block_sum.h"
#include "cuda/kernel_declarations.h"
#include "cuda/math.h"

namespace fovea::cuda {
namespace {

constexpr int64_t kPartRows = 64;

// B maps of P rows of C channels, G groups; `parts` parts a map.
struct Sizes {
  int64_t B, P, C, G, parts;
};

// Of each part and channel: the sum of x, or of the squares of x - mean.
template <typename T>
struct PartSums {
  Rows<const T> x;
  Sizes sizes;
  const float* mean;  // [B][C], or nullptr
  float* sums;        // [B][parts][C]
  int threads;
};

template <typename T>
SIMT_KERNEL(kRowThreads, 1)
part_sums_kernel(PartSums<T> p) {
  const Sizes& s = p.sizes;
  const int64_t map = block().x / s.parts, begin = block().x % s.parts * kPartRows;
  const int64_t end = begin + kPartRows < s.P ? begin + kPartRows : s.P;
  for_elements(s.C, p.threads, [&](int64_t c) {
    const float mean = p.mean ? p.mean[map * s.C + c] : 0.0f;
    float sum = 0;
    for (int64_t pixel = begin; pixel < end; ++pixel) {
      const float value = to_float(p.x[map * s.P + pixel][c]);
      sum = p.mean ? fmaf(value - mean, value - mean, sum) : sum + value;
    }
    p.sums[block().x * s.C + c] = sum;
  });
}

// The mean of a group from its parts' sums, for each of its channels.
struct GroupMeans {
  Sizes sizes;
  const float* sums;  // [B][parts][C]
  float* means;       // [B][C]
  bool inverts;       // the mean is a variance: 1 / sqrt(mean + eps) takes its place
  float eps;
  int threads;
};

// A block has one group of one map.
SIMT_KERNEL(kRowThreads, 1)
group_means_kernel(GroupMeans m) {
  const Sizes& s = m.sizes;
  const int64_t map = block().x / s.G, channels = s.C / s.G;
  const int64_t first = block().x % s.G * channels;
  const float* sums = m.sums + map * s.parts * s.C + first;
  float total = 0;
  for_elements(s.parts * channels, m.threads,
               [&](int64_t i) { total += sums[i / channels * s.C + i % channels]; });
  const float mean = block_sum(total, m.threads) / float(s.P * channels);
  for_elements(channels, m.threads, [&](int64_t c) {
    m.means[map * s.C + first + c] = m.inverts ? 1.0f / sqrtf(mean + m.eps) : mean;
  });
}

template <typename T>
struct GroupNorm {
  Rows<const T> x;
  Sizes sizes;
  const float* mean;   // [B][C]
  const float* scale;  // [B][C]
  const float* weight;
  const float* bias;
  bool has_relu;
  Rows<T> y;
  int threads;
};

template <typename T>
SIMT_KERNEL(kRowThreads, 1)
group_norm_kernel(GroupNorm<T> n) {
  const T* x = n.x[block().x];
  T* y = n.y[block().x];
  const int64_t of_map = block().x / n.sizes.P * n.sizes.C;
  for_elements(n.sizes.C, n.threads, [&](int64_t c) {
    const float normalised = (to_float(x[c]) - n.mean[of_map + c]) * n.scale[of_map + c];
    const float result = fmaf(normalised, n.weight[c], n.bias[c]);
    y[c] = from_float<T>(n.has_relu ? relu(result) : result);
  });
}

}  // namespace

fov_status group_norm(fov_context& context, const fov_tensor& x, const fov_tensor& weight,
                      const fov_tensor& bias, int64_t pixels, int32_t groups, float eps,
                      bool has_relu, const fov_tensor& y) {
  CudaContext& cuda = cuda_context(context);
  const Sizes s = {x.shape[0] / pixels, pixels, x.shape[1], groups, ceil_div(pixels, kPartRows)};
  const int64_t maps = s.B * s.C;
  float* mean = static_cast<float*>(cuda.scratch(maps * (s.parts + 2) * int64_t(sizeof(float))));
  if (!mean) return FOV_OUT_OF_MEMORY;
  float *scale = mean + maps, *sums = scale + maps;
  const Launch of_groups = one_block_a_row(s.B * s.G, s.parts * (s.C / s.G), sizeof(WarpSums));
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> rows(x);
    for (float* means : {mean, scale}) {
      const bool of_squares = means == scale;
      fov_status status =
          cuda.launch(part_sums_kernel<T>, one_block_a_row(s.B * s.parts, s.C),
                      PartSums<T>{rows, s, of_squares ? mean : nullptr, sums, row_threads(s.C)});
      if (status) return status;
      status = cuda.launch(group_means_kernel, of_groups,
                           GroupMeans{s, sums, means, of_squares, eps, of_groups.threads});
      if (status) return status;
    }
    return cuda.launch(
        group_norm_kernel<T>, one_block_a_row(x.shape[0], s.C),
        GroupNorm<T>{rows, s, mean, scale, static_cast<const float*>(weight.data),
                     static_cast<const float*>(bias.data), has_relu, Rows<T>(y), row_threads(s.C)});
  });
}

}  // namespace fovea::cuda
