#include "linear_oracle.h"
#include "packed.h"

using namespace fovea::test;

namespace {

// dtypes of x, weights and y that linear serves.
struct Dtypes {
  int32_t x, weights, y;
};
constexpr Dtypes kDtypes[] = {
    {FOV_F32, FOV_F32, FOV_F32}, {FOV_F32, FOV_BF16, FOV_F32}, {FOV_BF16, FOV_BF16, FOV_BF16}};
constexpr Dtypes kLogits = {FOV_BF16, FOV_BF16, FOV_F32};

// One call of linear with everything it needs.
struct Problem {
  Problem(const Context& context, Dtypes dtypes, int32_t epilogue, bool has_bias, int64_t R,
          int64_t N, int64_t K, int64_t padding = 0)
      : dtypes(dtypes),
        epilogue(epilogue),
        R(R),
        N(N),
        K(K),
        x(random_tensor(dtypes.x, {R, K}, padding)),
        first(random_host_tensor(dtypes.weights, {N, K}, padding)),
        second(random_host_tensor(dtypes.weights, {N, K}, padding)),
        bias(random_tensor(FOV_F32, {pair() ? 2 * N : N})),
        residual(random_tensor(dtypes.x, {R, N}, padding)),
        has_bias(has_bias),
        packed(context, dtypes.weights, first,
               pair() ? static_cast<const fov_tensor*>(second) : nullptr) {}

  bool pair() const { return epilogue == FOV_EPILOGUE_SWIGLU; }
  const fov_tensor* bias_or_null() const {
    return has_bias ? static_cast<const fov_tensor*>(bias) : nullptr;
  }
  const fov_tensor* residual_or_null() const {
    return adds_residual(epilogue) ? static_cast<const fov_tensor*>(residual) : nullptr;
  }
  Tensor run(const Context& context, int64_t padding = 0) const {
    Tensor y(dtypes.y, {R, N}, padding);
    CHECK_OK(fov_linear(context, x, packed, bias_or_null(), epilogue, residual_or_null(), y));
    CHECK(y.intact(), "wrote outside y");
    return y;
  }
  std::string text() const {
    return std::string(dtype_text(dtypes.x)) + " x " + dtype_text(dtypes.weights) + " to " +
           dtype_text(dtypes.y) + " epilogue " + std::to_string(epilogue) +
           (has_bias ? " bias" : "") + " R=" + std::to_string(R) + " N=" + std::to_string(N) +
           " K=" + std::to_string(K);
  }

  Dtypes dtypes;
  int32_t epilogue;
  int64_t R, N, K;
  Tensor x;
  HostTensor first, second;
  Tensor bias, residual;
  bool has_bias;
  Packed packed;
};

void compare(const Problem& p, const Tensor& y) {
  const std::vector<double> x = p.x.values(), first = p.first.values(), second = p.second.values();
  const std::vector<double> bias = p.bias.values();
  for (int64_t r = 0; r < p.R; ++r)
    for (int64_t n = 0; n < p.N; ++n) {
      const double* b = p.has_bias ? &bias[size_t(n)] : nullptr;
      const Range z = exact_z(x, first, b, r, n, p.K, p.dtypes.y);
      const Range other =
          p.pair() ? exact_z(x, second, b ? b + p.N : nullptr, r, n, p.K, p.dtypes.y) : Range{0, 0};
      const Range want = expected(p.epilogue, p.dtypes.y, z, other, p.residual.get(r * p.N + n));
      const double got = y.get(r * p.N + n);
      CHECK(got >= want.low && got <= want.high, "%s: y[%d,%d] is %.9g, wanted %.9g..%.9g",
            p.text().c_str(), int(r), int(n), got, want.low, want.high);
    }
}

// Row `row` of `from`, alone, as a tensor of one row.
Tensor row_of(const Tensor& from, int64_t row) {
  Tensor one(from.dtype(), {1, from.size(1)});
  for (int64_t i = 0; i < from.size(1); ++i) one.set(i, from.get(row * from.size(1) + i));
  return one;
}

}  // namespace

TEST(agrees_with_the_formula) {
  Context context(2);
  int64_t turn = 0;
  for (int64_t R : {1, 2, 3, 4, 5, 6, 7, 16, 17, 33})
    for (int64_t N : {1, 15, 16, 17, 31, 48})
      for (int64_t K : {1, 2, 15, 16, 17, 127, 128, 129, 1000})
        for (const Dtypes& dtypes : kDtypes) {
          ++turn;  // deals out epilogues, bias and padding
          const Problem p(context, dtypes, kEpilogues[turn % 7], turn % 5 < 3, R, N, K, turn % 3);
          compare(p, p.run(context, turn % 2));
        }
}

