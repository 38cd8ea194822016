// Ops at the full width of CogVLM 17B (hidden size 4096, encoder 1792, a picture of 490 pixels and
// 32 tokens), against float64 on outputs chosen at random: indices beyond 2^16, many blocks, many
// turns of every ring. ctest runs it on a GPU only; by hand it runs on every device.
#include "attention_oracle.h"
#include "linear_oracle.h"
#include "packed.h"
#include "stored.h"

using namespace fovea::test;

namespace {

constexpr int64_t kVision = 1226, kRows = kVision + 32;
constexpr int kSamples = 300;  // of an op's outputs

// A million normal values, repeated: a prime number, so that rows differ.
const std::vector<double>& values() {
  static const std::vector<double> block = [] {
    std::vector<double> drawn(1000003);
    for (double& value : drawn) value = normal();
    return drawn;
  }();
  return block;
}
template <typename Kind = Tensor>
Kind wide_tensor(int32_t dtype, std::vector<int64_t> shape, double scale = 1) {
  Kind tensor(dtype, std::move(shape));
  const auto begin = size_t(uniform_int(0, int64_t(values().size()) - 1));
  tensor.fill([&](int64_t i) { return scale * values()[(begin + size_t(i)) % values().size()]; });
  return tensor;
}

std::vector<double> row_of(const Tensor& tensor, int64_t row) {
  std::vector<double> row_values(static_cast<size_t>(tensor.size(1)));
  for (size_t i = 0; i < row_values.size(); ++i)
    row_values[i] = tensor.get(row * tensor.size(1) + int64_t(i));
  return row_values;
}

// Weights [N, K] of one expert, plain bf16, with what a product with them needs.
struct Expert {
  Expert(const Context& context, int64_t N, int64_t K, bool pair)
      : pair(pair),
        first(wide_tensor<HostTensor>(FOV_BF16, {N, K}, 0.02)),
        second(wide_tensor<HostTensor>(FOV_BF16, {pair ? N : 1, K}, 0.02)),
        bias(wide_tensor(FOV_F32, {pair ? 2 * N : N})),
        packed(context, FOV_BF16, first, pair ? static_cast<const fov_tensor*>(second) : nullptr) {}

  Range z(const HostTensor& half, const std::vector<double>& x, int64_t n, int64_t b) const {
    const double of_bias = bias.get(b);
    return exact_z(x, row_of(half, n), &of_bias, 0, 0, half.size(1), FOV_BF16);
  }
  // Everything that output n of a row x may be.
  Range output(const std::vector<double>& x, int64_t n, int32_t epilogue, double residual) const {
    const Range other = pair ? z(second, x, n, first.size(0) + n) : Range{0, 0};
    return expected(epilogue, FOV_BF16, z(first, x, n, n), other, residual);
  }

