#include "harness.h"

using namespace fovea::test;

namespace {

// Sums of D terms in f32: about sqrt(D) units; centring adds the rounding of the mean, relative to
// the size of x, and the bias its own. bf16 rounds n, and with a residual the sum again.
void compare(int32_t dtype, int64_t R, int64_t D, double offset, bool with_residual) {
  Context context;
  Tensor x = random_tensor(dtype, {R, D}, D % 5);
  x.fill([&](int64_t) { return offset + normal(); });
  const Tensor weight = random_tensor(FOV_F32, {D}), bias = random_tensor(FOV_F32, {D});
  const Tensor residual = random_tensor(dtype, {R, D}, 2, 3), y(dtype, {R, D}, 1);
  const float eps = 1e-6f;
  CHECK_OK(fov_layer_norm(context, x, weight, bias, eps,
                          with_residual ? static_cast<const fov_tensor*>(residual) : nullptr, y));
  for (int64_t r = 0; r < R; ++r) {
    double mean = 0, variance = 0;
    for (int64_t d = 0; d < D; ++d) mean += x.get(r * D + d) / double(D);
    for (int64_t d = 0; d < D; ++d) variance += std::pow(x.get(r * D + d) - mean, 2) / double(D);
    const double inverse = 1 / std::sqrt(variance + double(eps));
    for (int64_t d = 0; d < D; ++d) {
      const int64_t i = r * D + d;
      const double scaled = (x.get(i) - mean) * inverse * weight.get(d);
      const double n = scaled + bias.get(d);
      const double spread =
          (std::abs(scaled) + std::abs(bias.get(d))) * (8 + std::sqrt(double(D))) +
          std::abs(offset * inverse * weight.get(d)) * (4 + std::sqrt(double(D)));
      const double f32_error = spread * 0x1p-24;
      bool close = false;
      for (double slack : {-f32_error, f32_error}) {  // n may fall on either side of a tie
        const double rounded_n = dtype == FOV_BF16 && with_residual ? rounded(dtype, n + slack) : n;
        const double want = rounded_n + (with_residual ? residual.get(i) : 0);
        const double allowed = f32_error + (dtype == FOV_BF16 ? 0.51 * unit(dtype, want, 0) : 0) +
                               0x1p-24 * std::abs(want);
        close = close || std::abs(y.get(i) - want) <= allowed;
      }
      CHECK(close, "%s R=%d D=%d offset %g residual %d at %d: got %.9g, wanted about %.9g",
            dtype_text(dtype), int(R), int(D), offset, int(with_residual), int(i), y.get(i),
            n + (with_residual ? residual.get(i) : 0));
    }
  }
  CHECK(y.intact(), "wrote outside the output");
}

}  // namespace

TEST(agrees_with_the_formula) {
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 7, 16, 31, 32, 33, 112, 1792, 4099})
      for (bool with_residual : {false, true}) {
        compare(dtype, 3, D, 0, with_residual);
        compare(dtype, 1, D, 30, with_residual);
      }
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) compare(dtype, 3, 64, 0, true);
}

TEST(in_place_and_zero_rows) {
  Context context;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    const Tensor x = random_tensor(dtype, {4, 45}, 3), residual = random_tensor(dtype, {4, 45}, 3);
    const Tensor weight = random_tensor(FOV_F32, {45}), bias = random_tensor(FOV_F32, {45});
    const Tensor y(dtype, {4, 45}, 3), onto_x(x), onto_residual(residual);
    CHECK_OK(fov_layer_norm(context, x, weight, bias, 1e-6f, residual, y));
    CHECK_OK(fov_layer_norm(context, onto_x, weight, bias, 1e-6f, residual, onto_x));
    CHECK_OK(fov_layer_norm(context, x, weight, bias, 1e-6f, onto_residual, onto_residual));
    CHECK(y.same_bits(onto_x) && y.same_bits(onto_residual), "in place differs");
    const Tensor none(dtype, {0, 45});
    CHECK_OK(fov_layer_norm(context, none, weight, bias, 0, nullptr, none));
  }
}

TEST(nan_stays_in_its_row) {
  Context context;
  Tensor x = random_tensor(FOV_F32, {3, 33});
  x.set(33 + 32, NAN);
  const Tensor weight = random_tensor(FOV_F32, {33}), y(FOV_F32, {3, 33});
  CHECK_OK(fov_layer_norm(context, x, weight, weight, 1e-6f, nullptr, y));
  for (int64_t i = 0; i < 99; ++i) CHECK(std::isnan(y.get(i)) == (i / 33 == 1), "at %d", int(i));
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const Tensor x = random_tensor(FOV_F32, {97, 1792}), weight = random_tensor(FOV_F32, {1792});
  const Tensor a(FOV_F32, {97, 1792}), b(FOV_F32, {97, 1792});
  CHECK_OK(fov_layer_norm(one, x, weight, weight, 1e-6f, x, a));
  CHECK_OK(fov_layer_norm(two, x, weight, weight, 1e-6f, x, b));
  CHECK(a.same_bits(b), "1 and 2 threads differ");
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {2, 16}), w = random_tensor(FOV_F32, {16});
  const Tensor y(FOV_F32, {2, 16}), bf(FOV_BF16, {2, 16}), short_w(FOV_F32, {15});
  CHECK_INVALID("weight: wanted [16]", fov_layer_norm(context, x, short_w, w, 0, nullptr, y));
  CHECK_INVALID("bias: wanted [16]", fov_layer_norm(context, x, w, short_w, 0, nullptr, y));
  CHECK_INVALID("residual: wanted f32", fov_layer_norm(context, x, w, w, 0, bf, y));
  CHECK_INVALID("residual: wanted [2,16]",
                fov_layer_norm(context, x, w, w, 0, Tensor(FOV_F32, {1, 16}), y));
  CHECK_INVALID("y: wanted f32", fov_layer_norm(context, x, w, w, 0, nullptr, bf));
  CHECK_INVALID("y: wanted [2,16]",
                fov_layer_norm(context, x, w, w, 0, nullptr, Tensor(FOV_F32, {3, 16})));
  CHECK_INVALID("eps", fov_layer_norm(context, x, w, w, INFINITY, nullptr, y));
  CHECK_INVALID("at least one column",
                fov_layer_norm(context, Tensor(FOV_F32, {2, 0}), w, w, 0, nullptr, y));
  CHECK_INVALID("NULL", fov_layer_norm(context, x, w, nullptr, 0, nullptr, y));
  Tensor shifted(y);
  shifted.edit()->data = static_cast<float*>(x.view().data) + 1;
  CHECK_INVALID("does not overlap", fov_layer_norm(context, y, w, w, 0, x, shifted));
}

FOVEA_TEST_MAIN()
