#include <algorithm>

#include "cpu/gemm/packed_layout.h"
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// The checkpoint's values and scales of features [feature, feature + 16), fewer at the end of N.
struct Features {
  const fov_tensor& values;
  const fov_tensor& scales;
  int64_t feature;

  int64_t count() const { return std::clamp<int64_t>(values.shape[0] - feature, 0, kPanelColumns); }
  static const char* row(const fov_tensor& tensor, int64_t n) {
    return static_cast<const char*>(tensor.data) + n * tensor.stride[0] * dtype_bytes(tensor.dtype);
  }
};

// words: [column_words][16]. What is stored has the order of packed words already; only the sign of
// i8 changes.
void pack_values(const Features& from, int32_t dtype, uint32_t* words) {
  const uint32_t zero = dtype == FOV_I8 ? 0x80808080u : dtype == FOV_I4 ? 0x88888888u : 0u;
  const uint32_t flip = dtype == FOV_I8 ? zero : 0u;
  const int64_t row_bytes = from.values.shape[1] * dtype_bytes(from.values.dtype);
  const int64_t step_bytes = kStepWords * int64_t(sizeof(uint32_t));
  for (int64_t begin = 0; begin < row_bytes; begin += step_bytes) {
    const int64_t bytes = std::min(step_bytes, row_bytes - begin);
    const int64_t count = ceil_div(bytes, sizeof(uint32_t));
    for (int64_t n = 0; n < kPanelColumns; ++n) {
      uint32_t row[kStepWords];
      if (n < from.count()) {
        row[count - 1] = 0;  // bytes past K
        std::memcpy(row, Features::row(from.values, from.feature + n) + begin, size_t(bytes));
        for (int64_t i = 0; i < count; ++i) row[i] ^= flip;
      } else {
        for (int64_t i = 0; i < count; ++i) row[i] = zero;
      }
      for (int64_t i = 0; i < count; ++i)
        words[(begin / int64_t(sizeof(uint32_t)) + i) * kPanelColumns + n] = row[i];
    }
  }
}

// scales: [groups][16]; zeros past the last feature.
void pack_scales(const Features& from, char* scales) {
  const int64_t groups = from.scales.shape[1], bytes = dtype_bytes(from.scales.dtype);
  std::memset(scales, 0, size_t(groups * kPanelColumns * bytes));
  for (int64_t n = 0; n < from.count(); ++n) {
    const char* row = Features::row(from.scales, from.feature + n);
    for (int64_t g = 0; g < groups; ++g)
      std::memcpy(scales + (g * kPanelColumns + n) * bytes, row + g * bytes, size_t(bytes));
  }
}

}  // namespace

int64_t packed_quantized_bytes(fov_context&, int32_t dtype, int32_t scale_dtype, int64_t N,
                               int64_t K, int64_t group) {
  constexpr int64_t kFeatures = kPanelColumns * kPanelMultiple;
  // Of one feature: its words, then its scales.
  int64_t word_bytes, scale_bytes, bytes;
  if (__builtin_mul_overflow(column_words(dtype, K), int64_t{4}, &word_bytes) ||
      __builtin_mul_overflow(K / group, dtype_bytes(scale_dtype), &scale_bytes) ||
      __builtin_add_overflow(word_bytes, scale_bytes, &bytes) ||
      __builtin_mul_overflow(bytes, ceil_div(N, kFeatures), &bytes) ||
      __builtin_mul_overflow(bytes, kFeatures, &bytes))
    return -1;
  return bytes;
}

fov_status pack_quantized(fov_context& context, const fov_tensor& first,
                          const fov_tensor& first_scales, const fov_tensor* second,
                          const fov_tensor* second_scales, const fov_tensor& packed) {
  const PackedWeights to(packed);
  // Panels past the last feature are packed too: from no features, so as zeros.
  cpu_context(context).pool.parallel_for(
      allocated_panels(packed.shape[0]), 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t panel = begin; panel < end; ++panel) {
          const bool from_second = second && panel % 2;
          const Features from = {from_second ? *second : first,
                                 from_second ? *second_scales : first_scales,
                                 (second ? panel / 2 : panel) * kPanelColumns};
          pack_values(from, packed.dtype, to.panel(panel, 0));
          pack_scales(from, to.panel_scales(panel, 0));
        }
      });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
