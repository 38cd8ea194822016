#include "common/windows.h"
#include "cuda/kernel_declarations.h"
#include "cuda/rows.h"

namespace fovea::cuda {
namespace {

template <typename T>
struct MaxPool {
  Rows<const T> x;
  Windows windows;
  Rows<T> y;
  int64_t C;
  int threads;
};

// A block has one window. It has a pixel inside its map, as padding is less than its sides.
template <typename T>
SIMT_KERNEL(kRowThreads, 1)
max_pool_kernel(MaxPool<T> p) {
  const Windows& w = p.windows;
  const WindowPlace at = place_of(w, block().x);
  const PixelRange lines = lines_inside(w, at), columns = columns_inside(w, at);
  T* y = p.y[block().x];
  for_elements(p.C, p.threads, [&](int64_t c) {
    float largest = -INFINITY;
    for (int64_t line = lines.begin; line < lines.end; ++line) {
      const int64_t row = (at.map * w.height + line) * w.width;
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        const float value = to_float(p.x[row + column][c]);
        if (value > largest || value != value) largest = value;  // a NaN stays
      }
    }
    y[c] = from_float<T>(largest);
  });
}

}  // namespace

fov_status max_pool(fov_context& context, const fov_tensor& x, const Windows& windows,
                    const fov_tensor& y) {
  const int64_t R = y.shape[0], C = y.shape[1];
  return with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    return cuda_context(context).launch(
        max_pool_kernel<T>, one_block_a_row(R, C),
        MaxPool<T>{Rows<const T>(x), windows, Rows<T>(y), C, row_threads(C)});
  });
}

}  // namespace fovea::cuda
