#include <cmath>
#include <cstring>

#include "ops/packed_weights.h"

namespace fovea {
namespace {

// One of a pair of weights: values and scales as a checkpoint stores them.
struct Stored {
  const char* name;
  const fov_tensor* values;
  const char* scales_name;
  const fov_tensor* scales;
};

template <typename T>
float element(const fov_tensor& tensor, int64_t row, int64_t column) {
  T value;
  std::memcpy(&value,
              static_cast<const char*>(tensor.data) +
                  (row * tensor.stride[0] + column) * int64_t(sizeof(T)),
              sizeof value);
  return to_float(value);
}

template <typename T>
Checks& finite_scales(Checks& checks, const char* name, const fov_tensor& scales) {
  for (int64_t n = 0; n < scales.shape[0]; ++n)
    for (int64_t g = 0; g < scales.shape[1]; ++g)
      if (const float scale = element<T>(scales, n, g); !std::isfinite(scale))
        return checks.that(false, "%s[%lld,%lld] finite, got %g", name, static_cast<long long>(n),
                           static_cast<long long>(g), double(scale));
  return checks;
}

void check_scales(Checks& checks, const Stored& stored) {
  if (!checks.ok()) return;
  if (stored.scales->dtype == FOV_F32)
    finite_scales<float>(checks, stored.scales_name, *stored.scales);
  else if (stored.scales->dtype == FOV_BF16)
    finite_scales<bf16>(checks, stored.scales_name, *stored.scales);
  else
    finite_scales<f16>(checks, stored.scales_name, *stored.scales);
}

void check_codes(Checks& checks, const Stored& stored) {
  if (!checks.ok() || stored.values->dtype != FOV_F8) return;
  const int64_t K = stored.values->shape[1];
  for (int64_t n = 0; n < stored.values->shape[0]; ++n) {
    const uint8_t* row =
        static_cast<const uint8_t*>(stored.values->data) + n * stored.values->stride[0];
    bool nan = false;
    for (int64_t k = 0; k < K; ++k) nan |= (row[k] & 0x7f) == 0x7f;
    checks.that(!nan, "%s: values that are not NaN, got one in row %lld", stored.name,
                static_cast<long long>(n));
  }
}

// Shapes and dtypes that go with `packed`, which holds [N, K] of these.
void check_stored(Checks& checks, const Stored& stored, const fov_tensor& packed, int64_t N) {
  const bool nibbles = packed.dtype == FOV_I4;
  const int64_t K = packed.shape[1];
  checks.host_tensor(stored.name, stored.values, 2,
                     nibbles ? kI32 : dtype_set(fov_dtype(packed.dtype)));
  checks.host_tensor(stored.scales_name, stored.scales, 2, kFloats);
  if (!checks.ok()) return;
  checks.shape(stored.name, stored.values, {N, nibbles ? K / 8 : K});
  checks.shape(stored.scales_name, stored.scales, {N, K / packed.stride[0]});
  checks.that(stored.scales->dtype == packed.stride[1], "%s: %s as packed says, got %s",
              stored.scales_name, dtype_name(int32_t(packed.stride[1])),
              dtype_name(stored.scales->dtype));
  check_scales(checks, stored);
  check_codes(checks, stored);
}

fov_status check_pack(fov_context* context, const Stored& first, const Stored& second,
                      const fov_tensor* packed) {
  Checks checks("pack_quantized", context);
  checks.packed_weights("packed", packed, kQuantized);
  if (!checks.ok()) return checks.status();
  const bool pair = second.values;
  checks.that(pair == (second.scales != nullptr), "second and second_scales both or neither");
  checks.that(!pair || packed->shape[0] % 2 == 0, "packed: a pair of equal sizes, got %s",
              describe(*packed).c_str());
  const int64_t N = pair ? packed->shape[0] / 2 : packed->shape[0];
  check_stored(checks, first, *packed, N);
  if (pair) check_stored(checks, second, *packed, N);
  if (!checks.ok()) return checks.status();
  const fov_tensor memory = packed_memory(*context, *packed);
  for (const fov_tensor* input : {first.values, first.scales, second.values, second.scales})
    if (input) checks.disjoint("packed", &memory, input);
  return checks.served(context->kernels.pack_quantized).status();
}

}  // namespace
}  // namespace fovea

extern "C" int64_t fov_packed_quantized_bytes(fov_context* context, int32_t dtype,
                                              int32_t scale_dtype, int64_t N, int64_t K,
                                              int64_t group) {
  using namespace fovea;
  int64_t bytes = -1;
  guarded("packed_quantized_bytes", [&] {
    Checks checks("packed_quantized_bytes", context);
    checks.that(dtype == FOV_I8 || dtype == FOV_I4 || dtype == FOV_F8, "dtype i8 | i4 | f8, got %s",
                dtype_name(dtype));
    checks.that(scale_dtype == FOV_F32 || scale_dtype == FOV_BF16 || scale_dtype == FOV_F16,
                "scale_dtype f32 | bf16 | f16, got %s", dtype_name(scale_dtype));
    checks.that(N > 0 && K > 0, "N > 0 and K > 0, got [%lld,%lld]", static_cast<long long>(N),
                static_cast<long long>(K));
    checks.that(dtype != FOV_I4 || K % 8 == 0, "K a multiple of 8 for i4, got %lld",
                static_cast<long long>(K));
    checks.that(is_group(group, K), "group K or a multiple of 32 that divides K, got %lld of %lld",
                static_cast<long long>(group), static_cast<long long>(K));
    if (!checks.served(context && context->kernels.packed_quantized_bytes).ok())
      return checks.status();
    bytes = context->kernels.packed_quantized_bytes(*context, dtype, scale_dtype, N, K, group);
    checks.that(bytes > 0, "less than 2^63 bytes, got [%lld,%lld]", static_cast<long long>(N),
                static_cast<long long>(K));
    return checks.status();
  });
  return bytes;
}

extern "C" fov_status fov_pack_quantized(fov_context* context, const fov_tensor* first,
                                         const fov_tensor* first_scales, const fov_tensor* second,
                                         const fov_tensor* second_scales,
                                         const fov_tensor* packed) {
  using namespace fovea;
  return guarded("pack_quantized", [&] {
    const fov_status status =
        check_pack(context, {"first", first, "first_scales", first_scales},
                   {"second", second, "second_scales", second_scales}, packed);
    return status ? status
                  : context->kernels.pack_quantized(*context, *first, *first_scales, second,
                                                    second_scales, *packed);
  });
}
