#include <algorithm>
#include <vector>

#include "common/check.h"

namespace {

// No page is both a source and a target. Index tensors on a device are not read here.
bool sources_stay(const fov_tensor& source, const fov_tensor& target, int64_t pages) {
  if (source.device != FOV_CPU) return true;
  std::vector<bool> is_target(size_t(pages), false);
  const int32_t* from = static_cast<const int32_t*>(source.data);
  const int32_t* to = static_cast<const int32_t*>(target.data);
  for (int64_t i = 0; i < target.shape[0]; ++i) is_target[size_t(to[i])] = true;
  for (int64_t i = 0; i < source.shape[0]; ++i)
    if (is_target[size_t(from[i])]) return false;
  return true;
}

}  // namespace

extern "C" fov_status fov_copy_pages(fov_context* context, const fov_tensor* pages,
                                     const fov_tensor* source, const fov_tensor* target) {
  using namespace fovea;
  return guarded("copy_pages", [&] {
    Checks checks("copy_pages", context);
    checks.tensor("pages", pages, pages ? std::clamp(pages->rank, 1, FOV_MAX_RANK) : 1,
                  kActivations);
    checks.tensor("source", source, 1, kI32).tensor("target", target, 1, kI32);
    if (!checks.ok()) return checks.status();
    const int64_t n = source->shape[0], P = pages->shape[0];
    checks.contiguous("pages", pages).shape("target", target, {n});
    checks.values_in("source", source, 0, P).values_in("target", target, 0, P);
    checks.disjoint("pages", pages, source).disjoint("pages", pages, target);
    if (checks.ok())
      checks.that(sources_stay(*source, *target, P), "no page both as source and as target");
    if (!checks.served(context->kernels.copy_pages).ok() || n == 0) return checks.status();
    return context->kernels.copy_pages(*context, *pages, *source, *target);
  });
}
