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
    prepare(dtype, features, K);
    CHECK_OK(fov_pack_weights(context, first, second, &view_));
    check_guards();
  }
  // Quantised; scales in groups of `group` inputs.
  Packed(const Context& context, int32_t dtype, int32_t layout, int64_t K, int64_t group,
         const fov_tensor* first, const fov_tensor* first_scales,
         const fov_tensor* second = nullptr, const fov_tensor* second_scales = nullptr) {
    const int64_t features = first->shape[0] * (second ? 2 : 1);
    bytes_ = fov_packed_quantized_bytes(context, dtype, first_scales->dtype, features, K, group);
    CHECK(bytes_ > 0, "packed_quantized_bytes: %s", fov_last_error());
    prepare(dtype, features, K);
    view_.layout = layout;
    view_.stride[0] = group;
    view_.stride[1] = first_scales->dtype;
    CHECK_OK(fov_pack_quantized(context, first, first_scales, second, second_scales, &view_));
    check_guards();
  }
  Packed(const Packed&) = delete;

  operator const fov_tensor*() const { return &view_; }
  fov_tensor* edit() { return &view_; }  // for wrong-argument cases

 private:
  static constexpr int64_t kGuard = 64;

  void prepare(int32_t dtype, int64_t features, int64_t K) {
    memory_.assign(size_t(bytes_ + 2 * kGuard), 0xff);
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    view_.data = memory_.data() + (kGuard - address % kGuard);
    view_.dtype = dtype;
    view_.device = FOV_CPU;
    view_.rank = 2;
    view_.layout = FOV_PACKED;
    view_.shape[0] = features;
    view_.shape[1] = K;
  }
  void check_guards() const {
    const uint8_t* begin = static_cast<const uint8_t*>(view_.data);
    for (const uint8_t* p = memory_.data(); p < memory_.data() + memory_.size(); ++p)
      if (p < begin || p >= begin + bytes_)
        CHECK(*p == 0xff, "wrote outside the packed weights, at byte %d", int(p - begin));
  }

  std::vector<uint8_t> memory_;
  int64_t bytes_ = 0;
  fov_tensor view_{};
};

}  // namespace fovea::test
