// rope_append and rope_pairs: one block a row; a thread rotates single pairs.
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

// (a, b) turned by the angle of (cos, sin). Each product rounds to T, then the sum.
template <typename T>
struct Pair {
  T a, b;
};
template <typename T>
SIMT_DEVICE Pair<T> rotated(T a, T b, float cos, float sin) {
  const float x = to_float(a), y = to_float(b);
  return {from_float<T>(rounded_to<T>(x * cos) - rounded_to<T>(y * sin)),
          from_float<T>(rounded_to<T>(x * sin) + rounded_to<T>(y * cos))};
}

template <typename T>
struct RopeAppend {
  Rows<T> qkv;  // [R, (H + 2 Hkv) K]
  Rows<const float> cos, sin;
  const int32_t* positions;
  const int32_t* slots;
  int heads, kv_heads;
  int64_t K;
  Rows<T> k_pages, v_pages;  // a row is a page: [Hkv, FOV_PAGE_SLOTS, K]
  int threads;
};

template <typename T>
SIMT_KERNEL(kRowThreads, 1)
rope_append_kernel(RopeAppend<T> o) {
  const int64_t r = block().x, half = o.K / 2;
  const int32_t position = o.positions[r], slot = o.slots[r];
  const float* cos = o.cos[position];
  const float* sin = o.sin[position];
  T* row = o.qkv[r];
  T* keys = o.k_pages[slot / FOV_PAGE_SLOTS];
  T* values = o.v_pages[slot / FOV_PAGE_SLOTS];
  const int64_t offset = slot % FOV_PAGE_SLOTS;
  for_elements((o.heads + o.kv_heads) * half, o.threads, [&](int64_t i) {
    const int64_t head = i / half, d = i % half;
    const T* from = row + head * o.K + d;
    T* to = head < o.heads ? row + head * o.K + d
                           : keys + ((head - o.heads) * FOV_PAGE_SLOTS + offset) * o.K + d;
    const Pair<T> pair = rotated(from[0], from[half], cos[d], sin[d]);
    to[0] = pair.a;
    to[half] = pair.b;
  });
  const T* plain = row + (o.heads + o.kv_heads) * o.K;
  for_elements(o.kv_heads * o.K, o.threads, [&](int64_t i) {
    values[(i / o.K * FOV_PAGE_SLOTS + offset) * o.K + i % o.K] = plain[i];
  });
}

template <typename T>
struct RopePairs {
  Rows<T> x;
  int64_t head_stride;
  Rows<const float> cos, sin;
  int64_t H, half;
  int threads;
};

template <typename T>
SIMT_KERNEL(kRowThreads, 1)
rope_pairs_kernel(RopePairs<T> o) {
  const int64_t r = block().x;
  for_elements(o.H * o.half, o.threads, [&](int64_t i) {
    const int64_t d = i % o.half;
    T* at = o.x[r] + i / o.half * o.head_stride + 2 * d;
    const Pair<T> pair = rotated(at[0], at[1], o.cos[r][d], o.sin[r][d]);
    at[0] = pair.a;
    at[1] = pair.b;
  });
}

const int32_t* ints(const fov_tensor& tensor) { return static_cast<const int32_t*>(tensor.data); }

}  // namespace

fov_status rope_append(fov_context& context, const fov_tensor& qkv, const fov_tensor& cos,
                       const fov_tensor& sin, const fov_tensor& positions, const fov_tensor& slots,
                       int32_t heads, int32_t kv_heads, const fov_tensor& k_pages,
                       const fov_tensor& v_pages) {
  const int64_t R = qkv.shape[0], width = qkv.shape[1];
  return with_activation(qkv.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        rope_append_kernel<T>, one_block_a_row(R, width),
        RopeAppend<T>{Rows<T>(qkv), Rows<const float>(cos), Rows<const float>(sin), ints(positions),
                      ints(slots), heads, kv_heads, k_pages.shape[3], Rows<T>(k_pages),
                      Rows<T>(v_pages), row_threads(width)});
  });
}

fov_status rope_pairs(fov_context& context, const fov_tensor& x, const fov_tensor& cos,
                      const fov_tensor& sin) {
  const int64_t R = x.shape[0], H = x.shape[1], half = x.shape[2] / 2;
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        rope_pairs_kernel<T>, one_block_a_row(R, H * half),
        RopePairs<T>{Rows<T>(x), x.stride[1], Rows<const float>(cos), Rows<const float>(sin), H,
                     half, row_threads(H * half)});
  });
}

}  // namespace fovea::cuda
