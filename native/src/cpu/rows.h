// Rows of a tensor, and loops over them.
#pragma once
#include "cpu/cpu_context.h"
#include "cpu/simd.h"

namespace fovea::cpu::FOV_ISA {

template <typename T>
struct Rows {
  T* data;
  int64_t stride;  // elements
  explicit Rows(const fov_tensor& t) : data(static_cast<T*>(t.data)), stride(t.stride[0]) {}
  T* operator[](int64_t row) const { return data + row * stride; }
};

// Elements that make a parallel range worth its overhead (about 10 us).
constexpr int64_t kGrainElements = 16384;

FOV_INLINE int64_t grain_rows(int64_t elements_per_row) {
  return elements_per_row >= kGrainElements ? 1 : kGrainElements / (elements_per_row + 1) + 1;
}

// Calls body(T{}) with T the storage type of an activation tensor.
template <typename Body>
FOV_INLINE void with_activation(int32_t dtype, const Body& body) {
  if (dtype == FOV_F32)
    body(float{});
  else
    body(bf16{});
}

}  // namespace fovea::cpu::FOV_ISA
