// A float64 oracle of linear: every value that an output may have, and comparisons of rows.
#pragma once
#include <algorithm>

#include "harness.h"

namespace fovea::test {

// Everything a value may be after f32 arithmetic and the roundings of the contract. Rounding is
// monotonic, so the ends of the range are rounded: for bf16 the range is mostly a single value.
struct Range {
  double low, high;
  Range widened(double by) const { return {low - by, high + by}; }
  Range rounded_to(int32_t dtype) const { return {rounded(dtype, low), rounded(dtype, high)}; }
  double magnitude() const { return std::max(std::abs(low), std::abs(high)); }
};

// f falls up to its minimum at `bottom`, then rises.
template <typename Function>
inline Range apply(const Function& f, double bottom, Range z) {
  const double least = f(std::clamp(bottom, z.low, z.high));
  return {least, std::max(f(z.low), f(z.high))};
}
inline Range product(Range a, Range b) {
  const double all[] = {a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high};
  return {*std::min_element(all, all + 4), *std::max_element(all, all + 4)};
}
inline Range sum(Range a, Range b) { return {a.low + b.low, a.high + b.high}; }

constexpr double kGeluBottom = -0.7517916243494656, kSiluBottom = -1.2784645427610738;
constexpr double kQuickGeluBottom = kSiluBottom / 1.702;  // silu with another scale on both axes
inline double gelu(double z) { return 0.5 * z * (1 + std::erf(z / std::sqrt(2.0))); }
inline double quick_gelu(double z) { return z / (1 + std::exp(-1.702 * z)); }
inline double relu(double z) { return z < 0 ? 0 : z; }
inline double silu(double z) { return z / (1 + std::exp(-z)); }

constexpr double kHalfUnit = 0x1p-24;  // relative error of one f32 rounding

// Error of an f32 sum of K rounded products, `magnitude` = sum |product|. It rounds at most 2K
// times, each by half a unit of a partial sum that is at most `magnitude`. The errors are
// independent: their sum stays below 6 sqrt(2K) half units, and below 2K of them in any case.
inline double sum_error(int64_t K, double magnitude) {
  return std::min(2.0 * double(K), 6 * std::sqrt(2.0 * double(K))) * kHalfUnit * magnitude;
}

// z from the exact sum of products, the error of its f32 sum, and the bias.
inline Range with_bias(double sum, double error, const double* bias, int32_t dtype) {
  if (bias) {
    sum += *bias;
    error += kHalfUnit * (std::abs(sum) + error);
  }
  return Range{sum, sum}.widened(error).rounded_to(dtype);
}

// z of one output.
inline Range exact_z(const std::vector<double>& x, const std::vector<double>& w, const double* bias,
                     int64_t r, int64_t n, int64_t K, int32_t dtype) {
  double z = 0, magnitude = 0;
  for (int64_t k = 0; k < K; ++k) {
    const double product = x[size_t(r * K + k)] * w[size_t(n * K + k)];
    z += product;
    magnitude += std::abs(product);
  }
  return with_bias(z, sum_error(K, magnitude), bias, dtype);
}

// f32 activations are good to 4 units of z: gelu, quick gelu and silu are z times a factor in
// [0, 1].
inline Range activation_error(Range value, Range z) {
  return value.widened(8 * kHalfUnit * z.magnitude());
}

constexpr int32_t kEpilogues[] = {
    FOV_EPILOGUE_NONE,       FOV_EPILOGUE_GELU_ERF, FOV_EPILOGUE_RESIDUAL,     FOV_EPILOGUE_SWIGLU,
    FOV_EPILOGUE_QUICK_GELU, FOV_EPILOGUE_RELU,     FOV_EPILOGUE_RESIDUAL_RELU};
inline bool adds_residual(int32_t epilogue) {
  return epilogue == FOV_EPILOGUE_RESIDUAL || epilogue == FOV_EPILOGUE_RESIDUAL_RELU;
}

// y of one output after the epilogue; `second` and `residual` where it has them.
inline Range expected(int32_t epilogue, int32_t dtype, Range z, Range second, double residual) {
  switch (epilogue) {
    case FOV_EPILOGUE_GELU_ERF:
      return activation_error(apply(gelu, kGeluBottom, z), z).rounded_to(dtype);
    case FOV_EPILOGUE_QUICK_GELU:
      return activation_error(apply(quick_gelu, kQuickGeluBottom, z), z).rounded_to(dtype);
    case FOV_EPILOGUE_RELU:
      return {relu(z.low), relu(z.high)};
    case FOV_EPILOGUE_RESIDUAL:
    case FOV_EPILOGUE_RESIDUAL_RELU: {
      const Range total = sum(z, {residual, residual});
      const Range y = total.widened(kHalfUnit * total.magnitude()).rounded_to(dtype);
      return epilogue == FOV_EPILOGUE_RESIDUAL ? y : Range{relu(y.low), relu(y.high)};
    }
    case FOV_EPILOGUE_SWIGLU: {
      const Range y =
          product(activation_error(apply(silu, kSiluBottom, z), z).rounded_to(dtype), second);
      return y.widened(kHalfUnit * y.magnitude()).rounded_to(dtype);
    }
    default:
      return z;
  }
}

inline bool same_rows(const Tensor& a, int64_t a_row, const Tensor& b, int64_t b_row,
                      int64_t rows) {
  const auto bytes = size_t(a.size(1) * a.width());
  for (int64_t r = 0; r < rows; ++r)
    if (std::memcmp(a.at((a_row + r) * a.size(1)), b.at((b_row + r) * b.size(1)), bytes) != 0)
      return false;
  return true;
}

}  // namespace fovea::test
