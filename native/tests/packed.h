// Packed weights for tests: device memory that was poisoned before packing, and guarded after.
#pragma once
#include <memory>

#include "harness.h"

namespace fovea::test {

class Packed {
 public:
  // first, second: in host memory; second: NULL, or the other half of a SWIGLU pair.
  Packed(const Context& context, int32_t dtype, const fov_tensor* first,
         const fov_tensor* second = nullptr) {
    const int64_t features = first->shape[0] * (second ? 2 : 1), K = first->shape[1];
    bytes_ = fov_packed_bytes(context, dtype, features, K);
    CHECK(bytes_ > 0, "packed_bytes: %s", fov_last_error());
    prepare(dtype, features, K);
    CHECK_OK(fov_pack_weights(context, first, second, *this));
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
    CHECK_OK(fov_pack_quantized(context, first, first_scales, second, second_scales, *this));
    check_guards();
  }
  Packed(const Packed&) = delete;

  operator const fov_tensor*() const { return edit(); }
  fov_tensor* edit() const {  // for wrong-argument cases
    memory_->lend();
    return &view_;
  }
  bool same_bytes(const Packed& other) const {
    return bytes_ == other.bytes_ &&
           std::memcmp(memory_->read() + begin_, other.memory_->read() + other.begin_,
                       size_t(bytes_)) == 0;
  }

 private:
  static constexpr int64_t kGuard = 64;

  void prepare(int32_t dtype, int64_t features, int64_t K) {
    memory_ = std::make_unique<Memory>(size_t(std::max<int64_t>(bytes_, 0) + 2 * kGuard), false);
    begin_ = kGuard - int64_t(reinterpret_cast<uintptr_t>(memory_->address()) % kGuard);
    view_.data = static_cast<uint8_t*>(memory_->address()) + begin_;
    view_.dtype = dtype;
    view_.device = device();
    view_.rank = 2;
    view_.layout = FOV_PACKED;
    view_.shape[0] = features;
    view_.shape[1] = K;
  }
  void check_guards() const {
    const uint8_t* bytes = memory_->read();
    for (int64_t i = 0; i < int64_t(memory_->bytes()); ++i)
      if (i < begin_ || i >= begin_ + bytes_)
        CHECK(bytes[i] == 0xff, "wrote outside the packed weights, at byte %d", int(i - begin_));
  }

  std::unique_ptr<Memory> memory_;
  int64_t bytes_ = 0, begin_ = 0;
  mutable fov_tensor view_{};
};

}  // namespace fovea::test