  bool pair;
  HostTensor first, second;
  Tensor bias;
  Packed packed;
};

void routed(int64_t N, int64_t K, int32_t epilogue) {
  Context context(2);
  const bool pair = epilogue == FOV_EPILOGUE_SWIGLU;
  const Expert vision(context, N, K, pair), language(context, N, K, pair);
  const Tensor x = wide_tensor(FOV_BF16, {kRows, K}), residual = wide_tensor(FOV_BF16, {kRows, N});
  const Tensor y(FOV_BF16, {kRows, N});
  const bool adds = epilogue == FOV_EPILOGUE_RESIDUAL;
  CHECK_OK(fov_routed_linear(context, x, kVision, vision.packed, vision.bias, language.packed,
                             language.bias, epilogue,
                             adds ? static_cast<const fov_tensor*>(residual) : nullptr, y));
  for (int i = 0; i < kSamples; ++i) {
    // The last rows and features of both, then any.
    const int64_t r = i == 0 ? kVision - 1 : i == 1 ? kRows - 1 : uniform_int(0, kRows - 1);
    const int64_t n = i < 2 ? N - 1 : uniform_int(0, N - 1);
    const Expert& expert = r < kVision ? vision : language;
    const Range want = expert.output(row_of(x, r), n, epilogue, residual.get(r * N + n));
    const double got = y.get(r * N + n);
    CHECK(got >= want.low && got <= want.high, "N=%d K=%d y[%d,%d] is %.9g, wanted %.9g..%.9g",
          int(N), int(K), int(r), int(n), got, want.low, want.high);
  }
  CHECK(y.intact(), "wrote outside y");

  // A decode step's rows have the bits that they have in a prefill.
  for (int64_t R : {1, 4, 16}) {
    const Tensor few(FOV_BF16, {R, N});
    const fov_tensor tail = x.rows(kRows - R, R), added = residual.rows(kRows - R, R);
    CHECK_OK(fov_linear(context, &tail, language.packed, language.bias, epilogue,
                        adds ? &added : nullptr, few));
    CHECK(same_rows(few, 0, y, kRows - R, R), "N=%d K=%d: %d rows differ from a prefill's", int(N),
          int(K), int(R));
  }
}

void encoder_linear(int64_t N, int64_t K, int32_t epilogue) {
  Context context(2);
  const Expert weights(context, N, K, false);
  const Tensor x = wide_tensor(FOV_BF16, {kVision, K}), y(FOV_BF16, {kVision, N});
  CHECK_OK(fov_linear(context, x, weights.packed, weights.bias, epilogue, nullptr, y));
  for (int i = 0; i < kSamples; ++i) {
    const int64_t r = i == 0 ? kVision - 1 : uniform_int(0, kVision - 1);
    const int64_t n = i == 0 ? N - 1 : uniform_int(0, N - 1);
    const Range want = weights.output(row_of(x, r), n, epilogue, 0);
    const double got = y.get(r * N + n);
    CHECK(got >= want.low && got <= want.high, "N=%d K=%d y[%d,%d] is %.9g, wanted %.9g..%.9g",
          int(N), int(K), int(r), int(n), got, want.low, want.high);
  }
  CHECK(y.intact(), "wrote outside y");
}

// y of sampled rows and heads against softmax in float64. key_at, value_at: [K] of key j of head h.
template <typename At>
void compare_attention(const char* what, const Tensor& y, const std::vector<double>& queries,
                       const std::function<int64_t(int64_t)>& keys_of, const At& key_at,
                       const At& value_at) {
  const int64_t R = y.size(0), H = y.size(1), K = y.size(2);
  for (int i = 0; i < kSamples / 4; ++i) {
    const int64_t r = i == 0 ? R - 1 : uniform_int(0, R - 1), h = uniform_int(0, H - 1);
    const int64_t at = (r * H + h) * K, keys = keys_of(r);
    const auto row = attend(
        keys, K, double(float(1 / std::sqrt(double(K)))), &queries[size_t(at)],
        [&](int64_t j) { return key_at(j, h); }, [&](int64_t j) { return value_at(j, h); });
    for (int64_t k = 0; k < K; ++k) {
      const double got = y.get(at + k), want = row.values[size_t(k)];
      const double allowed = attention_error(FOV_BF16, row, k, keys, K);
      CHECK(std::abs(got - want) <= allowed, "%s y[%d,%d,%d]: got %.9g, wanted %.9g +- %.3g", what,
            int(r), int(h), int(k), got, want, allowed);
    }
  }
  CHECK(y.intact(), "%s: wrote outside y", what);
}

}  // namespace

TEST(decoder_layers) {
  routed(12288, 4096, FOV_EPILOGUE_NONE);      // queries, keys, values
  routed(4096, 4096, FOV_EPILOGUE_RESIDUAL);   // attention's output
  routed(11008, 4096, FOV_EPILOGUE_SWIGLU);    // gate and up
  routed(4096, 11008, FOV_EPILOGUE_RESIDUAL);  // down
}

TEST(encoder_layers) {
  encoder_linear(5376, 1792, FOV_EPILOGUE_NONE);
  encoder_linear(15360, 1792, FOV_EPILOGUE_GELU_ERF);
  encoder_linear(1792, 15360, FOV_EPILOGUE_NONE);
  encoder_linear(4096, 1024, FOV_EPILOGUE_QUICK_GELU);  // CLIP ViT-L's fc1
}

