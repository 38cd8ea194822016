#include <algorithm>

#include "cpu/gemm/packed_layout.h"
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// One panel: features [feature, feature + 16) of source [N, K] as words [column_words][16].
template <typename Source, typename Target>
void pack_panel(const fov_tensor& source, int64_t feature, uint32_t* words) {
  constexpr int64_t kDepth = 4 / sizeof(Target);
  const int64_t N = source.shape[0], K = source.shape[1];
  const int64_t columns = std::clamp<int64_t>(N - feature, 0, kPanelColumns);
  for (int64_t k = 0; k < K; k += kStepWords * kDepth) {
    const int64_t count = std::min(K - k, kStepWords * kDepth);
    Target values[kPanelColumns][kStepWords * kDepth] = {};
    for (int64_t n = 0; n < columns; ++n) {
      const char* row = static_cast<const char*>(source.data) +
                        ((feature + n) * source.stride[0] + k) * int64_t(sizeof(Source));
      convert_row(reinterpret_cast<const Source*>(row), values[n], count);
    }
    const int64_t step_words = ceil_div(count, kDepth);
    for (int64_t word = 0; word < step_words; ++word)
      for (int64_t n = 0; n < kPanelColumns; ++n)
        std::memcpy(words + (k / kDepth + word) * kPanelColumns + n, values[n] + word * kDepth, 4);
  }
}

using PackPanel = void (*)(const fov_tensor&, int64_t feature, uint32_t* words);

template <typename Target>
PackPanel pack_panel_from(int32_t source) {
  return source == FOV_F32    ? pack_panel<float, Target>
         : source == FOV_BF16 ? pack_panel<bf16, Target>
                              : pack_panel<f16, Target>;
}

}  // namespace

int64_t packed_bytes(fov_context&, int32_t dtype, int64_t N, int64_t K) {
  const int64_t features = kPanelColumns * kPanelMultiple;
  int64_t bytes;
  if (__builtin_mul_overflow(ceil_div(N, features), features * 4, &bytes) ||
      __builtin_mul_overflow(bytes, column_words(dtype, K), &bytes))
    return -1;
  return bytes;
}

fov_status pack_weights(fov_context& context, const fov_tensor& first, const fov_tensor* second,
                        const fov_tensor& packed) {
  const int64_t words = column_words(packed.dtype, packed.shape[1]);
  const PackPanel pack = packed.dtype == FOV_BF16 ? pack_panel_from<bf16>(first.dtype)
                                                  : pack_panel_from<float>(first.dtype);
  // Panels past the last feature are packed too: from no features, so as zeros.
  cpu_context(context).pool.parallel_for(
      allocated_panels(packed.shape[0]), 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t panel = begin; panel < end; ++panel) {
          uint32_t* to = static_cast<uint32_t*>(packed.data) + panel * words * kPanelColumns;
          const bool from_second = second && panel % 2;
          pack(from_second ? *second : first, (second ? panel / 2 : panel) * kPanelColumns, to);
        }
      });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
