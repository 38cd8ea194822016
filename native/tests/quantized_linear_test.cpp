// linear and routed_linear with i8, i4 and f8 weights, in both layouts.
#include "linear_oracle.h"
#include "stored.h"

using namespace fovea::test;

namespace {

// How weights are stored and multiplied, and what they meet.
struct Kind {
  int32_t dtype, layout, scale_dtype, x;
};
constexpr Kind kKinds[] = {
    {FOV_I8, FOV_PACKED, FOV_F32, FOV_F32},       {FOV_I8, FOV_PACKED, FOV_BF16, FOV_BF16},
    {FOV_I4, FOV_PACKED, FOV_BF16, FOV_F32},      {FOV_I4, FOV_PACKED, FOV_F16, FOV_BF16},
    {FOV_F8, FOV_PACKED, FOV_F16, FOV_F32},       {FOV_F8, FOV_PACKED, FOV_F32, FOV_BF16},
    {FOV_I8, FOV_PACKED_INT8, FOV_BF16, FOV_F32}, {FOV_I8, FOV_PACKED_INT8, FOV_F32, FOV_BF16},
    {FOV_I4, FOV_PACKED_INT8, FOV_F16, FOV_F32},  {FOV_I4, FOV_PACKED_INT8, FOV_BF16, FOV_BF16},
    {FOV_I4, FOV_PACKED_INT8, FOV_F32, FOV_F32},
};
constexpr int64_t kXGroup = 32;  // inputs that share a scale of quantised x

struct Size {
  int64_t R, N, K, group;
};

// One call of linear with everything it needs.
struct Problem {
  Problem(const Context& context, Kind kind, Size size, int32_t epilogue = FOV_EPILOGUE_NONE,
          bool has_bias = false)
      : kind(kind),
        size(size),
        epilogue(epilogue),
        has_bias(has_bias),
        x(random_tensor(kind.x, {size.R, size.K}, size.R % 3)),
        first(kind.dtype, kind.scale_dtype, size.N, size.K, size.group),
        second(kind.dtype, kind.scale_dtype, size.N, size.K, size.group),
        bias(random_tensor(FOV_F32, {pair() ? 2 * size.N : size.N})),
        residual(random_tensor(kind.x, {size.R, size.N})),
        packed(context, kind.dtype, kind.layout, size.K, size.group, first.values, first.scales,
               pair() ? static_cast<const fov_tensor*>(second.values) : nullptr,
               pair() ? static_cast<const fov_tensor*>(second.scales) : nullptr) {}

  bool pair() const { return epilogue == FOV_EPILOGUE_SWIGLU; }
  bool integers() const { return kind.layout == FOV_PACKED_INT8; }
  const fov_tensor* bias_or_null() const {
    return has_bias ? static_cast<const fov_tensor*>(bias) : nullptr;
  }
  const fov_tensor* residual_or_null() const {
    return adds_residual(epilogue) ? static_cast<const fov_tensor*>(residual) : nullptr;
  }
  Tensor run(const Context& context) const {
    Tensor y(kind.x, {size.R, size.N}, size.R % 2);
    CHECK_OK(fov_linear(context, x, packed, bias_or_null(), epilogue, residual_or_null(), y));
    CHECK(y.intact(), "wrote outside y");
    return y;
  }
  std::string text() const {
    return std::string(dtype_text(kind.x)) + " x " + dtype_text(kind.dtype) +
           (integers() ? " as integers" : " as floats") + ", scales " +
           dtype_text(kind.scale_dtype) + ", epilogue " + std::to_string(epilogue) + ", R" +
           std::to_string(size.R) + " N" + std::to_string(size.N) + " K" + std::to_string(size.K) +
           " group " + std::to_string(size.group);
  }

