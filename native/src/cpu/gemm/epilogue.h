// What a linear op does with the f32 sums of a product: bias, rounding, epilogue, store.
#pragma once
#include "cpu/gemm/packed_layout.h"
#include "cpu/rows.h"
#include "cpu/vmath.h"
#include "fovea/ops.h"

namespace fovea::cpu::FOV_ISA {

// Outputs of one weight set over a range of rows. Rounding is that of Y: bf16 results round z and
// every value after it, f32 results never.
struct Epilogue {
  fov_epilogue kind;
  int64_t N;
  const float* bias;     // nullptr, [N], or [2N] for SWIGLU
  const void* residual;  // [R, N], first row of the range
  int64_t residual_stride;
  void* y;  // [R, N], first row of the range
  int64_t y_stride;
  int32_t y_dtype;
};

// Of rows from `row` on.
FOV_INLINE Epilogue epilogue_of(fov_epilogue kind, const fov_tensor* bias,
                                const fov_tensor* residual, const fov_tensor& y, int64_t row) {
  const auto from_row = [&](const fov_tensor& t) {
    return static_cast<char*>(t.data) + row * t.stride[0] * dtype_bytes(t.dtype);
  };
  return {.kind = kind,
          .N = y.shape[1],
          .bias = bias ? static_cast<const float*>(bias->data) : nullptr,
          .residual = residual ? from_row(*residual) : nullptr,
          .residual_stride = residual ? residual->stride[0] : 0,
          .y = from_row(y),
          .y_stride = y.stride[0],
          .y_dtype = y.dtype};
}

// Finishes 16 columns (fewer at the edge of N) of one row.
//   sums    [16], for SWIGLU the gate's
//   second  [16] of the second of a pair, else unused
template <typename Y>
void finish_panel_row(const Epilogue& e, const float* sums, const float* second, int64_t row,
                      int64_t column) {
  Y* y = static_cast<Y*>(e.y) + row * e.y_stride;
  const Y* residual = static_cast<const Y*>(e.residual) + row * e.residual_stride;
  for (int64_t lane = 0; lane < kPanelColumns; lane += kLanes) {
    const int64_t c = column + lane;
    if (c >= e.N) return;
    const int64_t n = e.N - c < kLanes ? e.N - c : kLanes;
    const auto z_of = [&](const float* sum, const float* bias) {
      const vfloat z = load(sum + lane);
      return rounded_to<Y>(bias ? z + load_some(bias + c, n) : z);
    };
    vfloat z = z_of(sums, e.bias);
    switch (e.kind) {
      case FOV_EPILOGUE_NONE:
        break;
      case FOV_EPILOGUE_GELU_ERF:
        z = gelu(z);
        break;
      case FOV_EPILOGUE_QUICK_GELU:
        z = quick_gelu(z);
        break;
      case FOV_EPILOGUE_RESIDUAL:
        z = load_some(residual + c, n) + z;
        break;
      case FOV_EPILOGUE_RELU:
        z = relu(z);
        break;
      case FOV_EPILOGUE_RESIDUAL_RELU:
        z = relu(load_some(residual + c, n) + z);
        break;
      case FOV_EPILOGUE_SWIGLU:
        z = rounded_to<Y>(silu(z)) * z_of(second, e.bias ? e.bias + e.N : nullptr);
        break;
    }
    store_some(y + c, z, n);
  }
}

// Finishes panels [panel, panel + panels) of rows [row, row + rows).
//   sums  [panels][rows][16]
template <typename Y>
void finish(const Epilogue& e, const float* sums, int64_t row, int64_t rows, int64_t panel,
            int64_t panels) {
  const int64_t pair = e.kind == FOV_EPILOGUE_SWIGLU ? 2 : 1;
  const int64_t panel_elements = rows * kPanelColumns;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t p = 0; p < panels; p += pair) {
      const float* at = sums + p * panel_elements + r * kPanelColumns;
      finish_panel_row<Y>(e, at, at + panel_elements, row + r, (panel + p) / pair * kPanelColumns);
    }
}

}  // namespace fovea::cpu::FOV_ISA