TEST(quantized_decoder_layer) {
  constexpr int64_t N = 4096, K = 11008;
  struct Form {
    int32_t dtype;
    int64_t group;
  };
  for (const Form& form : {Form{FOV_I8, K}, Form{FOV_F8, K}, Form{FOV_I4, 32}, Form{FOV_I4, 128}}) {
    Context context(2);
    const Stored stored(form.dtype, FOV_BF16, N, K, form.group);
    const Packed packed(context, form.dtype, FOV_PACKED, K, form.group, stored.values,
                        stored.scales);
    const std::vector<double> weights = stored.dequantized();
    for (int64_t R : {int64_t{1}, int64_t{16}, int64_t{200}}) {
      const Tensor x = wide_tensor(FOV_BF16, {R, K}), y(FOV_BF16, {R, N});
      CHECK_OK(fov_linear(context, x, packed, nullptr, FOV_EPILOGUE_NONE, nullptr, y));
      for (int i = 0; i < kSamples / 4; ++i) {
        const int64_t r = i == 0 ? R - 1 : uniform_int(0, R - 1);
        const int64_t n = i == 0 ? N - 1 : uniform_int(0, N - 1);
        const std::vector<double> w(weights.begin() + n * K, weights.begin() + (n + 1) * K);
        const Range want = exact_z(row_of(x, r), w, nullptr, 0, 0, K, FOV_BF16);
        const double got = y.get(r * N + n);
        CHECK(got >= want.low && got <= want.high,
              "%s group %d R=%d y[%d,%d] is %.9g, wanted %.9g..%.9g", dtype_text(form.dtype),
              int(form.group), int(R), int(r), int(n), got, want.low, want.high);
      }
    }
  }
}

TEST(encoder_attention) {
  constexpr int64_t H = 16, K = 112;
  Context context(2);
  const Tensor q = wide_tensor(FOV_BF16, {kVision, H, K}),
               k = wide_tensor(FOV_BF16, {kVision, H, K});
  const Tensor v = wide_tensor(FOV_BF16, {kVision, H, K}), y(FOV_BF16, {kVision, H, K});
  CHECK_OK(fov_attention(context, q, k, v, float(1 / std::sqrt(double(K))), y));
  const auto keys = k.values(), vals = v.values();
  const std::function<const double*(int64_t, int64_t)> key = [&](int64_t j, int64_t h) {
    return &keys[size_t((j * H + h) * K)];
  };
  const std::function<const double*(int64_t, int64_t)> value = [&](int64_t j, int64_t h) {
    return &vals[size_t((j * H + h) * K)];
  };
  compare_attention(
      "attention", y, q.values(), [](int64_t) { return kVision; }, key, value);
}

TEST(decoder_attention) {
  constexpr int64_t H = 32, K = 128, kPages = (kRows + FOV_PAGE_SLOTS - 1) / FOV_PAGE_SLOTS;
  Context context(2);
  const Tensor k_pages = wide_tensor(FOV_BF16, {kPages, H, FOV_PAGE_SLOTS, K});
  const Tensor v_pages = wide_tensor(FOV_BF16, {kPages, H, FOV_PAGE_SLOTS, K});
  std::vector<int32_t> pages(kPages), slots(kRows);
  for (size_t i = 0; i < pages.size(); ++i) pages[i] = int32_t(i);
  for (size_t i = 0; i < slots.size(); ++i) slots[i] = int32_t(i);
  std::shuffle(pages.begin(), pages.end(), random_engine);
  Tensor table(FOV_I32, {1, kPages});
  table.fill([&](int64_t i) { return pages[size_t(i)]; });
  const auto keys = k_pages.values(), vals = v_pages.values();
  const auto at = [&](int64_t slot, int64_t h) {
    const int64_t page = pages[size_t(slot / FOV_PAGE_SLOTS)];
    return size_t(((page * H + h) * FOV_PAGE_SLOTS + slot % FOV_PAGE_SLOTS) * K);
  };
  const std::function<const double*(int64_t, int64_t)> key = [&](int64_t j, int64_t h) {
    return &keys[at(j, h)];
  };
  const std::function<const double*(int64_t, int64_t)> value = [&](int64_t j, int64_t h) {
    return &vals[at(j, h)];
  };
  // A prefill of all rows, then the last one alone.
  for (int64_t R : {kRows, int64_t{1}}) {
    const Tensor q = wide_tensor(FOV_BF16, {R, H, K}), y(FOV_BF16, {R, H, K});
    const std::vector<int32_t> own(slots.end() - R, slots.end());
    CHECK_OK(fov_paged_attention(context, q, k_pages, v_pages, table,
                                 i32_tensor(std::vector<int32_t>(size_t(R), 0)), i32_tensor(own),
                                 float(1 / std::sqrt(double(K))), y));
    compare_attention(
        "paged_attention", y, q.values(), [&](int64_t r) { return int64_t{own[size_t(r)]} + 1; },
        key, value);
  }
}

FOVEA_TEST_MAIN()
