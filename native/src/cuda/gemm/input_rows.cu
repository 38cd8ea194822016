// Rows of x in the form that the mma kernels read.
#include "common/windows.h"
#include "cuda/gemm/product.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kRowMultiple = 16;  // a set's rows begin at such, so that its scales are aligned

// Input k of a row.
template <typename T>
struct PlainRows {
  using Element = T;
  Rows<const T> x;
  SIMT_MEMBER T at(int64_t row, int64_t k) const { return x[row][k]; }
};

// The same of a window.
template <typename T>
struct WindowRows {
  using Element = T;
  Rows<const T> maps;
  Windows windows;
  int C;
  SIMT_MEMBER T at(int64_t row, int64_t k) const {
    const WindowPlace place = place_of(windows, row);
    const int pixel = int(k) / C, across = int(windows.window_width);
    const int64_t line = place.top + pixel / across, column = place.left + pixel % across;
    if (line < 0 || line >= windows.height || column < 0 || column >= windows.width) return T{};
    return maps[(place.map * windows.height + line) * windows.width + column][int(k) % C];
  }
};

// Rows of x to rows of whole steps.
template <typename Source>
struct RowSteps {
  Source x;
  int64_t first;  // row of x
  int64_t R, K, steps;
  int64_t first_rows, second_begin;  // rows of the first set; where those of the second begin
  char* data;
  int64_t pitch;
  float* scales;  // [steps][scale_rows]
  int64_t scale_rows;
};

// Calls body(row of x, row to write, step, this lane's input or 0) once a row and step, by a warp.
template <typename Source, typename Body>
SIMT_DEVICE void for_row_step(const RowSteps<Source>& p, const Body& body) {
  const int64_t unit = int64_t(block().x) * kWarps + warp();
  if (unit >= p.R * p.steps) return;
  const int64_t row = unit / p.steps, step = unit % p.steps, k = step * kStepInputs + lane();
  const int64_t to = row < p.first_rows ? row : p.second_begin + row - p.first_rows;
  body(to, step, k < p.K ? p.x.at(p.first + row, k) : typename Source::Element{});
}

template <typename Source>
SIMT_KERNEL(kWarps* kWarpLanes, 1)
pad_kernel(RowSteps<Source> p) {
  using T = typename Source::Element;
  for_row_step(p, [&](int64_t to, int64_t step, T value) {
    reinterpret_cast<T*>(p.data + to * p.pitch)[step * kStepInputs + lane()] = value;
  });
}

template <typename Source>
SIMT_KERNEL(kWarps* kWarpLanes, 1)
quantize_kernel(RowSteps<Source> p) {
  for_row_step(p, [&](int64_t to, int64_t step, typename Source::Element input) {
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
template <typename Source>
fov_status launch_row_steps(CudaContext& context, void (*kernel)(RowSteps<Source>),
                            const Source& source, const Inputs& inputs, int64_t bytes, bool scaled,
                            Product& product) {
  const auto padded = [](int64_t rows) { return ceil_div(rows, kRowMultiple) * kRowMultiple; };
  const int64_t R = product.sets[0].rows + product.sets[1].rows;
  const int64_t steps = product.steps, pitch = steps * kStepInputs * bytes;
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
      RowSteps<Source>{source, inputs.first, R, inputs.K, steps, product.sets[0].rows, second_begin,
                       data, pitch, scales, rows});
}

// Calls body(source of elements T).
template <typename T, typename Body>
fov_status with_source(const Inputs& inputs, const Body& body) {
  const Rows<const T> x(inputs.x);
  if (!inputs.windows) return body(PlainRows<T>{x});
  return body(WindowRows<T>{x, *inputs.windows, int(inputs.x.shape[1])});
}

template <typename T>
fov_status padded_rows(CudaContext& context, const Inputs& inputs, Product& product) {
  return with_source<T>(inputs, [&](const auto& source) {
    return launch_row_steps(context, pad_kernel, source, inputs, sizeof(T), false, product);
  });
}

// Rows that are read from where they are.
fov_status rows_in_place(const Inputs& inputs, Product& product) {
  const int64_t pitch = inputs.x.stride[0] * dtype_bytes(inputs.x.dtype);
  product.x = {.data = static_cast<const char*>(inputs.x.data) + inputs.first * pitch,
               .pitch = pitch};
  product.sets[0].input_row = 0;
  product.sets[1].input_row = product.sets[0].rows;
  return FOV_OK;
}

}  // namespace

fov_status float_rows(CudaContext& context, const Inputs& inputs, Product& product) {
  return inputs.windows ? padded_rows<float>(context, inputs, product)
                        : rows_in_place(inputs, product);
}

fov_status bf16_rows(CudaContext& context, const Inputs& inputs, Product& product) {
  const int64_t pitch = inputs.x.stride[0] * int64_t(sizeof(bf16));
  const uintptr_t begin =
      reinterpret_cast<uintptr_t>(inputs.x.data) + uintptr_t(inputs.first * pitch);
  if (inputs.windows || begin % 16 || pitch % 16 || inputs.K % kStepInputs)
    return padded_rows<bf16>(context, inputs, product);
  return rows_in_place(inputs, product);
}

fov_status quantized_rows(CudaContext& context, const Inputs& inputs, Product& product) {
  return with_activation(inputs.x.dtype, [&](auto type) {
    return with_source<decltype(type)>(inputs, [&](const auto& source) {
      return launch_row_steps(context, quantize_kernel, source, inputs, sizeof(int8_t), true,
                              product);
    });
  });
}

}  // namespace fovea::cuda
