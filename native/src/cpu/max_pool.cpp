#include "common/windows.h"
#include "cpu/kernel_declarations.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {
namespace {

// One window to a row of C channels. A window has a pixel inside its map, as padding is less than
// its sides.
template <typename T>
void pool_window(const Rows<const T>& x, const Windows& w, int64_t window, int64_t C, T* y) {
  const WindowPlace at = place_of(w, window);
  const PixelRange lines = lines_inside(w, at), columns = columns_inside(w, at);
  for_vectors(C, [&](int64_t c, int64_t n) {
    vfloat largest = broadcast(-__builtin_inff());
    for (int64_t line = lines.begin; line < lines.end; ++line) {
      const int64_t row = (at.map * w.height + line) * w.width;
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        const vfloat value = load_some(x[row + column] + c, n);
        largest = (value > largest) | (value != value) ? value : largest;  // a NaN stays
      }
    }
    store_some(y + c, largest, n);
  });
}

}  // namespace

fov_status max_pool(fov_context& context, const fov_tensor& x, const Windows& windows,
                    const fov_tensor& y) {
  const int64_t R = y.shape[0], C = y.shape[1];
  const int64_t work = windows.window_height * windows.window_width * C;  // of a window
  with_activation(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Rows<const T> from(x);
    const Rows<T> to(y);
    for_rows(context, R, work, [&](int64_t r) { pool_window<T>(from, windows, r, C, to[r]); });
  });
  return FOV_OK;
}

}  // namespace fovea::cpu::FOV_ISA
