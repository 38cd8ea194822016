// Rows of x for FOV_PACKED_INT8: int8 in groups of 32 inputs, the steps of packed weights.
#include "cuda/gemm/product.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kRowMultiple = 16;  // a set's rows begin at such, so that its scales are aligned

template <typename T>
struct QuantizeRows {
  Rows<const T> x;
  int64_t R, K, steps;
  int64_t first_rows, second_begin;  // rows of the first set; where those of the second begin
  char* q;                           // [scale_rows][32 steps] int8
  float* scales;                     // [steps][scale_rows]
  int64_t scale_rows;
};

// A warp makes a group, a lane an input of it.
template <typename T>
SIMT_KERNEL(kWarps* kWarpLanes, 1)
quantize_kernel(QuantizeRows<T> p) {
  const int64_t unit = int64_t(block().x) * kWarps + warp();
  if (unit >= p.R * p.steps) return;
  const int64_t row = unit / p.steps, step = unit % p.steps, k = step * kStepInputs + lane();
  const float value = k < p.K ? to_float(p.x[row][k]) : 0.0f;
  float top = fabsf(value);
  SIMT_UNROLL
  for (int mask = 16; mask > 0; mask >>= 1) top = fmaxf(top, shuffle_xor(top, mask));
  // A value that is not finite makes the scale NaN, so that q does not matter.
  const float scale = top / 127.0f + warp_sum(value * 0.0f);
  const float quotient = fminf(fmaxf(value / scale, -127.0f), 127.0f);
  const int64_t to = row < p.first_rows ? row : p.second_begin + row - p.first_rows;
  p.q[to * p.steps * kStepInputs + k] = char(scale > 0 ? int8_t(rintf(quotient)) : 0);
  if (lane() == 0) p.scales[step * p.scale_rows + to] = scale;
}

}  // namespace

fov_status quantize_rows(CudaContext& context, const fov_tensor& x, Product& product) {
  const int64_t R = x.shape[0], steps = product.steps, pitch = steps * kStepInputs;
  const int64_t first_rows = product.sets[0].rows;
  const int64_t second_begin = ceil_div(first_rows, kRowMultiple) * kRowMultiple;
  const int64_t rows = second_begin + ceil_div(product.sets[1].rows, kRowMultiple) * kRowMultiple;
  char* q = static_cast<char*>(context.scratch(rows * (pitch + steps * int64_t(sizeof(float)))));
  if (!q) return FOV_OUT_OF_MEMORY;
  float* scales = reinterpret_cast<float*>(q + rows * pitch);
  product.x = {.data = q,
               .pitch = pitch,
               .bytes = pitch,
               .aligned = true,
               .scales = scales,
               .scale_rows = rows};
  product.sets[0].input_row = 0;
  product.sets[1].input_row = second_begin;
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    return context.launch(
        quantize_kernel<T>,
        {.grid = {int(ceil_div(R * steps, kWarps)), 1, 1}, .threads = kWarps * kWarpLanes},
        QuantizeRows<T>{Rows<const T>(x), R, x.shape[1], steps, first_rows, second_begin, q, scales,
                        rows});
  });
}

}  // namespace fovea::cuda