  Kind kind;
  Size size;
  int32_t epilogue;
  bool has_bias;
  Tensor x;
  Stored first, second;
  Tensor bias, residual;
  Packed packed;
};

// A group of x as the contract quantises it.
struct QuantizedGroup {
  std::vector<int> q;
  float scale;
};

QuantizedGroup quantized(const double* x, int64_t n) {
  float top = 0;
  for (int64_t k = 0; k < n; ++k) top = std::max(top, float(std::abs(x[k])));
  QuantizedGroup group{std::vector<int>(size_t(n)), top / 127};
  for (int64_t k = 0; k < n && group.scale > 0; ++k) {
    const float quotient = float(x[k]) / group.scale;
    group.q[size_t(k)] = int(std::nearbyint(std::clamp(quotient, -127.0f, 127.0f)));
  }
  return group;
}

// Sum of exact terms scale * sum, one rounding each, or two without FMA.
Range integer_z(const Problem& p, const Stored& w, const std::vector<QuantizedGroup>& groups,
                int64_t n, const double* bias) {
  double z = 0, magnitude = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    const int64_t begin = int64_t(g) * kXGroup;
    int64_t sum = 0;
    for (size_t k = 0; k < groups[g].q.size(); ++k)
      sum += int64_t(groups[g].q[k]) * int64_t(w.q[size_t(n * p.size.K + begin) + k]);
    const float scale = float(w.scale(n, begin)) * groups[g].scale;
    z += double(scale) * double(sum);
    magnitude += std::abs(double(scale) * double(sum));
  }
  return with_bias(z, sum_error(int64_t(groups.size()), magnitude), bias, p.kind.x);
}

void compare(const Problem& p, const Tensor& y) {
  const auto [R, N, K, group] = p.size;
  const std::vector<double> x = p.x.values(), bias = p.bias.values();
  const std::vector<double> first = p.first.dequantized(), second = p.second.dequantized();
  for (int64_t r = 0; r < R; ++r) {
    std::vector<QuantizedGroup> groups;
    for (int64_t k = 0; k < K; k += kXGroup)
      groups.push_back(quantized(&x[size_t(r * K + k)], std::min(kXGroup, K - k)));
    for (int64_t n = 0; n < N; ++n) {
      const auto z_of = [&](const Stored& stored, const std::vector<double>& w, int64_t at) {
        const double* b = p.has_bias ? &bias[size_t(at)] : nullptr;
        return p.integers() ? integer_z(p, stored, groups, n, b)
                            : exact_z(x, w, b, r, n, K, p.kind.x);
      };
      const Range z = z_of(p.first, first, n);
      const Range other = p.pair() ? z_of(p.second, second, N + n) : Range{0, 0};
      const Range want = expected(p.epilogue, p.kind.x, z, other, p.residual.get(r * N + n));
      const double got = y.get(r * N + n);
      CHECK(got >= want.low && got <= want.high, "%s: y[%d,%d] is %.9g, wanted %.9g..%.9g",
            p.text().c_str(), int(r), int(n), got, want.low, want.high);
    }
  }
}

}  // namespace

TEST(agrees_with_the_formula) {
  Context context(2);
  constexpr std::pair<int64_t, int64_t> kInputs[] = {{32, 32},   {64, 32},   {40, 40},  {8, 8},
                                                     {384, 128}, {960, 960}, {288, 96}, {320, 64}};
  int64_t turn = 0;
  for (int64_t R : {1, 2, 4, 5, 7, 12, 33, 129})
    for (int64_t N : {1, 16, 17, 48})
      for (const auto& [K, group] : kInputs)
        for (const Kind& kind : kKinds) {
          if (++turn % 5 && R * N * K > 50000) continue;  // a fifth of the large ones
          const Problem p(context, kind, {R, N, K, group}, kEpilogues[turn % 7], turn % 5 < 3);
          compare(p, p.run(context));
        }
}

TEST(inputs_that_fill_no_word) {  // i8 and f8 with one scale a row take any K
  Context context;
  for (const Kind& kind : kKinds)
    for (int64_t K : {1, 3, 31, 33, 35, 62, 129})
      for (int64_t R : {1, 20}) {
        if (kind.dtype == FOV_I4) continue;
        const Problem p(context, kind, {R, 19, K, K}, FOV_EPILOGUE_NONE, true);
        compare(p, p.run(context));
      }
}

