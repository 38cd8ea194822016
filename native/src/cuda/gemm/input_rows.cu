// Rows of x in the form that the mma kernels read.
#include "cuda/gemm/product.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kRowMultiple = 16;  // a set's rows begin at such, so that its scales are aligned

// Rows of x to rows of whole steps.
template <typename T>
struct RowSteps {
  Rows<const T> x;
  int64_t R, K, steps;
  int64_t first_rows, second_begin;  // rows of the first set; where those of the second begin
  char* data;
  int64_t pitch;
  float* scales;  // [steps][scale_rows]
  int64_t scale_rows;
};

// Calls body(row of x, row to write, step, this lane's input or 0) once a row and step, by a warp.
template <typename T, typename Body>
SIMT_DEVICE void for_row_step(const RowSteps<T>& p, const Body& body) {
  const int64_t unit = int64_t(block().x) * kWarps + warp();
  if (unit >= p.R * p.steps) return;
  const int64_t row = unit / p.steps, step = unit % p.steps, k = step * kStepInputs + lane();
  const int64_t to = row < p.first_rows ? row : p.second_begin + row - p.first_rows;
  body(to, step, k < p.K ? p.x[row][k] : T{});
}

SIMT_KERNEL(kWarps* kWarpLanes, 1)
pad_kernel(RowSteps<bf16> p) {
  for_row_step(p, [&](int64_t to, int64_t step, bf16 value) {
    reinterpret_cast<bf16*>(p.data + to * p.pitch)[step * kStepInputs + lane()] = value;
  });
}

template <typename T>
SIMT_KERNEL(kWarps* kWarpLanes, 1)
quantize_kernel(RowSteps<T> p) {
  for_row_step(p, [&](int64_t to, int64_t step, T input) {
    const float value = to_float(input);
    float top = fabsf(value);
    SIMT_UNROLL
    for (int mask = 16; mask > 0; mask >>= 1) top = fmaxf(top, shuffle_xor(top, mask));
    // A value that is not finite makes the scale NaN, so that q does not matter.
    const float scale = top / 127.0f + warp_sum(value * 0.0f);
    const float quotient = fminf(fmaxf(value / scale, -127.0f), 127.0f);
    const int8_t q = scale > 0 ? int8_t(rintf(quotient)) : int8_t{0};
    p.data[to * p.pitch + step * kStepInputs + lane()] = char(q);
    if (lane() == 0) p.scales[step * p.scale_rows + to] = scale;
  });
}

// bytes: of an input.
template <typename T>
fov_status launch_row_steps(CudaContext& context, void (*kernel)(RowSteps<T>), const fov_tensor& x,
                            int64_t bytes, bool scaled, Product& product) {
  const auto padded = [](int64_t rows) { return ceil_div(rows, kRowMultiple) * kRowMultiple; };
  const int64_t R = x.shape[0], steps = product.steps, pitch = steps * kStepInputs * bytes;
  const int64_t second_begin = padded(product.sets[0].rows);
  const int64_t rows = second_begin + padded(product.sets[1].rows);
  const int64_t scale_bytes = scaled ? steps * int64_t(sizeof(float)) : 0;
  char* data = static_cast<char*>(context.scratch(rows * (pitch + scale_bytes)));
  if (!data) return FOV_OUT_OF_MEMORY;
  float* scales = reinterpret_cast<float*>(data + rows * pitch);
  product.x = {.data = data, .pitch = pitch, .scales = scales, .scale_rows = rows};
  product.sets[0].input_row = 0;
  product.sets[1].input_row = second_begin;
  return context.launch(
      kernel, {.grid = {int(ceil_div(R * steps, kWarps)), 1, 1}, .threads = kWarps * kWarpLanes},
      RowSteps<T>{Rows<const T>(x), R, x.shape[1], steps, product.sets[0].rows, second_begin, data,
                  pitch, scales, rows});
}

}  // namespace

fov_status bf16_rows(CudaContext& context, const fov_tensor& x, Product& product) {
  const int64_t pitch = x.stride[0] * int64_t(sizeof(bf16));
  if (reinterpret_cast<uintptr_t>(x.data) % 16 || pitch % 16 || x.shape[1] % kStepInputs)
    return launch_row_steps(context, pad_kernel, x, sizeof(bf16), false, product);
  product.x = {.data = static_cast<const char*>(x.data), .pitch = pitch};
  product.sets[0].input_row = 0;
  product.sets[1].input_row = product.sets[0].rows;
  return FOV_OK;
}

fov_status quantized_rows(CudaContext& context, const fov_tensor& x, Product& product) {
  return with_activation(x.dtype, [&](auto type) {
    return launch_row_steps(context, quantize_kernel<decltype(type)>, x, sizeof(int8_t), true,
                            product);
  });
}

}  // namespace fovea::cuda
