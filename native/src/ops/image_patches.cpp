#include <cmath>

#include "common/check.h"

namespace {

constexpr int64_t kMaxPictureSide = int64_t{1} << 24;
constexpr int64_t kMaxSide = int64_t{1} << 14;

// Finite means, positive standard deviations. Device memory is not read here.
bool normalises(const fov_tensor& mean_std) {
  if (mean_std.device != FOV_CPU) return true;
  const float* values = static_cast<const float*>(mean_std.data);
  for (int i = 0; i < 6; ++i)
    if (!std::isfinite(values[i]) || (i >= 3 && !(values[i] > 0))) return false;
  return true;
}

// P with 3 P^2 == columns, or 0.
int64_t patch_side(int64_t columns) {
  if (columns > 3 * kMaxSide * kMaxSide) return 0;
  const int64_t P = std::llround(std::sqrt(double(columns) / 3));
  return 3 * P * P == columns ? P : 0;
}

}  // namespace

extern "C" fov_status fov_image_patches(fov_context* context, const fov_tensor* rgb,
                                        const fov_tensor* mean_std, int32_t fit,
                                        const fov_tensor* resized, const fov_tensor* patches) {
  using namespace fovea;
  return guarded("image_patches", [&] {
    Checks checks("image_patches", context);
    checks.tensor("rgb", rgb, 3, kU8).tensor("mean_std", mean_std, 1, kF32);
    checks.tensor("resized", resized, 3, kU8).tensor("patches", patches, 2, kActivations);
    checks.that(fit == FOV_FIT_STRETCH || fit == FOV_FIT_WHITE, "a fov_fit, got %d", fit);
    if (!checks.ok()) return checks.status();
    const int64_t H = rgb->shape[0], W = rgb->shape[1], S = resized->shape[0];
    checks.shape("rgb", rgb, {kAnySize, kAnySize, 3}).shape("mean_std", mean_std, {6});
    checks.that(H >= 1 && H <= kMaxPictureSide && W >= 1 && W <= kMaxPictureSide,
                "a picture with sides in 1..2^24, got %lld x %lld", static_cast<long long>(W),
                static_cast<long long>(H));
    checks.that(W == 1 || rgb->stride[1] >= 3, "pixels of rgb at least 3 bytes apart, got %lld",
                static_cast<long long>(rgb->stride[1]));
    checks.that(S >= 1 && S <= kMaxSide, "a side S in 1..2^14, got %lld",
                static_cast<long long>(S));
    checks.shape("resized", resized, {S, S, 3}).contiguous("resized", resized);
    if (!checks.ok()) return checks.status();
    const int64_t P = patch_side(patches->shape[1]);
    checks.that(P >= 1 && S % P == 0, "patches with 3 P^2 columns, P a divisor of S = %lld, got %s",
                static_cast<long long>(S), describe(*patches).c_str());
    if (checks.ok()) checks.shape("patches", patches, {(S / P) * (S / P), 3 * P * P});
    checks.distinct_elements("patches", patches).disjoint("patches", patches, rgb);
    checks.disjoint("patches", patches, mean_std).disjoint("patches", patches, resized);
    checks.disjoint("resized", resized, rgb).disjoint("resized", resized, mean_std);
    if (checks.ok())
      checks.that(normalises(*mean_std), "finite means and standard deviations above 0");
    if (!checks.served(context->kernels.image_patches).ok()) return checks.status();
    return context->kernels.image_patches(*context, *rgb, *mean_std, fov_fit(fit), *resized,
                                          *patches);
  });
}
