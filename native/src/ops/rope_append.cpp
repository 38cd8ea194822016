#include <algorithm>
#include <functional>
#include <vector>

#include "common/check.h"

namespace {

// No two rows write one slot. Index tensors on a device are not read here.
bool all_different(const fov_tensor& slots) {
  if (slots.device != FOV_CPU) return true;
  const int32_t* begin = static_cast<const int32_t*>(slots.data);
  const int32_t* end = begin + slots.shape[0];
  if (std::adjacent_find(begin, end, std::greater_equal<>()) == end) return true;  // ascending
  std::vector<int32_t> sorted(begin, end);
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

}  // namespace

extern "C" fov_status fov_rope_append(fov_context* context, const fov_tensor* qkv,
                                      const fov_tensor* cos, const fov_tensor* sin,
                                      const fov_tensor* positions, const fov_tensor* slots,
                                      int32_t heads, int32_t kv_heads, const fov_tensor* k_pages,
                                      const fov_tensor* v_pages) {
  using namespace fovea;
  return guarded("rope_append", [&] {
    Checks checks("rope_append", context);
    checks.tensor("qkv", qkv, 2, kActivations).tensor("cos", cos, 2, kF32);
    checks.tensor("sin", sin, 2, kF32).tensor("positions", positions, 1, kI32);
    checks.tensor("slots", slots, 1, kI32).tensor("k_pages", k_pages, 4, kActivations);
    checks.tensor("v_pages", v_pages, 4, kActivations);
    checks.that(heads > 0 && kv_heads > 0 && heads % kv_heads == 0,
                "heads a multiple of kv_heads > 0, got %d and %d", heads, kv_heads);
    if (!checks.ok()) return checks.status();
    const int64_t R = qkv->shape[0], K = k_pages->shape[3], pages = k_pages->shape[0];
    const int64_t T = cos->shape[0];
    checks.that(K > 0 && K % 2 == 0 && K <= 65536, "an even head size up to 65536, got %lld",
                static_cast<long long>(K));
    checks.shape("k_pages", k_pages, {pages, kv_heads, FOV_PAGE_SLOTS, K});
    checks.shape("v_pages", v_pages, {pages, kv_heads, FOV_PAGE_SLOTS, K});
    checks.shape("qkv", qkv, {R, (heads + int64_t{2} * kv_heads) * K});
    checks.shape("cos", cos, {T, K / 2}).shape("sin", sin, {T, K / 2});
    checks.shape("positions", positions, {R}).shape("slots", slots, {R});
    checks.same_dtype("k_pages", k_pages, qkv).same_dtype("v_pages", v_pages, qkv);
    checks.contiguous("k_pages", k_pages).contiguous("v_pages", v_pages);
    checks.distinct_elements("qkv", qkv).disjoint("k_pages", k_pages, qkv);
    checks.disjoint("v_pages", v_pages, qkv).disjoint("v_pages", v_pages, k_pages);
    checks.values_in("positions", positions, 0, T);
    checks.values_in("slots", slots, 0, pages * FOV_PAGE_SLOTS);
    if (checks.ok()) checks.that(all_different(*slots), "slots that are all different");
    if (!checks.served(context->kernels.rope_append).ok() || R == 0) return checks.status();
    return context->kernels.rope_append(*context, *qkv, *cos, *sin, *positions, *slots, heads,
                                        kv_heads, *k_pages, *v_pages);
  });
}