TEST(every_epilogue_with_every_dtype) {
  Context context;
  for (int64_t R : {1, 33})
    for (bool bias : {false, true}) {
      for (const Dtypes& dtypes : kDtypes)
        for (int32_t epilogue : kEpilogues) {
          const Problem p(context, dtypes, epilogue, bias, R, 49, 130);
          compare(p, p.run(context));
        }
      const Problem p(context, kLogits, FOV_EPILOGUE_NONE, bias, R, 49, 130);
      compare(p, p.run(context));
    }
}

TEST(agrees_across_blocks_of_rows_panels_and_k) {
  Context context(2);
  for (const Dtypes& dtypes : kDtypes) {
    const Problem p(context, dtypes, FOV_EPILOGUE_SWIGLU, true, 251, 70, 1300);
    compare(p, p.run(context));
  }
}

TEST(elements_may_begin_anywhere) {
  Context context;
  const Unaligned unaligned;
  for (const Dtypes& dtypes : kDtypes)
    for (int64_t R : {1, 20}) {
      const Problem p(context, dtypes, FOV_EPILOGUE_RESIDUAL, true, R, 48, 128);
      compare(p, p.run(context));
    }
}

TEST(decode_equals_prefill) {
  Context context(2);
  for (const Dtypes& dtypes : kDtypes)
    for (int32_t epilogue : kEpilogues) {
      const Problem p(context, dtypes, epilogue, true, 37, 83, 1291);
      const Tensor all = p.run(context);
      for (int64_t rows = 1; rows <= 18; ++rows) {
        const int64_t begin = uniform_int(0, p.R - rows);
        const Tensor y(dtypes.y, {rows, p.N});
        const fov_tensor x = p.x.rows(begin, rows), residual = p.residual.rows(begin, rows);
        CHECK_OK(fov_linear(context, &x, p.packed, p.bias, epilogue,
                            p.residual_or_null() ? &residual : nullptr, y));
        CHECK(same_rows(y, 0, all, begin, rows), "%s: %d rows from %d differ", p.text().c_str(),
              int(rows), int(begin));
      }
    }
}

TEST(large_x_is_packed_in_chunks) {
  Context context(2);
  const Problem p(context, {FOV_F32, FOV_BF16, FOV_F32}, FOV_EPILOGUE_NONE, false, 331, 16, 15361);
  const Tensor all = p.run(context);
  for (int64_t row : {int64_t{0}, int64_t{165}, int64_t{166}, p.R - 1}) {
    const Tensor x = row_of(p.x, row), y(FOV_F32, {1, p.N});
    CHECK_OK(fov_linear(context, x, p.packed, nullptr, FOV_EPILOGUE_NONE, nullptr, y));
    CHECK(same_rows(y, 0, all, row, 1), "row %d", int(row));
  }
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2), five(5);
  for (const Dtypes& dtypes : kDtypes)
    for (int64_t R : {1, 3, 70, emulated() ? 140 : 500}) {
      const Problem p(one, dtypes, FOV_EPILOGUE_GELU_ERF, true, R, 100, 300);
      const Tensor y = p.run(one);
      CHECK(y.same_bits(p.run(two)), "%s: 1 and 2 threads differ", p.text().c_str());
      CHECK(y.same_bits(p.run(five)), "%s: 1 and 5 threads differ", p.text().c_str());
    }
}

TEST(nan_in_a_row_stays_there) {
  Context context;
  for (const Dtypes& dtypes : kDtypes)
    for (int64_t R : {2, 20})
      for (int32_t epilogue : kEpilogues) {
        Problem p(context, dtypes, epilogue, false, R, 17, 33);
        p.x.set((R - 1) * p.K + p.K - 1, NAN);
        const Tensor y = p.run(context);
        for (int64_t i = 0; i < R * p.N; ++i)
          CHECK(std::isnan(y.get(i)) == (i / p.N == R - 1), "%s: element %d is %g",
                p.text().c_str(), int(i), y.get(i));
      }
}

