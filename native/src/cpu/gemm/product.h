// The plan of one matrix product on the CPU: how the rows, the columns and K are cut.
#pragma once
#include "cpu/cpu_context.h"
#include "cpu/gemm/epilogue.h"
#include "cpu/gemm/pack_rows.h"
#include "cpu/gemm/tile.h"

namespace fovea::cpu::FOV_ISA {

// One weight set times a range of rows, or times the windows of maps.
struct Product {
  const void* x;  // [R, K], first row of the range; with windows the maps
  int32_t x_dtype;
  int64_t x_stride;
  int64_t R, K;
  const fov_tensor& weights;  // packed, see packed_layout.h
  Epilogue epilogue;
  const Windows* windows = nullptr;  // these are the R rows of K inputs
};

// y = epilogue(x W^T). Throws std::bad_alloc before anything is written.
void multiply(CpuContext& context, const Product& product);

}  // namespace fovea::cpu::FOV_ISA
