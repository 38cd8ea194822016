// Windows of maps as rows: what a convolution multiplies, a few rows at a time.
#pragma once
#include "common/windows.h"
#include "cpu/rows.h"

namespace fovea::cpu::FOV_ISA {

// Most windows have no padding: a call with nothing to do would cost more than the copy of few
// channels.
template <typename T>
FOV_INLINE void clear(T* at, int64_t count) {
  if (count > 0) std::memset(at, 0, size_t(count) * sizeof(T));
}

// One window to `row` [kh*kw*C].
//   maps  rows of C channels, `stride` elements apart
template <typename T>
void copy_window(const T* maps, int64_t stride, int64_t C, const Windows& w, int64_t window,
                 T* row) {
  const WindowPlace at = place_of(w, window);
  const PixelRange columns = columns_inside(w, at);
  const int64_t before = columns.begin - at.left, after = columns.end - at.left;
  const int64_t inside = (after - before) * C;  // values of a line
  for (int64_t u = 0; u < w.window_height; ++u, row += w.window_width * C) {
    const int64_t line = at.top + u;
    if (line < 0 || line >= w.height) {
      clear(row, w.window_width * C);
      continue;
    }
    const T* from = maps + ((at.map * w.height + line) * w.width + columns.begin) * stride;
    clear(row, before * C);
    if (stride == C)
      std::memcpy(row + before * C, from, size_t(inside) * sizeof(T));
    else
      for (int64_t v = before; v < after; ++v)
        std::memcpy(row + v * C, from + (v - before) * stride, size_t(C) * sizeof(T));
    clear(row + after * C, (w.window_width - after) * C);
  }
}

// Windows [first, first + rows) to rows [rows][K].
template <typename T>
void copy_windows(const T* maps, int64_t stride, int64_t K, const Windows& w, int64_t first,
                  int64_t rows, T* to) {
  const int64_t C = K / (w.window_height * w.window_width);
  for (int64_t r = 0; r < rows; ++r) copy_window(maps, stride, C, w, first + r, to + r * K);
}

}  // namespace fovea::cpu::FOV_ISA