// Where e^-z overflows or vanishes there is no infinity over infinity, and no 0 times infinity.
TEST(activations_of_large_values) {
  Context context;
  constexpr double kLarge[] = {60, 100, 1e30, 3e38};
  for (const Dtypes& dtypes : kDtypes)
    for (int64_t R : {1, 20})
      for (int32_t epilogue : {FOV_EPILOGUE_GELU_ERF, FOV_EPILOGUE_QUICK_GELU}) {
        Problem p(context, dtypes, epilogue, false, R, 8, 1);
        p.x.fill([](int64_t) { return 1; });
        p.first.fill([&](int64_t i) { return (i % 2 ? -1 : 1) * kLarge[i / 2]; });
        CHECK_OK(fov_pack_weights(context, p.first, nullptr, p.packed));
        const Tensor y = p.run(context);
        for (int64_t i = 0; i < R * 8; ++i) {
          const double want = std::max(p.first.get(i % 8), 0.0);
          CHECK(y.get(i) == want, "%s: element %d is %g, wanted %g", p.text().c_str(), int(i),
                y.get(i), want);
        }
      }
}

// Zeros that fill up K and N meet no x and no other weights: 0 * infinity would be NaN.
TEST(infinite_values_at_the_edge_are_not_hidden) {
  Context context;
  for (const Dtypes& dtypes : kDtypes)
    for (int64_t R : {1, 20}) {
      Problem p(context, dtypes, FOV_EPILOGUE_NONE, false, R, 17, 33);
      p.x.fill([](int64_t) { return 1; });
      p.first.fill([](int64_t) { return 1; });
      p.first.set(16 * p.K + 32, INFINITY);
      p.first.set(3 * p.K + 32, NAN);
      p.x.set(32, -INFINITY);
      Problem q(context, dtypes, FOV_EPILOGUE_NONE, false, R, 17, 33);
      CHECK_OK(fov_pack_weights(context, p.first, nullptr, q.packed));
      const Tensor y(dtypes.y, {R, 17});
      CHECK_OK(fov_linear(context, p.x, q.packed, nullptr, FOV_EPILOGUE_NONE, nullptr, y));
      for (int64_t i = 0; i < R * 17; ++i) {
        const int64_t n = i % 17;
        const double want = n == 3 ? NAN : i < 17 ? -INFINITY : n == 16 ? INFINITY : 33;
        const double got = y.get(i);
        CHECK(std::isnan(want) ? std::isnan(got) : got == want, "%s: element %d is %g, wanted %g",
              p.text().c_str(), int(i), got, want);
      }
    }
}

TEST(residual_may_be_the_output) {
  Context context;
  for (const Dtypes& dtypes : kDtypes)
    for (int64_t R : {1, 40}) {
      const Problem p(context, dtypes, FOV_EPILOGUE_RESIDUAL, true, R, 37, 65, 3);
      const Tensor y = p.run(context, 3), in_place(p.residual);
      CHECK_OK(fov_linear(context, p.x, p.packed, p.bias, p.epilogue, in_place, in_place));
      CHECK(in_place.same_bits(y), "%s: in place differs", p.text().c_str());
    }
}

TEST(zero_rows_do_nothing) {
  Context context;
  const Problem p(context, kDtypes[0], FOV_EPILOGUE_NONE, true, 0, 17, 33);
  p.run(context);
  const Tensor y(FOV_F32, {0, 17});
  CHECK_OK(fov_routed_linear(context, p.x, 0, nullptr, nullptr, nullptr, nullptr, FOV_EPILOGUE_NONE,
                             nullptr, y));
}

TEST(routed_rows_equal_plain_ones) {
  Context context(2);
  for (const Dtypes& dtypes : kDtypes)
    for (int32_t epilogue : kEpilogues) {
      const int64_t R = 29;
      const Problem vision(context, dtypes, epilogue, true, R, 50, 131);
      const Problem language(context, dtypes, epilogue, true, R, 50, 131);
      const Tensor from_vision = vision.run(context);
      const Tensor y_language(dtypes.y, {R, 50});
      CHECK_OK(fov_linear(context, vision.x, language.packed, language.bias, epilogue,
                          vision.residual_or_null(), y_language));
      for (int64_t vision_rows : {0, 1, 13, 28, 29}) {
        const bool has_vision = vision_rows > 0, has_language = vision_rows < R;
        for (bool absent_is_null : {false, true}) {
          const Tensor y(dtypes.y, {R, 50}, 1);
          const bool v = has_vision || !absent_is_null, l = has_language || !absent_is_null;
          const auto when = [](bool given, const fov_tensor* t) { return given ? t : nullptr; };
          CHECK_OK(fov_routed_linear(context, vision.x, vision_rows, when(v, vision.packed),
                                     when(v, vision.bias), when(l, language.packed),
                                     when(l, language.bias), epilogue, vision.residual_or_null(),
                                     y));
          CHECK(y.intact(), "wrote outside y");
          CHECK(same_rows(y, 0, from_vision, 0, vision_rows) &&
                    same_rows(y, vision_rows, y_language, vision_rows, R - vision_rows),
                "%s: %d vision rows differ", vision.text().c_str(), int(vision_rows));
        }
      }
    }
}

