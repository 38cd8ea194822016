#include "linear_oracle.h"
#include "stored.h"

using namespace fovea::test;

namespace {

// Maps and their windows.
struct Size {
  int64_t B, H, W, C;
  int32_t kh, kw, stride, padding;

  int64_t out_height() const { return (H + 2 * padding - kh) / stride + 1; }
  int64_t out_width() const { return (W + 2 * padding - kw) / stride + 1; }
  int64_t R() const { return B * out_height() * out_width(); }
  int64_t K() const { return kh * kw * C; }
  // Row of x that input k of window `row` comes from; -1 where that is padding.
  int64_t source(int64_t row, int64_t k) const {
    const int64_t out = out_height() * out_width(), map = row / out, in_map = row % out;
    const int64_t i = in_map / out_width() * stride - padding + k / C / kw;
    const int64_t j = in_map % out_width() * stride - padding + k / C % kw;
    return i < 0 || i >= H || j < 0 || j >= W ? -1 : (map * H + i) * W + j;
  }
  std::string text() const {
    return std::to_string(B) + " maps " + std::to_string(H) + "x" + std::to_string(W) + "x" +
           std::to_string(C) + " windows " + std::to_string(kh) + "x" + std::to_string(kw) + "/" +
           std::to_string(stride) + " padding " + std::to_string(padding);
  }
};

// What the models have, in small, and awkward ones.
constexpr Size kSizes[] = {
    {1, 1, 1, 1, 1, 1, 1, 0},   {1, 5, 7, 3, 3, 3, 1, 1},      {2, 8, 8, 16, 3, 3, 2, 1},
    {1, 14, 15, 3, 7, 7, 2, 3}, {3, 4, 6, 33, 1, 1, 2, 0},     {1, 6, 5, 31, 2, 3, 1, 0},
    {2, 3, 3, 5, 3, 3, 3, 2},   {1, 9, 4, 17, 4, 2, 3, 1},     {1, 2, 2, 32, 3, 3, 1, 1},
    {1, 1, 40, 9, 1, 5, 2, 0},  {1, 28, 28, 3, 14, 14, 14, 0},
};

// The windows of x as rows [R, K].
Tensor rows_of_windows(const Tensor& x, const Size& size) {
  Tensor rows(x.dtype(), {size.R(), size.K()});
  rows.fill([&](int64_t i) {
    const int64_t k = i % size.K(), row = size.source(i / size.K(), k);
    return row < 0 ? 0 : x.get(row * size.C + k % size.C);
  });
  return rows;
}

// Weights of a dtype and layout; group 0 where they are plain.
struct Kind {
  int32_t x, weights, layout;
  int64_t group;
};
constexpr int64_t kWholeRow = -1;
constexpr Kind kKinds[] = {
    {FOV_F32, FOV_F32, FOV_PACKED, 0},
    {FOV_F32, FOV_BF16, FOV_PACKED, 0},
    {FOV_BF16, FOV_BF16, FOV_PACKED, 0},
    {FOV_F32, FOV_I8, FOV_PACKED, kWholeRow},
    {FOV_BF16, FOV_I8, FOV_PACKED, kWholeRow},
    {FOV_F32, FOV_F8, FOV_PACKED, kWholeRow},
    {FOV_BF16, FOV_F8, FOV_PACKED, kWholeRow},
    {FOV_F32, FOV_I8, FOV_PACKED_INT8, kWholeRow},
    {FOV_BF16, FOV_I8, FOV_PACKED_INT8, kWholeRow},
    {FOV_F32, FOV_I4, FOV_PACKED, 32},
    {FOV_BF16, FOV_I4, FOV_PACKED, 32},
    {FOV_F32, FOV_I4, FOV_PACKED_INT8, 32},
    {FOV_BF16, FOV_I4, FOV_PACKED_INT8, 32},
};
bool serves(const Kind& kind, int64_t K) { return kind.group <= 0 || K % kind.group == 0; }

// One call with everything it needs.
struct Problem {
  Problem(const Context& context, const Kind& kind, const Size& size, int64_t N, int32_t epilogue,
          bool has_bias, int64_t padding = 0)
      : kind(kind),
        size(size),
        N(N),
        epilogue(epilogue),
        has_bias(has_bias),
        x(random_tensor(kind.x, {size.B * size.H * size.W, size.C}, padding)),
        first(random_host_tensor(kind.group ? int32_t(FOV_F32) : kind.weights, {N, size.K()})),
        bias(random_tensor(FOV_F32, {N})),
        residual(random_tensor(kind.x, {size.R(), N}, padding)) {
    if (kind.group == 0) {
      packed = std::make_unique<Packed>(context, kind.weights, first);
      return;
    }
    const int64_t K = size.K(), group = kind.group == kWholeRow ? K : kind.group;
    const Stored stored(kind.weights, FOV_BF16, N, K, group);
    packed = std::make_unique<Packed>(context, kind.weights, kind.layout, K, group, stored.values,
                                      stored.scales);
  }

