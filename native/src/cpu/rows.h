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

// Elements that make a parallel range worth its overhead (some microseconds).
constexpr int64_t kGrainElements = 16384;

// Calls body(row) for R rows of D elements each, in parallel.
template <typename Body>
void for_rows(fov_context& context, int64_t R, int64_t D, const Body& body) {
  const int64_t grain = D >= kGrainElements ? 1 : kGrainElements / (D + 1) + 1;
  cpu_context(context).pool.parallel_for(R, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) body(r);
  });
}

// Calls body(d, n) for the vectors of a row of D elements: n = kLanes, at last the rest.
template <typename Body>
FOV_INLINE void for_vectors(int64_t D, const Body& body) {
  int64_t d = 0;
  for (; d + kLanes <= D; d += kLanes) body(d, int64_t{kLanes});
  if (d < D) body(d, D - d);
}

template <typename T>
FOV_INLINE vfloat load_some(const T* p, int64_t n) {
  return n == kLanes ? load(p) : load(p, n);
}

template <typename T>
FOV_INLINE void store_some(T* p, vfloat x, int64_t n) {
  if (n == kLanes)
    store(p, x);
  else
    store(p, x, n);
}

// Calls body(T{}) with T the storage type.
template <typename Body>
FOV_INLINE void with_activation(int32_t dtype, const Body& body) {
  if (dtype == FOV_F32)
    body(float{});
  else
    body(bf16{});
}

template <typename Body>
FOV_INLINE void with_float(int32_t dtype, const Body& body) {
  if (dtype == FOV_F16)
    body(f16{});
  else
    with_activation(dtype, body);
}

// to[i] = from[i], i < n, rounded to To. from may have any address.
template <typename From, typename To>
FOV_INLINE void convert_row(const From* from, To* to, int64_t n) {
  if constexpr (__is_same(From, To))
    std::memcpy(to, from, size_t(n) * sizeof(To));
  else
    for_vectors(n, [&](int64_t d, int64_t m) { store_some(to + d, load_some(from + d, m), m); });
}

}  // namespace fovea::cpu::FOV_ISA
