#include "attention_oracle.h"

using namespace fovea::test;

namespace {

struct Shape {
  int64_t T, U, H, Hkv, K;
};

void compare(int32_t dtype, const Shape& s, int32_t threads, double size) {
  Context context(threads);
  const Tensor q = random_tensor(dtype, {s.T, s.H, s.K}, 3, size);
  const Tensor k = random_tensor(dtype, {s.U, s.Hkv, s.K}, s.K % 16 ? 1 : 8);  // 16 bytes apart
  const Tensor v = random_tensor(dtype, {s.U, s.Hkv, s.K}, 0);
  const Tensor y(dtype, {s.T, s.H, s.K}, 2);
  const float scale = float(1 / std::sqrt(double(s.K)));
  CHECK_OK(fov_attention(context, q, k, v, scale, y));
  const auto queries = q.values(), keys = k.values(), values = v.values();
  for (int64_t t = 0; t < s.T; ++t)
    for (int64_t h = 0; h < s.H; ++h) {
      const int64_t hk = h / (s.H / s.Hkv), at = (t * s.H + h) * s.K;
      const auto row = attend(
          s.U, s.K, scale, &queries[size_t(at)],
          [&](int64_t j) { return &keys[size_t((j * s.Hkv + hk) * s.K)]; },
          [&](int64_t j) { return &values[size_t((j * s.Hkv + hk) * s.K)]; });
      for (int64_t i = 0; i < s.K; ++i) {
        const double got = y.get(at + i), want = row.values[size_t(i)];
        const double allowed = attention_error(dtype, row, i, s.U, s.K);
        CHECK(std::abs(got - want) <= allowed,
              "%s T=%d U=%d H=%d/%d K=%d at (%d,%d,%d): got %.9g, wanted %.9g, allowed %.3g",
              dtype_text(dtype), int(s.T), int(s.U), int(s.H), int(s.Hkv), int(s.K), int(t), int(h),
              int(i), got, want, allowed);
      }
    }
  CHECK(y.intact(), "wrote outside the output");
}

}  // namespace

TEST(agrees_with_the_formula) {
  const Shape shapes[] = {{1, 1, 1, 1, 1},     {2, 3, 2, 1, 2},      {5, 31, 2, 2, 15},
                          {6, 64, 1, 1, 16},   {7, 65, 3, 3, 17},    {13, 63, 2, 1, 31},
                          {49, 129, 2, 2, 32}, {97, 130, 2, 1, 33},  {50, 513, 1, 1, 112},
                          {3, 1030, 2, 2, 64}, {60, 1100, 1, 1, 40}, {26, 26, 5, 5, 128},
                          {1, 6400, 2, 2, 32}, {50, 6400, 1, 1, 32}};  // CogAgent's cross-attention
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (const Shape& s : shapes) {
      if (emulated() && s.T * s.U * s.H * s.K > 5000000) continue;
      compare(dtype, s, 1, 1);
      compare(dtype, s, 2, 5);
    }
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t K : {32, 64}) compare(dtype, {70, 70, 2, 1, K}, 1, 1);
}

TEST(rows_do_not_depend_on_each_other_or_on_threads) {
  const int64_t T = 101, U = emulated() ? 200 : 700, H = 3;
  for (auto [dtype, K] : {std::pair{FOV_F32, 48}, {FOV_BF16, 48}, {FOV_BF16, 64}}) {
    Context one(1), two(2);
    const Tensor q = random_tensor(dtype, {T, H, K}), k = random_tensor(dtype, {U, H, K});
    const Tensor v = random_tensor(dtype, {U, H, K}), a(dtype, {T, H, K}), b(dtype, {T, H, K});
    CHECK_OK(fov_attention(one, q, k, v, 0.2f, a));
    CHECK_OK(fov_attention(two, q, k, v, 0.2f, b));
    CHECK(a.same_bits(b), "1 and 2 threads differ");
    for (int64_t t : {int64_t{0}, int64_t{50}, T - 1}) {
      const fov_tensor row = q.rows(t, 1);
      const Tensor out(dtype, {1, H, K});
      CHECK_OK(fov_attention(two, &row, k, v, 0.2f, out));
      for (int64_t i = 0; i < H * K; ++i)
        CHECK(out.get(i) == a.get(t * H * K + i), "row %d alone differs at %d", int(t), int(i));
    }
  }
}

