#include <cmath>

#include "common/check.h"

namespace {

// Every page that a row's slots lie in exists. Index tensors on a device are not read here.
void check_pages(fovea::Checks& checks, const fov_tensor& page_table, const fov_tensor& sequences,
                 const fov_tensor& row_slots, int64_t pages) {
  if (page_table.device != FOV_CPU) return;
  const int32_t* sequence = static_cast<const int32_t*>(sequences.data);
  const int32_t* slot = static_cast<const int32_t*>(row_slots.data);
  for (int64_t r = 0; r < sequences.shape[0]; ++r) {
    // Rows of one sequence often come in order: the last of a run covers those before it.
    if (r + 1 < sequences.shape[0] && sequence[r + 1] == sequence[r] && slot[r + 1] >= slot[r])
      continue;
    const int32_t* table =
        static_cast<const int32_t*>(page_table.data) + sequence[r] * page_table.stride[0];
    for (int64_t p = 0; p <= slot[r] / FOV_PAGE_SLOTS; ++p)
      checks.that(table[p] >= 0 && table[p] < pages, "page_table[%d,%lld] in 0..%lld, got %d",
                  sequence[r], static_cast<long long>(p), static_cast<long long>(pages - 1),
                  table[p]);
  }
}

}  // namespace

extern "C" fov_status fov_paged_attention(fov_context* context, const fov_tensor* q,
                                          const fov_tensor* k_pages, const fov_tensor* v_pages,
                                          const fov_tensor* page_table, const fov_tensor* sequences,
                                          const fov_tensor* row_slots, float scale,
                                          const fov_tensor* y) {
  using namespace fovea;
  return guarded("paged_attention", [&] {
    Checks checks("paged_attention", context);
    checks.tensor("q", q, 3, kActivations).tensor("k_pages", k_pages, 4, kActivations);
    checks.tensor("v_pages", v_pages, 4, kActivations).tensor("page_table", page_table, 2, kI32);
    checks.tensor("sequences", sequences, 1, kI32).tensor("row_slots", row_slots, 1, kI32);
    checks.tensor("y", y, 3, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = q->shape[0], H = q->shape[1], K = q->shape[2];
    const int64_t pages = k_pages->shape[0], Hkv = k_pages->shape[1];
    checks.that(Hkv > 0 && K > 0, "at least one key head and column");
    if (!checks.ok()) return checks.status();
    checks.that(H > 0 && H % Hkv == 0, "query heads a multiple of key heads, got %lld and %lld",
                static_cast<long long>(H), static_cast<long long>(Hkv));
    checks.shape("k_pages", k_pages, {pages, Hkv, FOV_PAGE_SLOTS, K});
    checks.shape("v_pages", v_pages, {pages, Hkv, FOV_PAGE_SLOTS, K}).shape("y", y, {R, H, K});
    checks.shape("sequences", sequences, {R}).shape("row_slots", row_slots, {R});
    checks.same_dtype("k_pages", k_pages, q).same_dtype("v_pages", v_pages, q);
    checks.same_dtype("y", y, q).contiguous("k_pages", k_pages).contiguous("v_pages", v_pages);
    checks.distinct_elements("y", y).disjoint("y", y, q);
    checks.disjoint("y", y, k_pages).disjoint("y", y, v_pages);
    checks.that(std::isfinite(scale), "a finite scale, got %g", double(scale));
    checks.values_in("sequences", sequences, 0, page_table->shape[0]);
    checks.values_in("row_slots", row_slots, 0, page_table->shape[1] * FOV_PAGE_SLOTS);
    if (checks.ok()) check_pages(checks, *page_table, *sequences, *row_slots, pages);
    if (!checks.served(context->kernels.paged_attention).ok() || R == 0) return checks.status();
    return context->kernels.paged_attention(*context, *q, *k_pages, *v_pages, *page_table,
                                            *sequences, *row_slots, scale, *y);
  });
}