  const fov_tensor* bias_or_null() const {
    return has_bias ? static_cast<const fov_tensor*>(bias) : nullptr;
  }
  const fov_tensor* residual_or_null() const {
    return adds_residual(epilogue) ? static_cast<const fov_tensor*>(residual) : nullptr;
  }
  fov_status call(const Context& context, const fov_tensor* y) const {
    return fov_convolution(context, x, int32_t(size.H), int32_t(size.W), size.kh, size.kw,
                           size.stride, size.padding, *packed, bias_or_null(), epilogue,
                           residual_or_null(), y);
  }
  Tensor run(const Context& context, int64_t y_padding = 0) const {
    Tensor y(kind.x, {size.R(), N}, y_padding);
    CHECK_OK(call(context, y));
    CHECK(y.intact(), "wrote outside y");
    return y;
  }
  // linear on the windows as rows.
  Tensor linear(const Context& context) const {
    Tensor y(kind.x, {size.R(), N});
    CHECK_OK(fov_linear(context, rows_of_windows(x, size), *packed, bias_or_null(), epilogue,
                        residual_or_null(), y));
    return y;
  }
  std::string text() const {
    return std::string(dtype_text(kind.x)) + " x " + dtype_text(kind.weights) +
           (kind.layout == FOV_PACKED_INT8 ? " as integers, " : ", ") + size.text() + " N" +
           std::to_string(N) + " epilogue " + std::to_string(epilogue);
  }

  Kind kind;
  Size size;
  int64_t N;
  int32_t epilogue;
  bool has_bias;
  Tensor x;
  HostTensor first;
  Tensor bias, residual;
  std::unique_ptr<Packed> packed;
};

// Plain weights only. The bound of a sum of K products is linear's.
void compare(const Problem& p, const Tensor& y) {
  const std::vector<double> w = p.first.values(), bias = p.bias.values();
  const int64_t K = p.size.K();
  std::vector<double> window(static_cast<size_t>(K));
  for (int64_t r = 0; r < p.size.R(); ++r) {
    for (int64_t k = 0; k < K; ++k) {
      const int64_t row = p.size.source(r, k);
      window[size_t(k)] = row < 0 ? 0 : p.x.get(row * p.size.C + k % p.size.C);
    }
    for (int64_t n = 0; n < p.N; ++n) {
      const double* b = p.has_bias ? &bias[size_t(n)] : nullptr;
      const Range z = exact_z(window, w, b, 0, n, K, p.kind.x);
      const Range want = expected(p.epilogue, p.kind.x, z, {0, 0}, p.residual.get(r * p.N + n));
      const double got = y.get(r * p.N + n);
      CHECK(got >= want.low && got <= want.high, "%s: y[%d,%d] is %.9g, wanted %.9g..%.9g",
            p.text().c_str(), int(r), int(n), got, want.low, want.high);
    }
  }
}

// Deals out all epilogues but SWIGLU.
int32_t dealt(int64_t turn) {
  const int32_t epilogue = kEpilogues[turn % 7];
  return epilogue == FOV_EPILOGUE_SWIGLU ? int32_t(FOV_EPILOGUE_RELU) : epilogue;
}

}  // namespace

TEST(agrees_with_the_formula) {
  Context context(2);
  int64_t turn = 0;
  for (const Size& size : kSizes)
    for (int64_t N : {1, 17, 48})
      for (int i = 0; i < 3; ++i) {
        ++turn;
        const Problem p(context, kKinds[i], size, N, dealt(turn), turn % 5 < 3, turn % 3);
        compare(p, p.run(context, turn % 2));
      }
}

TEST(equals_linear_on_its_windows) {
  Context context(2);
  int64_t turn = 0;
  for (const Size& size : kSizes)
    for (const Kind& kind : kKinds) {
      if (!serves(kind, size.K())) continue;
      ++turn;
      const Problem p(context, kind, size, 1 + turn % 40, dealt(turn), turn % 2 == 0, turn % 3);
      const Tensor y = p.run(context, turn % 2), rows = p.linear(context);
      CHECK(same_rows(y, 0, rows, 0, size.R()), "%s differs from linear", p.text().c_str());
    }
}

// More rows, panels and inputs than the kernels take at once.
TEST(equals_linear_across_blocks) {
  Context context(2);
  for (const Kind& kind : kKinds) {
    const Problem p(context, kind, {2, 13, 12, 160, 3, 3, 1, 1}, 70, FOV_EPILOGUE_RESIDUAL_RELU,
                    true);
    CHECK(same_rows(p.run(context), 0, p.linear(context), 0, p.size.R()), "%s differs from linear",
          p.text().c_str());
  }
}

