// Rows of a tensor in kernels, and loops over them.
#pragma once
#include "cuda/cuda_context.h"

namespace fovea::cuda {

template <typename T>
struct Rows {
  T* data;
  int64_t stride;  // elements
  explicit Rows(const fov_tensor& t) : data(static_cast<T*>(t.data)), stride(t.stride[0]) {}
  SIMT_MEMBER T* operator[](int64_t row) const { return data + row * stride; }
};

// Calls body(T{}) with T the storage type, and returns what it returns.
template <typename Body>
auto with_activation(int32_t dtype, const Body& body) {
  return dtype == FOV_F32 ? body(float{}) : body(bf16{});
}
template <typename Body>
auto with_float(int32_t dtype, const Body& body) {
  return dtype == FOV_F16 ? body(f16{}) : with_activation(dtype, body);
}

// Threads of a block that has one row of D elements.
constexpr int kRowThreads = 256;
inline int row_threads(int64_t D) {
  return D >= kRowThreads ? kRowThreads : int(ceil_div(D > 0 ? D : 1, 32)) * 32;
}

// Blocks 0..R-1 along x, one a row.
inline Launch one_block_a_row(int64_t R, int64_t D, int64_t shared_bytes = 0) {
  return {.grid = {int(R), 1, 1}, .threads = row_threads(D), .shared_bytes = shared_bytes};
}

// Calls body(d) for this thread's elements of a row: thread, thread + threads, ...
template <typename Body>
SIMT_DEVICE void for_elements(int64_t D, int threads, const Body& body) {
  for (int64_t d = thread(); d < D; d += threads) body(d);
}

// The sum over all lanes of a warp, in every lane; the same bits in each.
SIMT_DEVICE float warp_sum(float value) {
  SIMT_UNROLL
  for (int mask = 16; mask > 0; mask >>= 1) value += shuffle_xor(value, mask);
  return value;
}

}  // namespace fovea::cuda
