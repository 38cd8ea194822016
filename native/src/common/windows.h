// Windows of maps, as ops.h describes them.
#pragma once
#include <cstdint>

namespace fovea {

struct Windows {
  int64_t height, width;  // of a map
  int64_t window_height, window_width;
  int64_t stride, padding;
};

[[maybe_unused]] static constexpr int64_t output_height(const Windows& w) {
  return (w.height + 2 * w.padding - w.window_height) / w.stride + 1;
}
[[maybe_unused]] static constexpr int64_t output_width(const Windows& w) {
  return (w.width + 2 * w.padding - w.window_width) / w.stride + 1;
}
// Pixels of a map and of what its windows make.
[[maybe_unused]] static constexpr int64_t pixels(const Windows& w) { return w.height * w.width; }
[[maybe_unused]] static constexpr int64_t outputs(const Windows& w) {
  return output_height(w) * output_width(w);
}

// Where window `row` of all maps begins: its map, and its first pixel, which may lie outside.
struct WindowPlace {
  int64_t map, top, left;
};

[[maybe_unused]] static constexpr WindowPlace place_of(const Windows& w, int64_t row) {
  const int64_t across = output_width(w), in_map = row % outputs(w);
  return {row / outputs(w), in_map / across * w.stride - w.padding,
          in_map % across * w.stride - w.padding};
}

// Lines and columns [begin, end) of a window that lie inside its map.
struct PixelRange {
  int64_t begin, end;
};

[[maybe_unused]] static constexpr PixelRange range_inside(int64_t first, int64_t count,
                                                          int64_t size) {
  return {first < 0 ? 0 : first, first + count < size ? first + count : size};
}
[[maybe_unused]] static constexpr PixelRange lines_inside(const Windows& w, const WindowPlace& at) {
  return range_inside(at.top, w.window_height, w.height);
}
[[maybe_unused]] static constexpr PixelRange columns_inside(const Windows& w,
                                                            const WindowPlace& at) {
  return range_inside(at.left, w.window_width, w.width);
}

}  // namespace fovea