// Row ranges that end before, at and after the rows that a kernel takes at once.
TEST(routed_ranges_of_many_rows) {
  Context context(2);
  const int64_t R = 200;
  for (const Dtypes& dtypes : {kDtypes[0], kDtypes[2]}) {
    const Problem vision(context, dtypes, FOV_EPILOGUE_NONE, true, R, 33, 72);
    const Problem language(context, dtypes, FOV_EPILOGUE_NONE, true, R, 33, 72);
    const Tensor from_vision = vision.run(context), from_language(dtypes.y, {R, 33});
    CHECK_OK(fov_linear(context, vision.x, language.packed, language.bias, FOV_EPILOGUE_NONE,
                        nullptr, from_language));
    for (int64_t vision_rows : {0, 1, 63, 64, 65, 127, 128, 129, 136, 192, 199, 200}) {
      const Tensor y(dtypes.y, {R, 33});
      CHECK_OK(fov_routed_linear(context, vision.x, vision_rows, vision.packed, vision.bias,
                                 language.packed, language.bias, FOV_EPILOGUE_NONE, nullptr, y));
      CHECK(same_rows(y, 0, from_vision, 0, vision_rows) &&
                same_rows(y, vision_rows, from_language, vision_rows, R - vision_rows),
            "%s: %d vision rows differ", vision.text().c_str(), int(vision_rows));
    }
  }
}

