#include "common/check.h"

extern "C" fov_status fov_embed_rows(fov_context* context, const fov_tensor* table,
                                     const fov_tensor* ids, const fov_tensor* y) {
  using namespace fovea;
  return guarded("embed_rows", [&] {
    Checks checks("embed_rows", context);
    checks.tensor("table", table, 2, kFloats).tensor("ids", ids, 1, kI32);
    checks.tensor("y", y, 2, kActivations);
    if (!checks.ok()) return checks.status();
    const int64_t R = ids->shape[0];
    checks.shape("y", y, {R, table->shape[1]}).distinct_elements("y", y);
    checks.disjoint("y", y, table).disjoint("y", y, ids);
    checks.values_in("ids", ids, 0, table->shape[0]);
    if (!checks.served(context->kernels.embed_rows).ok() || R == 0) return checks.status();
    return context->kernels.embed_rows(*context, *table, *ids, *y);
  });
}
