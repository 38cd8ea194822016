// Checks of maps and their windows.
#pragma once
#include "common/check.h"
#include "common/windows.h"

namespace fovea {

// The sizes by themselves, and that rows of x are whole maps.
[[maybe_unused]] static void check_windows(Checks& checks, const fov_tensor& x, const Windows& w) {
  const auto number = [](int64_t n) { return static_cast<long long>(n); };
  constexpr int64_t kMostPixels = 1 << 24, kLargestWindow = 1024;
  const auto within = [&](const char* name, int64_t value, int64_t low, int64_t high) {
    checks.that(value >= low && value <= high, "%s in %lld..%lld, got %lld", name, number(low),
                number(high), number(value));
  };
  within("height", w.height, 1, kMostPixels);
  within("width", w.width, 1, kMostPixels);
  within("window_height", w.window_height, 1, kLargestWindow);
  within("window_width", w.window_width, 1, kLargestWindow);
  within("stride", w.stride, 1, kLargestWindow);
  within("padding", w.padding, 0,
         w.window_height < w.window_width ? w.window_height - 1 : w.window_width - 1);
  checks.that(w.window_height <= w.height + 2 * w.padding,
              "window_height of at most %lld, the map with its padding, got %lld",
              number(w.height + 2 * w.padding), number(w.window_height));
  checks.that(w.window_width <= w.width + 2 * w.padding,
              "window_width of at most %lld, the map with its padding, got %lld",
              number(w.width + 2 * w.padding), number(w.window_width));
  if (!checks.ok()) return;
  checks.that(x.shape[0] % pixels(w) == 0, "x: whole maps of %lld rows, got %s", number(pixels(w)),
              describe(x).c_str());
}

// A map of y for each of x.
[[maybe_unused]] static void check_outputs(Checks& checks, const fov_tensor& x, const fov_tensor& y,
                                           const Windows& w) {
  if (!checks.ok()) return;
  const int64_t maps = x.shape[0] / pixels(w);
  checks.that(y.shape[0] % outputs(w) == 0 && y.shape[0] / outputs(w) == maps,
              "y: %lld maps of %lld x %lld rows, got %s", static_cast<long long>(maps),
              static_cast<long long>(output_height(w)), static_cast<long long>(output_width(w)),
              describe(y).c_str());
}

}  // namespace fovea
