#include <algorithm>

#include "cuda/gemm/pack.h"
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {
namespace {

struct ByteWord {
  static constexpr int kDepth = 4;
  SIMT_MEMBER static uint32_t of(const char* row, int64_t k, int64_t K) {
    uint32_t word = 0;
    for (int i = 0; i < kDepth && k + i < K; ++i) word |= uint32_t(uint8_t(row[k + i])) << 8 * i;
    return word;
  }
};

// Stored: input i as q + 8 in bits 4 i and up.
struct NibbleWord {
  static constexpr int kDepth = 8;
  SIMT_MEMBER static uint32_t of(const char* row, int64_t k, int64_t) {
    const uint32_t stored = reinterpret_cast<const uint32_t*>(row)[k / kDepth] ^ 0x88888888u;
    uint32_t word = 0;
    SIMT_UNROLL
    for (int i = 0; i < kDepth; ++i) word |= (stored >> 4 * i & 15u) << (i % 4 * 8 + i / 4 * 4);
    return word;
  }
};

template <typename Bits>
struct PackScales {
  StagedRows from;
  int64_t groups;
  Bits* scales;  // of the first tile
  int64_t count;
};

template <typename Bits>
SIMT_KERNEL(kPackThreads, 1)
pack_scales_kernel(PackScales<Bits> p) {
  const int64_t i = int64_t(block().x) * kPackThreads + thread();
  if (i >= p.count) return;
  const int64_t group = i / kTileFeatures % p.groups, tile = i / kTileFeatures / p.groups;
  const char* row = staged_row(p.from, tile, int(i % kTileFeatures));
  p.scales[i] = row ? reinterpret_cast<const Bits*>(row)[group] : Bits{0};
}

template <typename Bits>
fov_status pack_scales(CudaContext& context, const StagedRows& from, const PackedWeights& to) {
  const int64_t tile_scales = to.groups * kTileFeatures, count = from.tiles * tile_scales;
  return context.launch(
      pack_scales_kernel<Bits>,
      {.grid = {int(ceil_div(count, kPackThreads)), 1, 1}, .threads = kPackThreads},
      PackScales<Bits>{from, to.groups,
                       reinterpret_cast<Bits*>(to.scales) + from.tile * tile_scales, count});
}

}  // namespace

int64_t packed_quantized_bytes(fov_context&, int32_t dtype, int32_t scale_dtype, int64_t N,
                               int64_t K, int64_t group) {
  // Of one tile: its values, then its scales.
  int64_t value_bytes, scale_bytes, bytes;
  if (__builtin_mul_overflow(parts(K, kStepInputs), step_bytes(dtype), &value_bytes) ||
      __builtin_mul_overflow(K / group, kTileFeatures * dtype_bytes(scale_dtype), &scale_bytes) ||
      __builtin_add_overflow(value_bytes, scale_bytes, &bytes) ||
      __builtin_mul_overflow(bytes, parts(N, kTileFeatures), &bytes))
    return -1;
  return bytes;
}

fov_status pack_quantized(fov_context& context, const fov_tensor& first,
                          const fov_tensor& first_scales, const fov_tensor* second,
                          const fov_tensor* second_scales, const fov_tensor& packed) {
  if (const fov_status status = check_alignment("pack_quantized", packed)) return status;
  CudaContext& cuda = cuda_context(context);
  const fov_status status = pack_pieces(cuda, first, second, [&](const StagedRows& staged) {
    return packed.dtype == FOV_I4 ? pack_values<NibbleWord>(cuda, staged, packed)
                                  : pack_values<ByteWord>(cuda, staged, packed);
  });
  if (status) return status;
  const PackedWeights to(packed);
  return pack_pieces(cuda, first_scales, second_scales, [&](const StagedRows& staged) {
    return to.scale_dtype == FOV_F32 ? pack_scales<uint32_t>(cuda, staged, to)
                                     : pack_scales<uint16_t>(cuda, staged, to);
  });
}

}  // namespace fovea::cuda
