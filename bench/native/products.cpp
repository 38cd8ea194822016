// Matrix products at the shapes of CogVLM 17B and of CLIP ViT-L's fc1, convolutions at those of
// OFA's, Groma's and SAM's encoders; weights packed from random ones.
#include <algorithm>
#include <climits>

#include "common/dtype.h"
#include "measure.h"

namespace fovea::bench {
namespace {

// How weights are packed: group 0 where they are plain.
struct Packing {
  int32_t dtype, layout = FOV_PACKED;
  int64_t group = 0;
  int64_t group_of(int64_t K) const { return std::min(group, K); }
  std::string form() const {
    return layout == FOV_PACKED_INT8     ? " as integers"
           : group && group != kWholeRow ? text(" group %lld", group)
                                         : "";
  }
  static constexpr int64_t kWholeRow = INT64_MAX;  // one scale a row
};

// Features N (of each half, where it is a pair) and inputs K of a layer.
struct Layer {
  int64_t N, K;
  int32_t epilogue;
  bool pair() const { return epilogue == FOV_EPILOGUE_SWIGLU; }
  int64_t features() const { return pair() ? 2 * N : N; }
};

constexpr Layer kQueriesKeysValues = {12288, 4096, FOV_EPILOGUE_NONE};
constexpr Layer kDecoder[] = {kQueriesKeysValues,
                              {4096, 4096, FOV_EPILOGUE_RESIDUAL},    // attention's output
                              {11008, 4096, FOV_EPILOGUE_SWIGLU},     // gate and up
                              {4096, 11008, FOV_EPILOGUE_RESIDUAL}};  // down
constexpr Layer kHead = {32000, 4096, FOV_EPILOGUE_NONE};
constexpr Layer kEncoder[] = {{5376, 1792, FOV_EPILOGUE_NONE},       // queries, keys, values
                              {1792, 1792, FOV_EPILOGUE_NONE},       // projection
                              {15360, 1792, FOV_EPILOGUE_GELU_ERF},  // fc1
                              {1792, 15360, FOV_EPILOGUE_NONE}};     // fc2
constexpr Layer kClipFc1 = {4096, 1024, FOV_EPILOGUE_QUICK_GELU};
constexpr Layer kAdapter[] = {{4096, 1792, FOV_EPILOGUE_NONE}, {4096, 11008, FOV_EPILOGUE_NONE}};
constexpr int64_t kImageRows = 1226;  // of a picture of 490 pixels

// Copies of one packed weight [N, K], in turn.
class Weights {
 public:
  Weights(const Packing& packing, const Layer& layer) : packing_(packing), layer_(layer) {
    const int64_t N = layer.features(), K = layer.K, group = packing.group_of(K);
    const int64_t bytes =
        packing.group ? fov_packed_quantized_bytes(context, packing.dtype, FOV_BF16, N, K, group)
                      : fov_packed_bytes(context, packing.dtype, N, K);
    if (bytes < 0) check(fov_last_status());
    for (int64_t i = 0; i < cold_copies(double(bytes)); ++i) {
      copies_.push_back(std::make_unique<Array>(FOV_U8, std::vector<int64_t>{bytes}));
      fov_tensor view = *static_cast<const fov_tensor*>(*copies_.back());
      view.dtype = packing.dtype, view.layout = packing.layout, view.rank = 2;
      view.shape[0] = N, view.shape[1] = K;
      if (packing.group) view.stride[0] = group, view.stride[1] = FOV_BF16;
      views_.push_back(view);
    }
    packing.group ? pack_quantized() : pack_plain();
  }

  const fov_tensor* next() { return &views_[turn_++ % views_.size()]; }
  int64_t count() const { return int64_t(views_.size()); }
  double bytes() const { return copies_[0]->bytes(); }

