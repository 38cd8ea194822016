#include "harness.h"

using namespace fovea::test;

namespace {

constexpr int64_t kPages = 3;

struct Case1 {
  int64_t R;
  int32_t H, Hkv;
  int64_t K;
};

void compare(int32_t dtype, const Case1& c) {
  Context context(2);
  const int64_t R = c.R, K = c.K, width = (c.H + 2 * c.Hkv) * K, T = 9;
  const Tensor before = random_tensor(dtype, {R, width}, 3);
  const Tensor qkv(before), cos = random_tensor(FOV_F32, {T, K / 2}, 1);
  const Tensor sin = random_tensor(FOV_F32, {T, K / 2});
  Tensor k_pages(dtype, {kPages, c.Hkv, FOV_PAGE_SLOTS, K});
  Tensor v_pages(dtype, {kPages, c.Hkv, FOV_PAGE_SLOTS, K});
  k_pages.fill([](int64_t) { return 77; });
  v_pages.fill([](int64_t) { return 77; });
  std::vector<int32_t> positions, slots;
  for (int32_t slot = 0; slot < kPages * FOV_PAGE_SLOTS; ++slot) slots.push_back(slot);
  std::shuffle(slots.begin(), slots.end(), random_engine);
  slots.resize(size_t(R));
  for (int64_t r = 0; r < R; ++r) positions.push_back(int32_t(uniform_int(0, T - 1)));
  CHECK_OK(fov_rope_append(context, qkv, cos, sin, i32_tensor(positions), i32_tensor(slots), c.H,
                           c.Hkv, k_pages, v_pages));

  // f32 products are exact in float64; what the contract rounds is rounded here as well.
  const auto round = [&](double x) { return rounded(dtype, double(float(x))); };
  const auto rotated = [&](int64_t r, int64_t head, int64_t i) {
    const int64_t at = r * width + head * K, t = positions[size_t(r)] * (K / 2) + i % (K / 2);
    const double a = before.get(at + i % (K / 2)), b = before.get(at + K / 2 + i % (K / 2));
    return i < K / 2 ? round(round(a * cos.get(t)) - round(b * sin.get(t)))
                     : round(round(a * sin.get(t)) + round(b * cos.get(t)));
  };
  std::vector<int64_t> row_of(size_t(kPages) * FOV_PAGE_SLOTS, -1);
  for (int64_t r = 0; r < R; ++r) row_of[size_t(slots[size_t(r)])] = r;
  for (int64_t r = 0; r < R; ++r)
    for (int64_t i = 0; i < width; ++i) {
      const bool is_query = i < c.H * K;
      const double want = is_query ? rotated(r, i / K, i % K) : before.get(r * width + i);
      CHECK(qkv.get(r * width + i) == want, "%s qkv[%d,%d]: got %.9g, wanted %.9g",
            dtype_text(dtype), int(r), int(i), qkv.get(r * width + i), want);
    }
  for (int64_t i = 0; i < k_pages.count(); ++i) {
    const int64_t k = i % K, slot = i / K % FOV_PAGE_SLOTS, h = i / (K * FOV_PAGE_SLOTS) % c.Hkv;
    const int64_t r = row_of[size_t(i / (K * FOV_PAGE_SLOTS * c.Hkv) * FOV_PAGE_SLOTS + slot)];
    const double key = r < 0 ? 77 : rotated(r, c.H + h, k);
    const double value = r < 0 ? 77 : before.get(r * width + (c.H + c.Hkv + h) * K + k);
    CHECK(k_pages.get(i) == key && v_pages.get(i) == value,
          "%s slot %d head %d at %d: got %.9g and %.9g, wanted %.9g and %.9g", dtype_text(dtype),
          int(slot), int(h), int(k), k_pages.get(i), v_pages.get(i), key, value);
  }
  CHECK(qkv.intact() && k_pages.intact() && v_pages.intact(), "wrote outside an output");
}

}  // namespace

TEST(agrees_with_the_formula) {
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (const Case1& c : {Case1{1, 1, 1, 2}, Case1{33, 2, 1, 6}, Case1{7, 3, 3, 30},
                           Case1{40, 4, 2, 32}, Case1{100, 2, 2, 34}, Case1{64, 2, 2, 128}})
      compare(dtype, c);
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) compare(dtype, {7, 2, 1, 64});
}

TEST(wrong_arguments) {
  Context context;
  const Tensor qkv = random_tensor(FOV_F32, {2, 32}), table = random_tensor(FOV_F32, {5, 4});
  const Tensor pages(FOV_F32, {1, 1, 64, 8}), values(FOV_F32, {1, 1, 64, 8});
  const Tensor ids = i32_tensor({3, 4});
  const auto call = [&](const Tensor& qkv, const Tensor& cos, const Tensor& positions,
                        const Tensor& slots, int32_t H, int32_t Hkv, const fov_tensor* k) {
    return fov_rope_append(context, qkv, cos, table, positions, slots, H, Hkv, k, values);
  };
  CHECK_OK(call(qkv, table, ids, ids, 2, 1, pages));
  if (on_cpu()) {
    CHECK_INVALID("positions[1] in 0..4", call(qkv, table, i32_tensor({0, 5}), ids, 2, 1, pages));
    CHECK_INVALID("slots[0] in 0..63", call(qkv, table, ids, i32_tensor({64, 1}), 2, 1, pages));
    CHECK_INVALID("all different", call(qkv, table, ids, i32_tensor({7, 7}), 2, 1, pages));
  }
  CHECK_INVALID("slots: wanted [2]", call(qkv, table, ids, i32_tensor({7}), 2, 1, pages));
  CHECK_INVALID("positions: wanted [2]", call(qkv, table, i32_tensor({7}), ids, 2, 1, pages));
  CHECK_INVALID("multiple of kv_heads", call(qkv, table, ids, ids, 3, 2, pages));
  CHECK_INVALID("multiple of kv_heads", call(qkv, table, ids, ids, 2, 0, pages));
  CHECK_INVALID("qkv: wanted [2,40]", call(qkv, table, ids, ids, 3, 1, pages));
  CHECK_INVALID("cos: wanted", call(qkv, Tensor(FOV_F32, {5, 3}), ids, ids, 2, 1, pages));
  CHECK_INVALID("sin: wanted", call(qkv, Tensor(FOV_F32, {3, 4}), ids, ids, 2, 1, pages));
  CHECK_INVALID("even head size", call(qkv, table, ids, ids, 2, 1, Tensor(FOV_F32, {1, 1, 64, 7})));
  CHECK_INVALID("k_pages: wanted",
                call(qkv, table, ids, ids, 2, 1, Tensor(FOV_F32, {1, 2, 64, 8})));
  CHECK_INVALID("k_pages: wanted f32",
                call(qkv, table, ids, ids, 2, 1, Tensor(FOV_BF16, {1, 1, 64, 8})));
  CHECK_INVALID("v_pages: wanted memory", call(qkv, table, ids, ids, 2, 1, values));
}

FOVEA_TEST_MAIN()
