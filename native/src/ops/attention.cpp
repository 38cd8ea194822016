#include <cmath>

#include "common/check.h"

extern "C" fov_status fov_attention(fov_context* context, const fov_tensor* q, const fov_tensor* k,
                                    const fov_tensor* v, float scale, const fov_tensor* y) {
  using namespace fovea;
  return guarded("attention", [&] {
    Checks checks("attention", context);
    checks.tensor("q", q, 3, kActivations).tensor("k", k, 3, kActivations);
    checks.tensor("v", v, 3, kActivations).tensor("y", y, 3, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t T = q->shape[0], H = q->shape[1], K = q->shape[2];
    const int64_t U = k->shape[0], Hkv = k->shape[1];
    checks.that(U > 0 && Hkv > 0 && K > 0, "at least one key, key head and column");
    if (!checks.ok()) return checks.status();
    checks.that(H > 0 && H % Hkv == 0, "query heads a multiple of key heads, got %lld and %lld",
                static_cast<long long>(H), static_cast<long long>(Hkv));
    checks.shape("k", k, {U, Hkv, K}).shape("v", v, {U, Hkv, K}).shape("y", y, {T, H, K});
    checks.same_dtype("k", k, q).same_dtype("v", v, q).same_dtype("y", y, q);
    checks.distinct_elements("y", y).disjoint("y", y, q).disjoint("y", y, k).disjoint("y", y, v);
    checks.that(std::isfinite(scale), "a finite scale, got %g", double(scale));
    if (!checks.served(context->kernels.attention).ok() || T == 0) return checks.status();
    return context->kernels.attention(*context, *q, *k, *v, scale, *y);
  });
}
