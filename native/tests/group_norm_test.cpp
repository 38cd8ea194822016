#include "harness.h"

using namespace fovea::test;

namespace {

constexpr double kHalfUnit = 0x1p-24;
constexpr float kEps = 1e-5f;

// B maps of P pixels, C channels in G groups.
struct Size {
  int64_t B, P, C;
  int32_t G;
};

// Sums go over parts of 64 rows, then over the parts, then over a group's channels. None of these
// chains of additions is longer than `chain` in all, and each addition is off by half a unit of a
// partial sum; errors are independent: 6 sqrt(chain) half units of the sum of magnitudes, and never
// above chain. The mean is thus off by that of the mean magnitude, and by its division. From it
// follow x - mean, and from the variance, good to the same chain and 3 roundings, half of its
// relative error for the root, and a few roundings to the end.
void compare(int32_t dtype, const Size& s, double offset, bool has_relu) {
  Context context;
  const int64_t R = s.B * s.P, channels = s.C / s.G;
  Tensor x = random_tensor(dtype, {R, s.C}, s.C % 3);
  x.fill([&](int64_t i) { return (i / s.C / s.P + 1.0) * (offset + normal()); });
  const Tensor weight = random_tensor(FOV_F32, {s.C}), bias = random_tensor(FOV_F32, {s.C});
  const Tensor y(dtype, {R, s.C}, 1);
  CHECK_OK(fov_group_norm(context, x, weight, bias, s.P, s.G, kEps, has_relu, y));
  const double chain = double(64 + (s.P + 63) / 64 + channels + 16);
  const double sum_error = std::min(chain, 6 * std::sqrt(chain)) * kHalfUnit;
  const std::vector<double> values = x.values();
  for (int64_t map = 0; map < s.B; ++map)
    for (int64_t g = 0; g < s.G; ++g) {
      const double count = double(s.P * channels);
      const auto mean_of = [&](const std::function<double(double)>& f) {
        double total = 0;
        for (int64_t p = 0; p < s.P; ++p)
          for (int64_t c = g * channels; c < (g + 1) * channels; ++c)
            total += f(values[size_t((map * s.P + p) * s.C + c)]);
        return total / count;
      };
      const double mean = mean_of([](double v) { return v; });
      const double magnitude = mean_of([](double v) { return std::abs(v); });
      const double variance = mean_of([&](double v) { return (v - mean) * (v - mean); });
      const double mean_error = (sum_error + 2 * kHalfUnit) * magnitude;
      const double inverse = 1 / std::sqrt(variance + double(kEps));
      const double variance_error =
          (sum_error + 3 * kHalfUnit) * variance + mean_error * mean_error;
      const double inverse_error = 0.5 * variance_error * inverse * inverse + 4 * kHalfUnit;
      for (int64_t p = 0; p < s.P; ++p)
        for (int64_t c = g * channels; c < (g + 1) * channels; ++c) {
          const int64_t i = (map * s.P + p) * s.C + c;
          const double scaled = (values[size_t(i)] - mean) * inverse * weight.get(c);
          const double n = scaled + bias.get(c), want = has_relu && n < 0 ? 0 : n;
          const double allowed = std::abs(inverse * weight.get(c)) * mean_error +
                                 std::abs(scaled) * (inverse_error + 4 * kHalfUnit) +
                                 2 * kHalfUnit * (std::abs(n) + std::abs(bias.get(c))) +
                                 (dtype == FOV_BF16 ? 0.51 * unit(dtype, want, 0) : 0);
          CHECK(std::abs(y.get(i) - want) <= allowed,
                "%s B%d P%d C%d G%d offset %g at %d: got %.9g, wanted %.9g (allowed error %.3g)",
                dtype_text(dtype), int(s.B), int(s.P), int(s.C), int(s.G), offset, int(i), y.get(i),
                want, allowed);
        }
    }
  CHECK(y.intact(), "wrote outside the output");
}

}  // namespace

TEST(agrees_with_the_formula) {
  constexpr Size kSizes[] = {{1, 1, 1, 1},      {1, 1, 32, 4},   {2, 5, 31, 31},
                             {3, 63, 33, 3},    {1, 64, 16, 1},  {2, 65, 48, 16},
                             {1, 129, 256, 32}, {1, 1000, 7, 1}, {1, 70, 600, 2}};
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (const Size& s : kSizes)
      for (bool has_relu : {false, true}) {
        compare(dtype, s, 0, has_relu);
        compare(dtype, s, 30, has_relu);
      }
}

TEST(large_maps) {
  compare(FOV_F32, {1, 16384, 32, 2}, 30, false);
  compare(FOV_BF16, {1, 16384, 16, 1}, 3, true);
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) compare(dtype, {2, 70, 64, 4}, 0, false);
}

// Elements that are all alike have no variance, but a map of them no division by 0.
TEST(constant_maps) {
  Context context;
  Tensor x(FOV_F32, {10, 8});
  x.fill([](int64_t) { return 3; });
  const Tensor weight = random_tensor(FOV_F32, {8}), bias = random_tensor(FOV_F32, {8});
  const Tensor y(FOV_F32, {10, 8});
  CHECK_OK(fov_group_norm(context, x, weight, bias, 5, 2, kEps, 0, y));
  for (int64_t i = 0; i < 80; ++i) CHECK(y.get(i) == bias.get(i % 8), "at %d", int(i));
}

