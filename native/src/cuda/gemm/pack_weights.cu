#include <algorithm>

#include "cuda/gemm/pack.h"
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

template <typename Source, typename Target>
struct ConvertedWord {
  static constexpr int kDepth = 4 / sizeof(Target);
  SIMT_MEMBER static uint32_t of(const char* row, int64_t k, int64_t K) {
    const Source* from = reinterpret_cast<const Source*>(row) + k;
    const float low = to_float(from[0]);
    if constexpr (kDepth == 1) return std::bit_cast<uint32_t>(low);
    const float high = k + 1 < K ? to_float(from[1]) : 0.0f;
    return from_float<bf16>(low).bits | uint32_t(from_float<bf16>(high).bits) << 16;
  }
};

}  // namespace

int64_t packed_bytes(fov_context&, int32_t dtype, int64_t N, int64_t K) {
  int64_t bytes;
  if (__builtin_mul_overflow(parts(N, kTileFeatures), parts(K, kStepInputs), &bytes) ||
      __builtin_mul_overflow(bytes, step_bytes(dtype), &bytes))
    return -1;
  return bytes;
}

fov_status pack_weights(fov_context& context, const fov_tensor& first, const fov_tensor* second,
                        const fov_tensor& packed) {
  if (const fov_status status = check_alignment("pack_weights", packed)) return status;
  CudaContext& cuda = cuda_context(context);
  return pack_pieces(cuda, first, second, [&](const StagedRows& staged) {
    return with_float(first.dtype, [&](auto source) {
      return with_activation(packed.dtype, [&](auto target) {
        return pack_values<ConvertedWord<decltype(source), decltype(target)>>(cuda, staged, packed);
      });
    });
  });
}

}  // namespace fovea::cuda
