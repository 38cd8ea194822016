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

BicubicAxis::BicubicAxis(int64_t in, int64_t out) {
  if (in == out) return;
  const double scale = double(in) / double(out);
  const double filter_scale = std::max(scale, 1.0);
  const double support = 2.0 * filter_scale;
  const double inverse = 1.0 / filter_scale;
  std::vector<double> weights(size_t(std::ceil(support)) * 2 + 1);
  taps_.resize(size_t(out));
  for (Taps& taps : taps_) {
    const double centre = (double(&taps - taps_.data()) + 0.5) * scale;
    taps.first = std::max<int64_t>(int64_t(centre - support + 0.5), 0);
    taps.count = std::min<int64_t>(int64_t(centre + support + 0.5), in) - taps.first;
    double sum = 0;
    for (int64_t i = 0; i < taps.count; ++i) {
      weights[size_t(i)] = bicubic((double(i + taps.first) - centre + 0.5) * inverse);
      sum += weights[size_t(i)];
    }
    for (int64_t i = 0; i < taps.count; ++i)
      weights_.push_back(fixed_point(sum != 0.0 ? weights[size_t(i)] / sum : weights[size_t(i)]));
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