TEST(wrong_arguments) {
  Context context;
  Problem p(context, kDtypes[0], FOV_EPILOGUE_NONE, true, 3, 18, 8);
  Problem half(context, kDtypes[2], FOV_EPILOGUE_NONE, true, 3, 18, 8);
  const Tensor y(FOV_F32, {3, 18}), y9(FOV_F32, {3, 9}), y_bf16(FOV_BF16, {3, 18});
  const auto linear = [&](const fov_tensor* x, const fov_tensor* weights, const fov_tensor* bias,
                          int32_t epilogue, const fov_tensor* residual, const fov_tensor* out) {
    return fov_linear(context, x, weights, bias, epilogue, residual, out);
  };
  CHECK_INVALID("context", fov_linear(nullptr, p.x, p.packed, nullptr, 0, nullptr, y));
  CHECK_INVALID("x: wanted a tensor, got NULL", linear(nullptr, p.packed, nullptr, 0, nullptr, y));
  CHECK_INVALID("weights: packed weights for its rows, got NULL",
                linear(p.x, nullptr, nullptr, 0, nullptr, y));
  CHECK_INVALID("weights: wanted layout FOV_PACKED, got f32[18,8]",
                linear(p.x, p.first, nullptr, 0, nullptr, y));
  CHECK_INVALID("y: wanted a tensor, got NULL",
                linear(p.x, p.packed, nullptr, 0, nullptr, nullptr));
  CHECK_INVALID("fov_epilogue, got 7", linear(p.x, p.packed, nullptr, 7, nullptr, y));
  CHECK_INVALID("fov_epilogue, got -1", linear(p.x, p.packed, nullptr, -1, nullptr, y));
  CHECK_INVALID("x: wanted [any,8]",
                linear(Tensor(FOV_F32, {3, 9}), p.packed, nullptr, 0, nullptr, y));
  CHECK_INVALID("y: wanted [any,18]", linear(p.x, p.packed, nullptr, 0, nullptr, y9));
  CHECK_INVALID("y: wanted [3,any]",
                linear(p.x, p.packed, nullptr, 0, nullptr, Tensor(FOV_F32, {2, 18})));
  CHECK_INVALID("y: wanted f32, got bf16", linear(p.x, p.packed, nullptr, 0, nullptr, y_bf16));
  CHECK_INVALID("y: wanted bf16, got f32",
                linear(half.x, half.packed, nullptr, FOV_EPILOGUE_GELU_ERF, nullptr, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "weights: wanted bf16 | i8 | f8 | i4, got f32",
              linear(half.x, p.packed, nullptr, 0, nullptr, y_bf16));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "x: wanted f32 | bf16",
              linear(Tensor(FOV_F16, {3, 8}), p.packed, nullptr, 0, nullptr, y));
  CHECK_INVALID("bias: wanted [18]", linear(p.x, p.packed, Tensor(FOV_F32, {17}), 0, nullptr, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "bias: wanted f32",
              linear(p.x, p.packed, Tensor(FOV_BF16, {18}), 0, nullptr, y));
  CHECK_INVALID("residual: NULL without", linear(p.x, p.packed, nullptr, 0, p.residual, y));
  CHECK_INVALID("residual: wanted a tensor, got NULL",
                linear(p.x, p.packed, nullptr, FOV_EPILOGUE_RESIDUAL, nullptr, y));
  CHECK_INVALID("residual: wanted [3,18]",
                linear(p.x, p.packed, nullptr, FOV_EPILOGUE_RESIDUAL, y9, y));
  CHECK_INVALID("residual: wanted f32",
                linear(p.x, p.packed, nullptr, FOV_EPILOGUE_RESIDUAL, y_bf16, y));
  const fov_tensor shifted = y.rows(1, 2), top = y.rows(0, 2), x2 = p.x.rows(0, 2);
  CHECK_INVALID("does not overlap",
                linear(&x2, p.packed, nullptr, FOV_EPILOGUE_RESIDUAL, &top, &shifted));
  Problem square(context, kDtypes[0], FOV_EPILOGUE_NONE, false, 3, 8, 8);
  CHECK_INVALID("does not overlap", linear(square.x, square.packed, nullptr, 0, nullptr, square.x));
  Tensor inside(y);
  inside.edit()->data = p.packed.edit()->data;
  CHECK_INVALID("does not overlap", linear(p.x, p.packed, nullptr, 0, nullptr, inside));
  Problem odd(context, kDtypes[0], FOV_EPILOGUE_NONE, true, 3, 9, 8);
  CHECK_INVALID("a pair of equal sizes",
                linear(p.x, odd.packed, nullptr, FOV_EPILOGUE_SWIGLU, nullptr, y9));
  CHECK_INVALID("y: wanted [any,9]",
                linear(p.x, p.packed, nullptr, FOV_EPILOGUE_SWIGLU, nullptr, y));
  p.packed.edit()->shape[0] = 0;
  CHECK_INVALID("at least one row", linear(p.x, p.packed, nullptr, 0, nullptr, y));
}

TEST(routed_wrong_arguments) {
  Context context;
  const Problem p(context, kDtypes[0], FOV_EPILOGUE_NONE, true, 3, 18, 8);
  const Problem wide(context, kDtypes[0], FOV_EPILOGUE_NONE, true, 3, 19, 8);
  const Tensor y(FOV_F32, {3, 18});
  const auto routed = [&](int64_t vision_rows, const fov_tensor* vision,
                          const fov_tensor* vision_bias, const fov_tensor* language,
                          const fov_tensor* language_bias) {
    return fov_routed_linear(context, p.x, vision_rows, vision, vision_bias, language,
                             language_bias, FOV_EPILOGUE_NONE, nullptr, y);
  };
  CHECK_INVALID("context", fov_routed_linear(nullptr, p.x, 0, p.packed, nullptr, p.packed, nullptr,
                                             0, nullptr, y));
  CHECK_INVALID("vision_rows in 0..3, got -1", routed(-1, p.packed, nullptr, p.packed, nullptr));
  CHECK_INVALID("vision_rows in 0..3, got 4", routed(4, p.packed, nullptr, p.packed, nullptr));
  CHECK_INVALID("vision_weights: packed weights for its rows, got NULL",
                routed(1, nullptr, nullptr, p.packed, nullptr));
  CHECK_INVALID("language_weights: packed weights for its rows, got NULL",
                routed(2, p.packed, nullptr, nullptr, nullptr));
  CHECK_INVALID("y: wanted [any,19]", routed(3, p.packed, nullptr, wide.packed, nullptr));
  CHECK_INVALID("vision_bias: wanted [18]", routed(1, p.packed, wide.bias, p.packed, nullptr));
  CHECK_INVALID("language_bias: wanted [18]", routed(1, p.packed, nullptr, p.packed, wide.bias));
}

FOVEA_TEST_MAIN()