// Rows of windows of more than 16 MiB (CPU) and 64 MiB (CUDA), which are made in parts.
TEST(many_windows_are_made_in_parts) {
  Context context(2);
  for (const Size& size : {Size{1, 131, 130, 112, 3, 3, 1, 1}, Size{3, 85, 70, 9, 31, 3, 1, 2}}) {
    if (emulated() && size.B > 1) continue;  // one is enough there
    const Problem p(context, kKinds[0], size, 3, FOV_EPILOGUE_NONE, true);
    const Tensor y = p.run(context);
    // Rows here and there, with all of those where a part may end.
    std::vector<int64_t> some;
    for (int64_t r = 0; r < size.R(); r += r % 128 == 127 || r % 128 == 0 ? 1 : 21)
      some.push_back(r);
    Tensor rows(FOV_F32, {int64_t(some.size()), size.K()}), z(FOV_F32, {int64_t(some.size()), 3});
    rows.fill([&](int64_t i) {
      const int64_t k = i % size.K(), row = size.source(some[size_t(i / size.K())], k);
      return row < 0 ? 0 : p.x.get(row * size.C + k % size.C);
    });
    CHECK_OK(fov_linear(context, rows, *p.packed, p.bias, FOV_EPILOGUE_NONE, nullptr, z));
    for (size_t i = 0; i < some.size(); ++i)
      CHECK(same_rows(y, some[i], z, int64_t(i), 1), "%s: row %d differs", p.text().c_str(),
            int(some[i]));
  }
}

TEST(elements_may_begin_anywhere) {
  Context context;
  const Unaligned unaligned;
  for (int i = 0; i < 3; ++i) {
    const Problem p(context, kKinds[i], kSizes[2], 48, FOV_EPILOGUE_RESIDUAL, true);
    compare(p, p.run(context));
  }
}

TEST(logits_of_bf16) {  // f32 y, as linear has it
  Context context;
  const Problem p(context, kKinds[2], kSizes[1], 19, FOV_EPILOGUE_NONE, true);
  const Tensor y(FOV_F32, {p.size.R(), 19}), rows(FOV_F32, {p.size.R(), 19});
  CHECK_OK(p.call(context, y));
  CHECK_OK(fov_linear(context, rows_of_windows(p.x, p.size), *p.packed, p.bias, FOV_EPILOGUE_NONE,
                      nullptr, rows));
  CHECK(same_rows(y, 0, rows, 0, p.size.R()), "differs from linear");
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2), five(5);
  for (const Kind& kind : kKinds) {
    const Problem p(one, kind, {1, 21, 23, 32, 3, 3, 1, 1}, 35, FOV_EPILOGUE_GELU_ERF, true);
    const Tensor y = p.run(one);
    CHECK(y.same_bits(p.run(two)), "%s: 1 and 2 threads differ", p.text().c_str());
    CHECK(y.same_bits(p.run(five)), "%s: 1 and 5 threads differ", p.text().c_str());
  }
}

TEST(nan_reaches_the_windows_that_see_it) {
  Context context;
  for (const Kind& kind : kKinds)
    for (int32_t epilogue : {FOV_EPILOGUE_NONE, FOV_EPILOGUE_RELU, FOV_EPILOGUE_RESIDUAL_RELU}) {
      const Size size = {2, 6, 7, 32, 3, 3, 2, 1};
      Problem p(context, kind, size, 18, epilogue, false);
      const int64_t bad = 42 + 2 * 7 + 6;  // pixel (2, 6) of the second map
      p.x.set(bad * size.C + 31, NAN);
      const Tensor y = p.run(context);
      for (int64_t i = 0; i < y.count(); ++i) {
        bool sees = false;
        for (int64_t k = 0; k < size.K(); ++k) sees = sees || size.source(i / 18, k) == bad;
        CHECK(std::isnan(y.get(i)) == sees, "%s: element %d is %g", p.text().c_str(), int(i),
              y.get(i));
      }
    }
}

TEST(residual_may_be_the_output) {
  Context context;
  for (int i = 0; i < 3; ++i) {
    const Problem p(context, kKinds[i], kSizes[1], 37, FOV_EPILOGUE_RESIDUAL_RELU, true, 3);
    const Tensor y = p.run(context, 3), in_place(p.residual);
    CHECK_OK(fov_convolution(context, p.x, 5, 7, 3, 3, 1, 1, *p.packed, p.bias, p.epilogue,
                             in_place, in_place));
    CHECK(in_place.same_bits(y), "%s: in place differs", p.text().c_str());
  }
}

