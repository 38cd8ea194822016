// Packed weights for tests: memory that was poisoned before packing, and guarded after.
#pragma once
#include "harness.h"

namespace fovea::test {

class Packed {
 public:
  // second: NULL, or the other half of a SWIGLU pair.
  Packed(const Context& context, int32_t dtype, const fov_tensor* first,
         const fov_tensor* second = nullptr) {
    const int64_t features = first->shape[0] * (second ? 2 : 1), K = first->shape[1];
    bytes_ = fov_packed_bytes(context, dtype, features, K);
    CHECK(bytes_ > 0, "packed_bytes: %s", fov_last_error());
    memory_.assign(size_t(bytes_ + 2 * kGuard), 0xff);
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    view_.data = memory_.data() + (kGuard - address % kGuard);
    view_.dtype = dtype;
    view_.device = FOV_CPU;
    view_.rank = 2;
    view_.layout = FOV_PACKED;
    view_.shape[0] = features;
    view_.shape[1] = K;
    CHECK_OK(fov_pack_weights(context, first, second, &view_));
    const uint8_t* begin = static_cast<const uint8_t*>(view_.data);
    for (const uint8_t* p = memory_.data(); p < memory_.data() + memory_.size(); ++p)
      if (p < begin || p >= begin + bytes_)
        CHECK(*p == 0xff, "wrote outside the packed weights, at byte %d", int(p - begin));
  }
  Packed(const Packed&) = delete;

  operator const fov_tensor*() const { return &view_; }
  fov_tensor* edit() { return &view_; }  // for wrong-argument cases

 private:
  static constexpr int64_t kGuard = 64;

  std::vector<uint8_t> memory_;
  int64_t bytes_ = 0;
  fov_tensor view_{};
};

}  // namespace fovea::test
