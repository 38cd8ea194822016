#include "ops/packed_weights.h"

namespace fovea {
namespace {

fov_status check_pack(fov_context* context, const fov_tensor* first, const fov_tensor* second,
                      const fov_tensor* packed) {
  Checks checks("pack_weights", context);
  checks.host_tensor("first", first, 2, kFloats);
  if (second) checks.host_tensor("second", second, 2, kFloats);
  checks.packed_weights("packed", packed, kActivations);
  if (!checks.ok()) return checks.status();
  const int64_t N = first->shape[0], K = first->shape[1];
  checks.that(N > 0 && K > 0, "first: at least one row and column, got %s",
              describe(*first).c_str());
  if (second) checks.shape("second", second, {N, K}).same_dtype("second", second, first);
  checks.that(N <= INT64_MAX / 2, "first: less than 2^62 rows, got %s", describe(*first).c_str());
  if (!checks.ok()) return checks.status();
  checks.shape("packed", packed, {second ? 2 * N : N, K});
  if (!checks.ok()) return checks.status();
  const fov_tensor memory = packed_memory(*context, *packed);
  checks.disjoint("packed", &memory, first);
  if (second) checks.disjoint("packed", &memory, second);
  return checks.served(context->kernels.pack_weights).status();
}

}  // namespace
}  // namespace fovea

extern "C" int64_t fov_packed_bytes(fov_context* context, int32_t dtype, int64_t N, int64_t K) {
  using namespace fovea;
  int64_t bytes = -1;
  guarded("packed_bytes", [&] {
    Checks checks("packed_bytes", context);
    checks.that(dtype == FOV_F32 || dtype == FOV_BF16, "dtype f32 | bf16, got %s",
                dtype_name(dtype));
    checks.that(N > 0 && K > 0, "N > 0 and K > 0, got [%lld,%lld]", static_cast<long long>(N),
                static_cast<long long>(K));
    if (!checks.served(context && context->kernels.packed_bytes).ok()) return checks.status();
    bytes = context->kernels.packed_bytes(*context, dtype, N, K);
    checks.that(bytes > 0, "less than 2^63 bytes, got [%lld,%lld]", static_cast<long long>(N),
                static_cast<long long>(K));
    return checks.status();
  });
  return bytes;
}

extern "C" fov_status fov_pack_weights(fov_context* context, const fov_tensor* first,
                                       const fov_tensor* second, const fov_tensor* packed) {
  using namespace fovea;
  return guarded("pack_weights", [&] {
    const fov_status status = check_pack(context, first, second, packed);
    return status ? status : context->kernels.pack_weights(*context, *first, second, *packed);
  });
}
