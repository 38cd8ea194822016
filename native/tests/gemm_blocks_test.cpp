// linear and routed_linear over the sizes at which a backend may change its way of cutting the
// product into blocks: whatever the way, a row's bits are those it has when it is alone, which
// linear_test and quantized_linear_test compare with the formula.
#include "linear_oracle.h"
#include "stored.h"

using namespace fovea::test;

namespace {

struct Kind {
  int32_t dtype, layout, x;
};
constexpr Kind kKinds[] = {
    {FOV_BF16, FOV_PACKED, FOV_F32},     {FOV_BF16, FOV_PACKED, FOV_BF16},
    {FOV_I8, FOV_PACKED, FOV_BF16},      {FOV_I4, FOV_PACKED, FOV_BF16},
    {FOV_F8, FOV_PACKED, FOV_BF16},      {FOV_I8, FOV_PACKED_INT8, FOV_BF16},
    {FOV_I4, FOV_PACKED_INT8, FOV_BF16},
};

std::unique_ptr<Packed> random_weights(const Context& context, const Kind& kind, int64_t N,
                                       int64_t K, bool pair) {
  if (kind.dtype == FOV_BF16) {
    const HostTensor first = random_host_tensor(FOV_BF16, {N, K});
    const HostTensor second = random_host_tensor(FOV_BF16, {N, K});
    return std::make_unique<Packed>(context, FOV_BF16, first,
                                    pair ? static_cast<const fov_tensor*>(second) : nullptr);
  }
  const Stored first(kind.dtype, FOV_BF16, N, K, 32), second(kind.dtype, FOV_BF16, N, K, 32);
  const auto if_pair = [&](const fov_tensor* t) { return pair ? t : nullptr; };
  return std::make_unique<Packed>(context, kind.dtype, kind.layout, K, 32, first.values,
                                  first.scales, if_pair(second.values), if_pair(second.scales));
}

// Rows [begin, end) of y against the same rows of x, computed one by one.
void expect_rows(const Context& context, const Kind& kind, const Tensor& x, const Packed& weights,
                 int32_t epilogue, const Tensor& y, int64_t begin, int64_t end) {
  const int64_t step = std::max<int64_t>(1, (end - begin) / 9);
  for (int64_t r = begin; r < end; r = r + step < end || r == end - 1 ? r + step : end - 1) {
    const Tensor one(kind.x, {1, y.size(1)});
    const fov_tensor row = x.rows(r, 1);
    CHECK_OK(fov_linear(context, &row, weights, nullptr, epilogue, nullptr, one));
    CHECK(same_rows(one, 0, y, r, 1), "%s%s, R=%d N=%d: row %d differs from itself alone",
          dtype_text(kind.dtype), kind.layout == FOV_PACKED_INT8 ? " as integers" : "",
          int(y.size(0)), int(y.size(1)), int(r));
  }
}

}  // namespace

TEST(rows_alone_and_in_blocks_of_every_size) {
  Context context(2);
  for (const Kind& kind : kKinds)
    for (int64_t R : {8, 9, 16, 17, 64, 65, 129, 260})
      for (int64_t N : {40, 270}) {
        const int64_t K = 96;
        const int32_t epilogue = R % 2 ? FOV_EPILOGUE_SWIGLU : FOV_EPILOGUE_NONE;
        const auto weights = random_weights(context, kind, N, K, R % 2);
        const Tensor x = random_tensor(kind.x, {R, K}), y(kind.x, {R, N});
        CHECK_OK(fov_linear(context, x, *weights, nullptr, epilogue, nullptr, y));
        CHECK(y.intact(), "wrote outside y");
        expect_rows(context, kind, x, *weights, epilogue, y, 0, R);
      }
}

TEST(routed_blocks_end_between_the_sets) {
  Context context(2);
  const int64_t N = 150, K = 64, R = 300;
  for (const Kind& kind : kKinds) {
    const auto vision = random_weights(context, kind, N, K, false);
    const auto language = random_weights(context, kind, N, K, false);
    for (int64_t vision_rows : {3, 127, 128, 257, 295}) {
      const Tensor x = random_tensor(kind.x, {R, K}, vision_rows % 2), y(kind.x, {R, N});
      CHECK_OK(fov_routed_linear(context, x, vision_rows, *vision, nullptr, *language, nullptr,
                                 FOV_EPILOGUE_NONE, nullptr, y));
      CHECK(y.intact(), "wrote outside y");
      expect_rows(context, kind, x, *vision, FOV_EPILOGUE_NONE, y, 0, vision_rows);
      expect_rows(context, kind, x, *language, FOV_EPILOGUE_NONE, y, vision_rows, R);
    }
  }
}

FOVEA_TEST_MAIN()