TEST(in_place_and_zero_rows) {
  Context context;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    const Tensor x = random_tensor(dtype, {140, 45}, 3), y(dtype, {140, 45}, 3), in_place(x);
    const Tensor weight = random_tensor(FOV_F32, {45}), bias = random_tensor(FOV_F32, {45});
    CHECK_OK(fov_group_norm(context, x, weight, bias, 70, 5, kEps, 1, y));
    CHECK_OK(fov_group_norm(context, in_place, weight, bias, 70, 5, kEps, 1, in_place));
    CHECK(y.same_bits(in_place), "in place differs");
    const Tensor none(dtype, {0, 45});
    CHECK_OK(fov_group_norm(context, none, weight, bias, 70, 5, kEps, 1, none));
  }
}

TEST(nan_stays_in_its_group_and_map) {
  Context context;
  for (int32_t has_relu : {0, 1}) {
    Tensor x = random_tensor(FOV_F32, {210, 24});
    x.set((70 + 69) * 24 + 11, NAN);  // map 1, group 1 of 3
    const Tensor weight = random_tensor(FOV_F32, {24}), y(FOV_F32, {210, 24});
    CHECK_OK(fov_group_norm(context, x, weight, weight, 70, 3, kEps, has_relu, y));
    for (int64_t i = 0; i < y.count(); ++i)
      CHECK(std::isnan(y.get(i)) == (i / 24 / 70 == 1 && i % 24 / 8 == 1), "at %d", int(i));
  }
}

TEST(threads_and_other_maps_do_not_change_bits) {
  Context one(1), two(2), five(5);
  const int64_t P = 1000, C = 64;
  const Tensor x = random_tensor(FOV_F32, {3 * P, C}), weight = random_tensor(FOV_F32, {C});
  const Tensor a(FOV_F32, {3 * P, C}), b(FOV_F32, {3 * P, C}), c(FOV_F32, {3 * P, C});
  CHECK_OK(fov_group_norm(one, x, weight, weight, P, 8, kEps, 0, a));
  CHECK_OK(fov_group_norm(two, x, weight, weight, P, 8, kEps, 0, b));
  CHECK_OK(fov_group_norm(five, x, weight, weight, P, 8, kEps, 0, c));
  CHECK(a.same_bits(b) && a.same_bits(c), "threads differ");
  const fov_tensor last = x.rows(2 * P, P);
  const Tensor alone(FOV_F32, {P, C});
  CHECK_OK(fov_group_norm(one, &last, weight, weight, P, 8, kEps, 0, alone));
  CHECK(std::memcmp(alone.at(0), a.at(2 * P * C), size_t(P * C * 4)) == 0, "a map alone differs");
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {6, 16}), w = random_tensor(FOV_F32, {16});
  const Tensor y(FOV_F32, {6, 16}), bf(FOV_BF16, {6, 16}), short_w(FOV_F32, {15});
  const auto call = [&](const fov_tensor* weight, const fov_tensor* bias, int64_t pixels,
                        int32_t groups, float eps, int32_t relu, const fov_tensor* out) {
    return fov_group_norm(context, x, weight, bias, pixels, groups, eps, relu, out);
  };
  CHECK_OK(call(w, w, 3, 4, 0, 0, y));
  CHECK_INVALID("weight: wanted [16]", call(short_w, w, 3, 4, 0, 0, y));
  CHECK_INVALID("bias: wanted [16]", call(w, short_w, 3, 4, 0, 0, y));
  CHECK_INVALID("pixels of at least 1, got 0", call(w, w, 0, 4, 0, 0, y));
  CHECK_INVALID("x: whole maps of 4 rows, got f32[6,16]", call(w, w, 4, 4, 0, 0, y));
  CHECK_INVALID("groups of at least 1, got -1", call(w, w, 3, -1, 0, 0, y));
  CHECK_INVALID("x: columns in 5 groups of equal size", call(w, w, 3, 5, 0, 0, y));
  CHECK_INVALID("x: columns in 32 groups", call(w, w, 3, 32, 0, 0, y));
  CHECK_INVALID("eps", call(w, w, 3, 4, -1, 0, y));
  CHECK_INVALID("eps", call(w, w, 3, 4, NAN, 0, y));
  CHECK_INVALID("relu: 0 or 1, got 2", call(w, w, 3, 4, 0, 2, y));
  CHECK_INVALID("y: wanted f32", call(w, w, 3, 4, 0, 0, bf));
  CHECK_INVALID("y: wanted [6,16]", call(w, w, 3, 4, 0, 0, Tensor(FOV_F32, {5, 16})));
  CHECK_INVALID("NULL", call(nullptr, w, 3, 4, 0, 0, y));
  CHECK_INVALID("context", fov_group_norm(nullptr, x, w, w, 3, 4, 0, 0, y));
  Tensor shifted(y);
  shifted.edit()->data = static_cast<float*>(x.view().data) + 1;
  CHECK_INVALID("does not overlap", call(w, w, 3, 4, 0, 0, shifted));
  CHECK_INVALID("columns in 4 groups", fov_group_norm(context, Tensor(FOV_F32, {6, 0}), w, w, 3, 4,
                                                      0, 0, Tensor(FOV_F32, {6, 0})));
}

FOVEA_TEST_MAIN()
