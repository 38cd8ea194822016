// Checks of the contract, used by src/ops only. Each message says op, what was wanted, what came:
// "rms_norm: weight: wanted [16], got f32[7] on cpu".
#pragma once
#include <string>

#include "common/context.h"
#include "common/dtype.h"
#include "common/status.h"

namespace fovea {

// "bf16[3,4096] on cpu", with strides where they are not the dense ones.
std::string describe(const fov_tensor& tensor);

// A set of dtypes: bit d stands for fov_dtype d.
using DtypeSet = uint32_t;
constexpr DtypeSet dtype_set(fov_dtype dtype) { return 1u << dtype; }
constexpr DtypeSet kF32 = dtype_set(FOV_F32);
constexpr DtypeSet kI32 = dtype_set(FOV_I32);
constexpr DtypeSet kU8 = dtype_set(FOV_U8);
constexpr DtypeSet kActivations = kF32 | dtype_set(FOV_BF16);
constexpr DtypeSet kFloats = kActivations | dtype_set(FOV_F16);
constexpr DtypeSet kQuantized = dtype_set(FOV_I8) | dtype_set(FOV_I4) | dtype_set(FOV_F8);

constexpr int64_t kAnySize = -1;

// Whether inputs 0..K may share scales in groups of this size: all of them, or multiples of 32.
bool is_group(int64_t group, int64_t K);

// Collects the first failed check of one call; later checks are then skipped, so a check may rely
// on those before it.
class Checks {
 public:
  Checks(const char* op, const fov_context* context);

  bool ok() const { return status_ == FOV_OK; }
  fov_status status() const { return status_; }

  // A strided tensor of this rank on the context's device, dtype in the set, last axis contiguous,
  // strides not negative, data not NULL and aligned to its element, spanning less than 2^63 bytes.
  Checks& tensor(const char* name, const fov_tensor* tensor, int32_t rank, DtypeSet dtypes);
  // The same, but in host memory, where data may have any address (a mapped checkpoint).
  Checks& host_tensor(const char* name, const fov_tensor* tensor, int32_t rank, DtypeSet dtypes);
  // On the context's device or like host_tensor; its last axis may be strided.
  Checks& strided_tensor(const char* name, const fov_tensor* tensor, int32_t rank, DtypeSet dtypes);
  // Packed weights [N, K], N, K > 0, dtype in the set, in a layout, group and scale dtype that go
  // with it; data not NULL and aligned to 4.
  Checks& packed_weights(const char* name, const fov_tensor* tensor, DtypeSet dtypes);
  // Sizes of each axis; kAnySize leaves one free.
  Checks& shape(const char* name, const fov_tensor* tensor, std::initializer_list<int64_t> sizes);
  Checks& same_dtype(const char* name, const fov_tensor* tensor, const fov_tensor* as);
  Checks& contiguous(const char* name, const fov_tensor* tensor);
  // No two elements of an output share memory.
  Checks& distinct_elements(const char* name, const fov_tensor* tensor);
  // The output is the very view `input`, or shares no byte with it.
  Checks& same_or_disjoint(const char* name, const fov_tensor* output, const fov_tensor* input);
  Checks& disjoint(const char* name, const fov_tensor* output, const fov_tensor* input);
  // Every value of an i32 [n] in [low, high); on the CPU only (device memory is not read here).
  Checks& values_in(const char* name, const fov_tensor* tensor, int64_t low, int64_t high);
  // Any other rule; `wanted` finishes the sentence "<op>: wanted ...".
  [[gnu::format(printf, 3, 4)]] Checks& that(bool holds, const char* wanted, ...);
  // The backend has a kernel.
  Checks& served(bool has_kernel);

 private:
  struct Freedom {  // what a tensor may be
    bool unaligned, strided_last_axis, on_device, on_host;
  };
  Checks& layout(const char* name, const fov_tensor* tensor, int32_t rank, DtypeSet dtypes,
                 Freedom may);
  // What `tensor: wanted` says where it is not on this device.
  std::string wanted_device(Freedom may) const;
  Checks& reject(fov_status status, const char* name, const std::string& wanted,
                 const fov_tensor* got);

  const char* op_;
  const fov_context* context_;
  fov_status status_ = FOV_OK;
};

}  // namespace fovea