TEST(agrees_across_blocks_of_rows_panels_and_k) {
  Context context(2);
  for (const Kind& kind : kKinds) {
    const Problem p(context, kind, {245, 35, 1280, 128}, FOV_EPILOGUE_SWIGLU, true);
    compare(p, p.run(context));
    const Problem q(context, kind, {21, 33, 2016, 672});  // blocks end inside groups
    compare(q, q.run(context));
  }
}

TEST(elements_may_begin_anywhere) {
  Context context;
  const Unaligned unaligned;
  for (const Kind& kind : kKinds) {
    const Problem p(context, kind, {5, 48, 128, 64}, FOV_EPILOGUE_RESIDUAL, true);
    compare(p, p.run(context));
  }
}

TEST(decode_equals_prefill) {
  Context context(2);
  for (const Kind& kind : kKinds)
    for (int32_t epilogue : {FOV_EPILOGUE_NONE, FOV_EPILOGUE_SWIGLU}) {
      const Problem p(context, kind, {37, 83, 1312, 32}, epilogue, true);
      const Tensor all = p.run(context);
      for (int64_t rows = 1; rows <= 18; ++rows) {
        const int64_t begin = uniform_int(0, p.size.R - rows);
        const Tensor y(kind.x, {rows, p.size.N});
        const fov_tensor x = p.x.rows(begin, rows);
        CHECK_OK(fov_linear(context, &x, p.packed, p.bias, epilogue, nullptr, y));
        CHECK(same_rows(y, 0, all, begin, rows), "%s: %d rows from %d differ", p.text().c_str(),
              int(rows), int(begin));
      }
    }
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2), five(5);
  for (const Kind& kind : kKinds)
    for (int64_t R : {1, 3, 70, emulated() ? 140 : 260}) {
      const Problem p(one, kind, {R, 100, 320, 64}, FOV_EPILOGUE_GELU_ERF, true);
      const Tensor y = p.run(one);
      CHECK(y.same_bits(p.run(two)), "%s: 1 and 2 threads differ", p.text().c_str());
      CHECK(y.same_bits(p.run(five)), "%s: 1 and 5 threads differ", p.text().c_str());
    }
}

TEST(both_layouts_hold_the_same_bytes) {
  Context context;
  for (int32_t dtype : {FOV_I8, FOV_I4}) {
    const Stored w(dtype, FOV_BF16, 50, 96, 32);
    const Packed floats(context, dtype, FOV_PACKED, 96, 32, w.values, w.scales);
    const Packed integers(context, dtype, FOV_PACKED_INT8, 96, 32, w.values, w.scales);
    CHECK(floats.same_bytes(integers), "%s differs", dtype_text(dtype));
  }
}

// Rows quantise by themselves, and a zero group contributes nothing, not a NaN.
TEST(zero_and_tiny_groups) {
  Context context;
  for (const Kind& kind : kKinds) {
    Problem p(context, kind, {6, 18, 96, 32});
    for (int64_t k = 0; k < 96; ++k) {
      if (k < 32) p.x.set(k, 0);
      p.x.set(1 * 96 + k, 0);
      p.x.set(2 * 96 + k, p.x.get(2 * 96 + k) * 0x1p-120);
      p.x.set(3 * 96 + k, k % 2 ? 0x1p-126 : -0x1p-126);
      p.x.set(4 * 96 + k, k % 2 ? 0x1.68p-142 : -0x1.68p-142);  // 180 of the least f32
    }
    p.first.scales.fill([](int64_t i) { return double(i % 7 + 1) * 0x1p8; });
    CHECK_OK(
        fov_pack_quantized(context, p.first.values, p.first.scales, nullptr, nullptr, p.packed));
    compare(p, p.run(context));
  }
}

// The largest sums that a group can have, of both signs: nothing saturates or wraps.
TEST(extreme_values) {
  Context context;
  for (const Kind& kind : kKinds) {
    if (kind.dtype == FOV_F8) continue;
    const double low = kind.dtype == FOV_I8 ? -128 : -8, high = -low - 1;
    for (int64_t R : {4, 24}) {
      Problem p(context, kind, {R, 16, 64, 64});
      p.x.fill(
          [&](int64_t i) { return (i / 64 % 2 ? -1 : 1) * (i / 64 % 4 < 2 || i % 2 ? 1 : -1); });
      for (int64_t i = 0; i < 16 * 64; ++i)
        p.first.q[size_t(i)] = i / 64 % 4 == 0 ? low : i / 64 % 4 == 1 ? high : i % 2 ? low : high;
      p.first.store_integers();
      CHECK_OK(
          fov_pack_quantized(context, p.first.values, p.first.scales, nullptr, nullptr, p.packed));
      compare(p, p.run(context));
    }
  }
}

