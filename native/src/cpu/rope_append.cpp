#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// Rotates one head of 2*half elements, (a, b) -> (a cos - b sin, a sin + b cos); to may be from.
// Each product rounds to T, then the sum.
template <typename T>
void rotate(const T* from, const float* cos, const float* sin, int64_t half, T* to) {
  for_vectors(half, [&](int64_t d, int64_t n) {
    const vfloat a = load_some(from + d, n), b = load_some(from + half + d, n);
    const vfloat c = load_some(cos + d, n), s = load_some(sin + d, n);
    store_some(to + d, rounded_to<T>(a * c) - rounded_to<T>(b * s), n);
    store_some(to + half + d, rounded_to<T>(a * s) + rounded_to<T>(b * c), n);
  });
}

// (even, odd) neighbours (a, b) -> (a cos - b sin, b cos + a sin), K = 2*half of them, in place.
template <typename T>
void rotate_pairs(T* x, const float* cos, const float* sin, int64_t half) {
  for_vectors(half, [&](int64_t d, int64_t n) {
    T even[kLanes] = {}, odd[kLanes] = {};
    for (int64_t i = 0; i < n; ++i) even[i] = x[2 * (d + i)], odd[i] = x[2 * (d + i) + 1];
    const vfloat a = load(even), b = load(odd);
    const vfloat c = load_some(cos + d, n), s = load_some(sin + d, n);
    store(even, rounded_to<T>(a * c) - rounded_to<T>(b * s));
    store(odd, rounded_to<T>(b * c) + rounded_to<T>(a * s));
    for (int64_t i = 0; i < n; ++i) x[2 * (d + i)] = even[i], x[2 * (d + i) + 1] = odd[i];
  });
}

}  // namespace

fov_status rope_pairs(fov_context& context, const fov_tensor& x, const fov_tensor& cos,
                      const fov_tensor& sin) {
  const int64_t H = x.shape[1], K = x.shape[2];
  with_activation(x.dtype, [&](auto type) {
    const Rows<decltype(type)> rows(x);
    const Rows<const float> cosines(cos), sines(sin);
    for_rows(context, x.shape[0], H * K, [&](int64_t r) {
      for (int64_t h = 0; h < H; ++h)
        rotate_pairs(rows[r] + h * x.stride[1], cosines[r], sines[r], K / 2);
    });
  });
  return FOV_OK;
}

fov_status rope_append(fov_context& context, const fov_tensor& qkv, const fov_tensor& cos,
                       const fov_tensor& sin, const fov_tensor& positions, const fov_tensor& slots,
                       int32_t heads, int32_t kv_heads, const fov_tensor& k_pages,
                       const fov_tensor& v_pages) {
  const int64_t K = k_pages.shape[3];
  const int32_t* position = static_cast<const int32_t*>(positions.data);
  const int32_t* slot = static_cast<const int32_t*>(slots.data);
  with_activation(qkv.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<T> rows(qkv);
    const Rows<const float> cosines(cos), sines(sin);
    const Rows<T> keys(k_pages), values(v_pages);  // a row is a page: [Hkv, FOV_PAGE_SLOTS, K]
    for_rows(context, qkv.shape[0], qkv.shape[1], [&](int64_t r) {
      const float* c = cosines[position[r]];
      const float* s = sines[position[r]];
      T* head = rows[r];
      for (int32_t h = 0; h < heads; ++h, head += K) rotate(head, c, s, K / 2, head);
      const int64_t page = slot[r] / FOV_PAGE_SLOTS, offset = slot[r] % FOV_PAGE_SLOTS;
      for (int32_t h = 0; h < kv_heads; ++h, head += K) {
        const int64_t at = (h * FOV_PAGE_SLOTS + offset) * K;
        rotate(head, c, s, K / 2, keys[page] + at);
        convert_row(head + kv_heads * K, values[page] + at, K);
      }
    });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
