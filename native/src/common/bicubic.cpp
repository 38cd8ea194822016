#include "common/bicubic.h"

#include <algorithm>
#include <cmath>

namespace fovea {
namespace {

// Keys' cubic convolution with a = -0.5; support 2. The order of operations is part of the result.
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

int32_t fixed_point(double weight) {
  const double scaled = weight * (1 << kWeightBits);
  return int32_t(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

// Leaves the input's own taps of those at taps.first.., which count in the whole axis.
void BicubicAxis::clip(Span span, Taps& taps, const int32_t* weights) {
  const int64_t first = std::clamp<int64_t>(taps.first - span.before, 0, span.in);
  const int64_t end = std::clamp<int64_t>(taps.first + taps.count - span.before, 0, span.in);
  int32_t white = 0;
  for (int64_t i = 0; i < taps.count; ++i) {
    const int64_t at = taps.first + i - span.before;
    if (at >= first && at < end)
      weights_.push_back(weights[i]);
    else
      white += 255 * weights[i];
  }
  taps = {first, end - first, nullptr, white};
}

BicubicAxis::BicubicAxis(Span span, int64_t out) {
  if (span.in == out && span.total == out) return;
  const double scale = double(span.total) / double(out);
  const double filter_scale = std::max(scale, 1.0);
  const double support = 2.0 * filter_scale;
  const double inverse = 1.0 / filter_scale;
  std::vector<double> weights(size_t(std::ceil(support)) * 2 + 1);
  std::vector<int32_t> rounded(weights.size());
  taps_.resize(size_t(out));
  for (Taps& taps : taps_) {
    const double centre = (double(&taps - taps_.data()) + 0.5) * scale;
    taps.first = std::max<int64_t>(int64_t(centre - support + 0.5), 0);
    taps.count = std::min<int64_t>(int64_t(centre + support + 0.5), span.total) - taps.first;
    double sum = 0;
    for (int64_t i = 0; i < taps.count; ++i) {
      weights[size_t(i)] = bicubic((double(i + taps.first) - centre + 0.5) * inverse);
      sum += weights[size_t(i)];
    }
    for (int64_t i = 0; i < taps.count; ++i)
      rounded[size_t(i)] = fixed_point(sum != 0.0 ? weights[size_t(i)] / sum : weights[size_t(i)]);
    clip(span, taps, rounded.data());
  }
  const int32_t* next = weights_.data();
  for (Taps& taps : taps_) {
    taps.weights = next;
    next += taps.count;
  }
}

BicubicAxis::~BicubicAxis() = default;

const Taps* BicubicAxis::taps() const { return taps_.empty() ? nullptr : taps_.data(); }

}  // namespace fovea