TEST(not_finite_rows_stay_there) {
  Context context;
  for (const Kind& kind : kKinds)
    for (double value : {double(NAN), double(INFINITY), -double(INFINITY)})
      for (int64_t R : {2, 20}) {
        Problem p(context, kind, {R, 17, 40, 40});
        p.x.set((R - 1) * 40 + 39, value);
        const Tensor y = p.run(context);
        for (int64_t i = 0; i < R * 17; ++i) {
          const bool finite = std::isfinite(y.get(i));
          CHECK(finite == (i / 17 != R - 1), "%s: element %d is %g", p.text().c_str(), int(i),
                y.get(i));
          if (i / 17 == R - 1 && (p.integers() || std::isnan(value)))
            CHECK(std::isnan(y.get(i)), "%s: element %d is %g", p.text().c_str(), int(i), y.get(i));
        }
      }
}

TEST(routed_sets_may_differ) {
  Context context(2);
  for (const Kind& v : kKinds)
    for (const Kind& l : kKinds) {
      if (v.x != l.x) continue;
      const int64_t R = 11;
      const Problem vision(context, v, {R, 50, 192, 192}, FOV_EPILOGUE_SWIGLU, true);
      const Problem language(context, l, {R, 50, 192, 32}, FOV_EPILOGUE_SWIGLU, true);
      const Tensor from_vision = vision.run(context), y(v.x, {R, 50}, 1);
      const Tensor from_language(v.x, {R, 50}, 1);
      CHECK_OK(fov_linear(context, vision.x, language.packed, language.bias, FOV_EPILOGUE_SWIGLU,
                          nullptr, from_language));
      CHECK_OK(fov_routed_linear(context, vision.x, 4, vision.packed, vision.bias, language.packed,
                                 language.bias, FOV_EPILOGUE_SWIGLU, nullptr, y));
      CHECK(same_rows(y, 0, from_vision, 0, 4) && same_rows(y, 4, from_language, 4, R - 4),
            "%s and %s", vision.text().c_str(), language.text().c_str());
    }
}

TEST(wrong_arguments) {
  Context context;
  Problem p(context, kKinds[0], {3, 18, 64, 32});
  Problem f8(context, kKinds[4], {3, 18, 64, 32});
  const Tensor y(FOV_F32, {3, 18});
  const auto linear = [&](const Problem& problem) {
    return fov_linear(context, problem.x, problem.packed, nullptr, 0, nullptr, y);
  };
  f8.packed.edit()->layout = FOV_PACKED_INT8;
  CHECK_INVALID("weights: wanted layout FOV_PACKED, but for i8 | i4", linear(f8));
  p.packed.edit()->layout = 3;
  CHECK_INVALID("weights: wanted layout FOV_PACKED", linear(p));
  p.packed.edit()->layout = FOV_PACKED;
  for (int64_t group : {0, -32, 16, 48, 128}) {
    p.packed.edit()->stride[0] = group;
    CHECK_INVALID("weights: a group", linear(p));
  }
  p.packed.edit()->stride[0] = 32;
  p.packed.edit()->stride[1] = FOV_I32;
  CHECK_INVALID("weights: a scale dtype", linear(p));
  p.packed.edit()->stride[1] = FOV_F32;
  CHECK_OK(linear(p));
  Tensor inside(y);
  inside.edit()->data = static_cast<char*>(p.packed.edit()->data) +
                        fov_packed_quantized_bytes(context, FOV_I8, FOV_F32, 18, 64, 32) - 4;
  CHECK_INVALID("does not overlap",
                fov_linear(context, p.x, p.packed, nullptr, 0, nullptr, inside));
}

FOVEA_TEST_MAIN()
