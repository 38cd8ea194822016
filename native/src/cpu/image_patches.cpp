// Bands of output rows run in parallel. A band goes once over the input rows that it needs: each is
// resampled along x, then added, weighted, to the sums of the output rows that it contributes to
// (in a very tall picture it is added first). The sums are whole numbers, so their order does not
// matter, and no intermediate picture is kept.
#include <algorithm>

#include "common/bicubic.h"
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

constexpr int64_t kBandRows = 16;
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

typedef int32_t vpixel __attribute__((vector_size(16)));
typedef uint8_t vbytes __attribute__((vector_size(4)));

FOV_INLINE uint8_t to_sample(int32_t sum) {
  const int32_t value = sum >> kWeightBits;
  return uint8_t(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Channels 0, 1, 2 of a pixel; `bytes` is 4 where a byte follows it, else 3.
FOV_INLINE vpixel load_pixel(const uint8_t* p, int bytes) {
  vbytes b = {};
  std::memcpy(&b, p, size_t(bytes));
  return __builtin_convertvector(b, vpixel);
}

// One row along x. from: pixels at a distance of stride bytes; to: S packed pixels.
void resample_row(const uint8_t* from, int64_t stride, const Taps* taps, int64_t S, uint8_t* to) {
  for (int64_t x = 0; x < S; ++x, to += 3) {
    if (!taps) {
      std::memcpy(to, from + x * stride, 3);
      continue;
    }
    const Taps& t = taps[x];
    const uint8_t* p = from + t.first * stride;
    const int32_t start = kHalf + t.white;
    vpixel sum = {start, start, start, start};
    for (int64_t i = 0; i + 1 < t.count; ++i, p += stride) sum += load_pixel(p, 4) * t.weights[i];
    if (t.count > 0) sum += load_pixel(p, 3) * t.weights[t.count - 1];
    for (int c = 0; c < 3; ++c) to[c] = to_sample(sum[c]);
  }
}

struct Resampling {
  const uint8_t* rgb;
  int64_t H, W;  // without what is around it
  bool square;
  int64_t row_stride, pixel_stride;
  const Taps* horizontal;
  const Taps* vertical;
  int64_t S;
  uint8_t* resized;

  // Pillow's order: along x first, but along y first where a very tall picture shrinks.
  bool vertical_first() const { return !square && H > 100 * W && S < H; }
  // Bytes of a row between the passes.
  int64_t middle_width() const { return 3 * (vertical_first() ? W : S); }
  size_t scratch_bytes() const { return size_t(middle_width()) * (kBandRows * 4 + 1); }

  // Output rows [begin, end), at most kBandRows of them.
  void band(int64_t begin, int64_t end, void* scratch) const {
    if (!vertical) {
      for (int64_t y = begin; y < end; ++y)
        resample_row(rgb + y * row_stride, pixel_stride, horizontal, S, resized + y * 3 * S);
      return;
    }
    const int64_t width = middle_width();
    int32_t* const sums = static_cast<int32_t*>(scratch);
    uint8_t* const row = reinterpret_cast<uint8_t*>(sums + kBandRows * width);
    for (int64_t y = begin; y < end; ++y)
      std::fill_n(sums + (y - begin) * width, width, kHalf + vertical[y].white);
    add_rows(begin, end, sums, row);
    for (int64_t y = begin; y < end; ++y, scratch = static_cast<int32_t*>(scratch) + width) {
      const int32_t* const sum = static_cast<const int32_t*>(scratch);
      uint8_t* const out = resized + y * 3 * S;
      uint8_t* const samples = vertical_first() ? row : out;
      for (int64_t i = 0; i < width; ++i) samples[i] = to_sample(sum[i]);
      if (vertical_first()) resample_row(row, 3, horizontal, S, out);
    }
  }

  // Adds each input row to the sums of the output rows in [begin, end) that it contributes to.
  void add_rows(int64_t begin, int64_t end, int32_t* sums, uint8_t* row) const {
    const int64_t width = middle_width();
    const Taps& last = vertical[end - 1];
    for (int64_t y = vertical[begin].first; y < last.first + last.count; ++y) {
      resample_row(rgb + y * row_stride, pixel_stride, vertical_first() ? nullptr : horizontal,
                   width / 3, row);
      for (int64_t to = begin; to < end; ++to) {
        const Taps& t = vertical[to];
        if (y < t.first || y >= t.first + t.count) continue;
        const int32_t weight = t.weights[y - t.first];
        int32_t* const sum = sums + (to - begin) * width;
        for (int64_t i = 0; i < width; ++i) sum[i] += weight * row[i];
      }
    }
  }
};

// Rows [begin, end) of the resized picture into patches of side P.
template <typename T>
void write_patches(const uint8_t* resized, int64_t S, int64_t P, const float (*normalised)[256],
                   int64_t begin, int64_t end, const Rows<T>& patches) {
  for (int64_t y = begin; y < end; ++y)
    for (int64_t x = 0; x < S; ++x)
      for (int64_t c = 0; c < 3; ++c)
        patches[y / P * (S / P) + x / P][(c * P + y % P) * P + x % P] =
            from_float<T>(normalised[c][resized[(y * S + x) * 3 + c]]);
}

}  // namespace

fov_status image_patches(fov_context& context, const fov_tensor& rgb, const fov_tensor& mean_std,
                         fov_fit fit, const fov_tensor& resized, const fov_tensor& patches) {
  CpuContext& cpu = cpu_context(context);
  const int64_t H = rgb.shape[0], W = rgb.shape[1], S = resized.shape[0];
  const bool square = fit == FOV_FIT_WHITE;
  const BicubicAxis horizontal(span(W, H, square), S), vertical(span(H, W, square), S);
  uint8_t* const picture = static_cast<uint8_t*>(resized.data);
  const Resampling resampling{static_cast<const uint8_t*>(rgb.data),
                              H,
                              W,
                              square,
                              rgb.stride[0],
                              rgb.stride[1],
                              horizontal.taps(),
                              vertical.taps(),
                              S,
                              picture};
  cpu.reserve(resampling.scratch_bytes());
  cpu.pool.parallel_for(S, kBandRows, [&](int64_t begin, int64_t end, int worker) {
    void* scratch = cpu.scratch(worker, resampling.scratch_bytes());
    for (int64_t y = begin; y < end; y += kBandRows)
      resampling.band(y, y + kBandRows < end ? y + kBandRows : end, scratch);
  });

  float normalised[3][256];
  const float* mean = static_cast<const float*>(mean_std.data);
  for (int c = 0; c < 3; ++c)
    for (int v = 0; v < 256; ++v) normalised[c][v] = (float(v) / 255.0f - mean[c]) / mean[3 + c];
  int64_t P = 1;
  while (3 * P * P < patches.shape[1]) ++P;
  with_activation(patches.dtype, [&](auto type) {
    const Rows<decltype(type)> to(patches);
    cpu.pool.parallel_for(S, kBandRows, [&](int64_t begin, int64_t end, int) {
      write_patches(picture, S, P, normalised, begin, end, to);
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