TEST(large_scores_and_nan) {
  Context context;
  const int64_t T = 60, U = 70, K = 20;
  Tensor q = random_tensor(FOV_F32, {T, 1, K}, 0, 1e4), k = random_tensor(FOV_F32, {U, 1, K});
  Tensor v = random_tensor(FOV_F32, {U, 1, K}), y(FOV_F32, {T, 1, K});
  CHECK_OK(fov_attention(context, q, k, v, 1, y));
  for (int64_t i = 0; i < T * K; ++i) CHECK(std::isfinite(y.get(i)), "not finite at %d", int(i));
  q.set(7 * K + 3, NAN);  // one query: one row
  CHECK_OK(fov_attention(context, q, k, v, 1, y));
  for (int64_t i = 0; i < T * K; ++i)
    CHECK(std::isnan(y.get(i)) == (i / K == 7), "NaN in query 7, output %d", int(i));
  k.set(69 * K, NAN);  // one key: every row
  CHECK_OK(fov_attention(context, q, k, v, 1, y));
  for (int64_t i = 0; i < T * K; ++i)
    CHECK(std::isnan(y.get(i)), "NaN in a key, output %d", int(i));
}

TEST(minus_infinity_scores_weigh_nothing) {
  Context context;
  const int64_t U = 700;  // the first split holds only -infinity scores
  Tensor q(FOV_F32, {1, 1, 1}), k(FOV_F32, {U, 1, 1}), v(FOV_F32, {U, 1, 1}), y(FOV_F32, {1, 1, 1});
  q.set(0, 1);
  k.fill([&](int64_t j) { return j < 600 ? -INFINITY : 0; });
  v.fill([&](int64_t j) { return j < 600 ? 5 : 2; });
  CHECK_OK(fov_attention(context, q, k, v, 1, y));
  CHECK(y.get(0) == 2, "got %g", y.get(0));
}

TEST(wrong_arguments) {
  Context context;
  const Tensor q = random_tensor(FOV_F32, {4, 4, 8}), k = random_tensor(FOV_F32, {5, 2, 8});
  const Tensor y(FOV_F32, {4, 4, 8}), none(FOV_F32, {0, 2, 8}), three(FOV_F32, {5, 3, 8});
  CHECK_OK(fov_attention(context, q, k, k, 1, y));
  CHECK_INVALID("at least one key", fov_attention(context, q, none, none, 1, y));
  CHECK_INVALID("multiple of key heads", fov_attention(context, q, three, three, 1, y));
  CHECK_INVALID("v: wanted [5,2,8]",
                fov_attention(context, q, k, Tensor(FOV_F32, {6, 2, 8}), 1, y));
  CHECK_INVALID("k: wanted [5,2,8]",
                fov_attention(context, q, Tensor(FOV_F32, {5, 2, 7}), k, 1, y));
  CHECK_INVALID("y: wanted [4,4,8]",
                fov_attention(context, q, k, k, 1, Tensor(FOV_F32, {4, 2, 8})));
  CHECK_INVALID("v: wanted f32", fov_attention(context, q, k, Tensor(FOV_BF16, {5, 2, 8}), 1, y));
  CHECK_INVALID("scale", fov_attention(context, q, k, k, INFINITY, y));
  CHECK_INVALID("does not overlap", fov_attention(context, q, k, k, 1, q));
  CHECK_INVALID("context", fov_attention(nullptr, q, k, k, 1, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f16",
              fov_attention(context, Tensor(FOV_F16, {4, 4, 8}), k, k, 1, y));
  const Tensor empty(FOV_F32, {0, 4, 8});
  CHECK_OK(fov_attention(context, empty, k, k, 1, empty));
}

FOVEA_TEST_MAIN()