TEST(zero_maps_do_nothing) {
  Context context;
  const Problem p(context, kKinds[0], {0, 5, 7, 3, 3, 3, 1, 1}, 4, FOV_EPILOGUE_NONE, true);
  p.run(context);
}

TEST(wrong_arguments) {
  Context context;
  const Problem p(context, kKinds[0], {2, 4, 5, 3, 3, 3, 1, 1}, 18, FOV_EPILOGUE_NONE, true);
  const Tensor y(FOV_F32, {40, 18});
  const auto sized = [&](int32_t H, int32_t W, int32_t kh, int32_t kw, int32_t stride,
                         int32_t padding) {
    return fov_convolution(context, p.x, H, W, kh, kw, stride, padding, *p.packed, p.bias,
                           FOV_EPILOGUE_NONE, nullptr, y);
  };
  CHECK_OK(sized(4, 5, 3, 3, 1, 1));
  CHECK_INVALID("height in 1..16777216, got 0", sized(0, 5, 3, 3, 1, 1));
  CHECK_INVALID("height in 1..16777216, got 16777217", sized(16777217, 5, 3, 3, 1, 1));
  CHECK_INVALID("width in 1..16777216, got -5", sized(4, -5, 3, 3, 1, 1));
  CHECK_INVALID("window_height in 1..1024, got 0", sized(4, 5, 0, 3, 1, 0));
  CHECK_INVALID("window_width in 1..1024, got 1025", sized(4, 5, 3, 1025, 1, 1));
  CHECK_INVALID("stride in 1..1024, got 0", sized(4, 5, 3, 3, 0, 1));
  CHECK_INVALID("padding in 0..2, got -1", sized(4, 5, 3, 3, 1, -1));
  CHECK_INVALID("padding in 0..1, got 2", sized(4, 5, 3, 2, 1, 2));
  CHECK_INVALID("window_height of at most 4", sized(4, 5, 5, 3, 1, 0));
  CHECK_INVALID("window_width of at most 7", sized(4, 5, 3, 8, 1, 1));
  CHECK_INVALID("x: whole maps of 18 rows, got f32[40,3]", sized(3, 6, 3, 3, 1, 1));
  CHECK_INVALID("y: 2 maps of 2 x 3 rows, got f32[40,18]", sized(4, 5, 3, 3, 2, 1));
  const auto call = [&](const fov_tensor* x, const fov_tensor* weights, int32_t epilogue,
                        const fov_tensor* residual, const fov_tensor* out) {
    return fov_convolution(context, x, 4, 5, 3, 3, 1, 1, weights, nullptr, epilogue, residual, out);
  };
  CHECK_INVALID("context",
                fov_convolution(nullptr, p.x, 4, 5, 3, 3, 1, 1, *p.packed, nullptr, 0, nullptr, y));
  CHECK_INVALID("x: wanted a tensor, got NULL", call(nullptr, *p.packed, 0, nullptr, y));
  CHECK_INVALID("weights: packed weights for its rows, got NULL",
                call(p.x, nullptr, 0, nullptr, y));
  CHECK_INVALID("other than FOV_EPILOGUE_SWIGLU",
                call(p.x, *p.packed, FOV_EPILOGUE_SWIGLU, nullptr, y));
  CHECK_INVALID("fov_epilogue, got 7", call(p.x, *p.packed, 7, nullptr, y));
  CHECK_INVALID("residual: NULL without", call(p.x, *p.packed, FOV_EPILOGUE_RELU, y, y));
  CHECK_INVALID("residual: wanted a tensor, got NULL",
                call(p.x, *p.packed, FOV_EPILOGUE_RESIDUAL_RELU, nullptr, y));
  CHECK_INVALID("y: wanted [any,18]", call(p.x, *p.packed, 0, nullptr, Tensor(FOV_F32, {40, 17})));
  CHECK_INVALID("y: 2 maps of 4 x 5 rows, got f32[60,18]",
                call(p.x, *p.packed, 0, nullptr, Tensor(FOV_F32, {60, 18})));
  CHECK_INVALID("weights: 3 x 3 x 2 inputs, a window's, got f32[18,27]",
                call(random_tensor(FOV_F32, {40, 2}), *p.packed, 0, nullptr, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "x: wanted f32 | bf16",
              call(Tensor(FOV_F16, {40, 3}), *p.packed, 0, nullptr, y));
  const Problem square(context, kKinds[0], {1, 5, 5, 4, 3, 3, 1, 1}, 4, FOV_EPILOGUE_NONE, true);
  CHECK_INVALID("does not overlap", square.call(context, square.x));
}

FOVEA_TEST_MAIN()