 private:
  // The other half of a pair has the same values.
  const fov_tensor* second(const Array& first) const {
    return layer_.pair() ? static_cast<const fov_tensor*>(first) : nullptr;
  }
  void pack_plain() {
    const Array source(packing_.dtype, {layer_.N, layer_.K}, true);
    for (const fov_tensor& view : views_)
      check(fov_pack_weights(context, source, second(source), &view));
  }
  void pack_quantized() {
    const bool nibbles = packing_.dtype == FOV_I4;
    const int64_t groups = layer_.K / packing_.group_of(layer_.K);
    const Array values(nibbles ? int32_t(FOV_I32) : packing_.dtype,
                       {layer_.N, nibbles ? layer_.K / 8 : layer_.K}, true);
    const Array scales(FOV_BF16, {layer_.N, groups}, true);
    for (const fov_tensor& view : views_)
      check(fov_pack_quantized(context, values, scales, second(values), second(scales), &view));
  }

  Packing packing_;
  Layer layer_;
  std::vector<std::unique_ptr<Array>> copies_;
  std::vector<fov_tensor> views_;
  size_t turn_ = 0;
};

Layer sized(Layer layer) { return {width(layer.N), width(layer.K), layer.epilogue}; }

std::string shape_text(int64_t R, const Layer& layer, int32_t x_dtype, const Packing& packing) {
  const char* names[] = {"",      " gelu",         " residual", " swiglu", " quick_gelu",
                         " relu", " residual relu"};
  return text("R%lld N%lld K%lld", R, layer.features(), layer.K) + names[layer.epilogue] + " of " +
         dtype_name(x_dtype) + packing.form();
}

// y is bf16 where x is, f32 else.
void linear(int32_t x_dtype, const Packing& packing, const Layer& full_layer) {
  if (!wanted(x_dtype)) return;
  const Layer layer = sized(full_layer);
  Weights weights(packing, layer);
  for (int64_t full_rows :
       {int64_t{1}, int64_t{4}, int64_t{8}, int64_t{16}, int64_t{128}, kImageRows}) {
    const int64_t R = full_rows <= 16 ? full_rows : rows(full_rows);
    const Array x(x_dtype, {R, layer.K}), y(x_dtype, {R, layer.N});
    const bool adds = layer.epilogue == FOV_EPILOGUE_RESIDUAL;
    const fov_tensor* residual = adds ? static_cast<const fov_tensor*>(y) : nullptr;
    report({.op = "linear",
            .dtype = packing.dtype,
            .shape = shape_text(R, layer, x_dtype, packing),
            .bytes = weights.bytes() + x.bytes() + (adds ? 2 : 1) * y.bytes(),
            .flop = 2.0 * double(R * layer.features() * layer.K),
            .least_calls = weights.count()},
           [&] {
             return fov_linear(context, x, weights.next(), nullptr, layer.epilogue, residual, y);
           });
  }
}

// A picture's rows on the vision expert's weights, a question's on the language expert's.
void routed_linear(const Layer& full_layer) {
  if (!wanted(int32_t{FOV_BF16})) return;
  const Layer layer = sized(full_layer);
  const Packing packing = {FOV_BF16};
  Weights vision(packing, layer), language(packing, layer);
  const int64_t of_picture = rows(kImageRows), R = of_picture + rows(32);
  const Array x(FOV_BF16, {R, layer.K}), y(FOV_BF16, {R, layer.N});
  const bool adds = layer.epilogue == FOV_EPILOGUE_RESIDUAL;
  const fov_tensor* residual = adds ? static_cast<const fov_tensor*>(y) : nullptr;
  report({.op = "routed_linear",
          .dtype = FOV_BF16,
          .shape = shape_text(R, layer, FOV_BF16, packing) + text(" vision%lld", of_picture),
          .bytes = 2 * vision.bytes() + x.bytes() + (adds ? 2 : 1) * y.bytes(),
          .flop = 2.0 * double(R * layer.features() * layer.K),
          .least_calls = vision.count()},
         [&] {
           return fov_routed_linear(context, x, of_picture, vision.next(), nullptr, language.next(),
                                    nullptr, layer.epilogue, residual, y);
         });
}

// Square windows of one square map.
struct Convolution {
  const char* model;
  int64_t side, C, N;
  int32_t window, stride, padding;
  int64_t out_side() const { return (side + 2 * padding - window) / stride + 1; }
};

constexpr Convolution kConvolutions[] = {{"OFA stem", 512, 3, 64, 7, 2, 3},
                                         {"OFA stage 3", 32, 256, 256, 3, 1, 1},
                                         {"SAM neck", 64, 256, 256, 3, 1, 1},
                                         {"Groma", 128, 1024, 1024, 3, 1, 1}};

// A convolution, and the same product of windows that are rows already.
void convolution(int32_t dtype, const Convolution& full) {
  Convolution c = full;
  c.side = std::max<int64_t>(c.window, c.side / options.shrink);
  const Layer layer = {c.N, c.window * c.window * c.C, FOV_EPILOGUE_RELU};
  Weights weights({dtype}, layer);
  const int64_t R = c.out_side() * c.out_side();
  const Array y(dtype, {R, c.N});
  const double flop = 2.0 * double(R * layer.N * layer.K);
  {
    const Array x(dtype, {c.side * c.side, c.C});
    report({.op = "convolution",
            .dtype = dtype,
            .shape = text("%lldx%lldx%lld N%lld", c.side, c.side, c.C, c.N) +
                     text(" window%lld/%lld ", c.window, c.stride) + c.model,
            .bytes = weights.bytes() + x.bytes() + y.bytes(),
            .flop = flop,
            .least_calls = weights.count()},
           [&] {
             return fov_convolution(context, x, int32_t(c.side), int32_t(c.side), c.window,
                                    c.window, c.stride, c.padding, weights.next(), nullptr,
                                    layer.epilogue, nullptr, y);
           });
  }
  const Array rows_of_windows(dtype, {R, layer.K});
  report({.op = "convolution_rows",
          .dtype = dtype,
          .shape = shape_text(R, layer, dtype, {dtype}) + " " + c.model,
          .bytes = weights.bytes() + rows_of_windows.bytes() + y.bytes(),
          .flop = flop,
          .least_calls = weights.count()},
         [&] {
           return fov_linear(context, rows_of_windows, weights.next(), nullptr, layer.epilogue,
                             nullptr, y);
         });
}

void linears(int32_t x_dtype, const Packing& packing) {
  for (const Layer& layer : kDecoder) linear(x_dtype, packing, layer);
  for (const Layer& layer : kEncoder) linear(x_dtype, packing, layer);
  linear(x_dtype, packing, kClipFc1);
  if (x_dtype != FOV_BF16) return;
  for (const Layer& layer : kAdapter) linear(x_dtype, packing, layer);
  linear(x_dtype, packing, kHead);
}

// Side by side in one run.
void quantized_linears() {
  for (const Packing& packing :
       {Packing{FOV_BF16}, Packing{FOV_F8, FOV_PACKED, Packing::kWholeRow},
        Packing{FOV_I8, FOV_PACKED, Packing::kWholeRow}, Packing{FOV_I4, FOV_PACKED, 32},
        Packing{FOV_I4, FOV_PACKED, 128}, Packing{FOV_I8, FOV_PACKED_INT8, Packing::kWholeRow},
        Packing{FOV_I4, FOV_PACKED_INT8, 32}})
    linear(FOV_BF16, packing, kQueriesKeysValues);
}

}  // namespace

void products() {
  if (wanted("linear")) {
    linears(FOV_BF16, {FOV_BF16});
    linears(FOV_F32, {FOV_BF16});
    linears(FOV_F32, {FOV_F32});
  }
  if (wanted("routed_linear"))
    for (const Layer& layer : kDecoder) routed_linear(layer);
  if (wanted("quantized_linear")) quantized_linears();
  if (wanted("convolution"))
    for (int32_t dtype : {FOV_BF16, FOV_F32})
      if (wanted(dtype))
        for (const Convolution& c : kConvolutions) convolution(dtype, c);
}

}  // namespace fovea::bench
