// Times the ops at the shapes of CogVLM 17B (490 px) and prints CSV:
//   op,backend,isa,threads,dtype,shape,median_us,p10,p90,GB/s,GFLOP/s
// GB/s counts what the op must read and write once. Data is random, never zeros.
//
//   op_bench [--threads N] [--op SUBSTRING] [--seconds S per row, default 1]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/dtype.h"
#include "fovea/ops.h"

namespace {

fov_context* context = nullptr;
std::string only;
double seconds = 1;

void check(fov_status status) {
  if (status == FOV_OK) return;
  std::fprintf(stderr, "%s\n", fov_last_error());
  std::exit(1);
}

// Device memory with small random values (or chosen integers), freed at the end.
class Array {
 public:
  Array(int32_t dtype, std::vector<int64_t> shape) {
    tensor_.dtype = dtype;
    tensor_.device = FOV_CPU;
    tensor_.rank = int32_t(shape.size());
    int64_t count = 1;
    for (int32_t i = tensor_.rank - 1; i >= 0; --i) {
      tensor_.shape[i] = shape[size_t(i)];
      tensor_.stride[i] = count;
      count *= shape[size_t(i)];
    }
    count_ = count;
    bytes_ = count * fovea::dtype_bytes(dtype);
    tensor_.data = fov_memory_allocate(context, bytes_);
    if (!tensor_.data) check(fov_last_status());
    static std::minstd_rand random(1);
    for (int64_t i = 0; i < count; ++i) set(i, float(random() % 2001) / 1000.0f - 1.0f);
  }
  ~Array() { fov_memory_free(context, tensor_.data, bytes_); }
  Array(const Array&) = delete;

  Array& integers(const std::function<int64_t(int64_t)>& value) {
    for (int64_t i = 0; i < count_; ++i) static_cast<int32_t*>(tensor_.data)[i] = int32_t(value(i));
    return *this;
  }
  // A view of columns [begin, begin + heads * K) of a matrix as [rows, heads, K].
  fov_tensor heads(int64_t begin, int64_t heads, int64_t K) const {
    fov_tensor view = tensor_;
    view.data = static_cast<char*>(view.data) + begin * fovea::dtype_bytes(tensor_.dtype);
    view.rank = 3;
    view.shape[1] = heads, view.shape[2] = K;
    view.stride[1] = K, view.stride[2] = 1;
    return view;
  }
  operator const fov_tensor*() const { return &tensor_; }
  double bytes() const { return double(bytes_); }

 private:
  void set(int64_t i, float value) {
    if (tensor_.dtype == FOV_F32) static_cast<float*>(tensor_.data)[i] = value;
    if (tensor_.dtype == FOV_BF16)
      static_cast<fovea::bf16*>(tensor_.data)[i] = fovea::from_float<fovea::bf16>(value);
    if (tensor_.dtype == FOV_U8)
      static_cast<uint8_t*>(tensor_.data)[i] = uint8_t(value * 127 + 128);
    if (tensor_.dtype == FOV_I8) static_cast<int8_t*>(tensor_.data)[i] = int8_t(value * 127);
    if (tensor_.dtype == FOV_F8)  // any code but NaN
      static_cast<uint8_t*>(tensor_.data)[i] = uint8_t(int(value * 63 + 63) | (i & 128));
    if (tensor_.dtype == FOV_I32)
      static_cast<int32_t*>(tensor_.data)[i] = int32_t(value * 2147483000.0f);
  }
  fov_tensor tensor_{};
  int64_t count_ = 0, bytes_ = 0;
};

bool wanted(const char* op) { return std::strstr(op, only.c_str()); }

void report(const char* op, int32_t dtype, const std::string& shape, double bytes, double flop,
            const std::function<fov_status()>& call) {
  using clock = std::chrono::steady_clock;
  check(call());
  std::vector<double> times;
  const auto end = clock::now() + std::chrono::duration<double>(seconds);
  while (times.size() < 5 || clock::now() < end) {
    const auto start = clock::now();
    check(call());
    times.push_back(std::chrono::duration<double, std::micro>(clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) { return times[size_t(share * double(times.size() - 1))]; };
  const char* isa = std::strstr(fov_cpu_features(), "kernels: ") + 9;
  std::printf("%s,cpu,%s,%d,%s,%s,%.1f,%.1f,%.1f,%.2f,%.2f\n", op, isa,
              fov_context_threads(context), fovea::dtype_name(dtype), shape.c_str(), at(0.5),
              at(0.1), at(0.9), bytes / at(0.5) * 1e-3, flop / at(0.5) * 1e-3);
  std::fflush(stdout);
}

std::string text(const char* format, auto... values) {
  char buffer[128];
  std::snprintf(buffer, sizeof buffer, format, static_cast<long long>(values)...);
  return buffer;
}

// T queries of CogAgent's cross-attention to its high-resolution branch.
void cross_attention(int32_t dtype, int64_t T) {
  const int64_t U = 6400, H = 32, K = 32;
  const Array q(dtype, {T, H, K}), k(dtype, {U, H, K}), v(dtype, {U, H, K}), y(dtype, {T, H, K});
  report("cross_attention", dtype, text("T%lld U%lld H%lld K%lld", T, U, H, K),
         2 * (q.bytes() + k.bytes()), 4.0 * double(T * U * H * K),
         [&] { return fov_attention(context, q, k, v, 0.177f, y); });
}

void encoder_attention(int32_t dtype) {
  const int64_t T = 1226, H = 16, K = 112;
  const Array qkv(dtype, {T, 3 * H * K}), y(dtype, {T, H, K});
  const fov_tensor q = qkv.heads(0, H, K), k = qkv.heads(H * K, H, K),
                   v = qkv.heads(2 * H * K, H, K);
  report("attention", dtype, text("T%lld H%lld K%lld", T, H, K), qkv.bytes() + y.bytes(),
         4.0 * double(T * T * H * K),
         [&] { return fov_attention(context, &q, &k, &v, 0.094f, y); });
}

// R rows that end at slot `last` of one sequence.
void decoder_attention(int32_t dtype, int64_t R, int64_t last) {
  const int64_t H = 32, K = 128, pages = last / FOV_PAGE_SLOTS + 1;
  const Array q(dtype, {R, H, K}), y(dtype, {R, H, K});
  const Array k(dtype, {pages, H, FOV_PAGE_SLOTS, K}), v(dtype, {pages, H, FOV_PAGE_SLOTS, K});
  Array table(FOV_I32, {1, pages}), sequences(FOV_I32, {R}), slots(FOV_I32, {R});
  table.integers([](int64_t i) { return i; });
  sequences.integers([](int64_t) { return 0; });
  slots.integers([&](int64_t r) { return last - R + 1 + r; });
  double seen = 0;
  for (int64_t r = 0; r < R; ++r) seen += double(last - r + 1);
  report("paged_attention", dtype, text("R%lld slots%lld H%lld K%lld", R, last + 1, H, K),
         2.0 * double((last + 1) * H * K * fovea::dtype_bytes(dtype)) + q.bytes() + y.bytes(),
         4.0 * seen * double(H * K),
         [&] { return fov_paged_attention(context, q, k, v, table, sequences, slots, 0.088f, y); });
}

// How weights are packed: group 0 where they are plain.
struct Packing {
  int32_t dtype, layout = FOV_PACKED;
  int64_t group = 0;
  int64_t group_of(int64_t K) const { return group < K ? group : K; }
};

int64_t packed_bytes(const Packing& packing, int64_t N, int64_t K) {
  return packing.group ? fov_packed_quantized_bytes(context, packing.dtype, FOV_BF16, N, K,
                                                    packing.group_of(K))
                       : fov_packed_bytes(context, packing.dtype, N, K);
}

// Packs random weights [N, K], both of a pair alike.
void pack(const Packing& packing, int64_t N, int64_t K, fov_tensor& weights) {
  const bool pair = weights.shape[0] != N;
  const auto second = [&](const Array& first) {
    return pair ? static_cast<const fov_tensor*>(first) : nullptr;
  };
  if (packing.group == 0) {
    const Array source(packing.dtype, {N, K});
    check(fov_pack_weights(context, source, second(source), &weights));
    return;
  }
  const bool nibbles = packing.dtype == FOV_I4;
  const Array values(nibbles ? int32_t(FOV_I32) : packing.dtype, {N, nibbles ? K / 8 : K});
  const Array scales(FOV_BF16, {N, K / packing.group_of(K)});
  weights.stride[0] = packing.group_of(K), weights.stride[1] = FOV_BF16;
  check(fov_pack_quantized(context, values, scales, second(values), second(scales), &weights));
}

// Weights [N, K] packed from random ones; y is bf16 where x is, f32 else.
void linear(int32_t x_dtype, const Packing& packing, int64_t N, int64_t K, int32_t epilogue) {
  const bool pair = epilogue == FOV_EPILOGUE_SWIGLU;
  const Array packed(FOV_U8, {packed_bytes(packing, pair ? 2 * N : N, K)});
  fov_tensor weights = *static_cast<const fov_tensor*>(packed);
  weights.dtype = packing.dtype, weights.layout = packing.layout, weights.rank = 2;
  weights.shape[0] = pair ? 2 * N : N, weights.shape[1] = K;
  pack(packing, N, K, weights);
  const std::string form = packing.layout == FOV_PACKED_INT8    ? " as integers"
                           : packing.group && packing.group < K ? text(" group %lld", packing.group)
                                                                : "";
  for (int64_t R : {1, 4, 16, 128, 1227}) {
    const Array x(x_dtype, {R, K}), y(x_dtype, {R, N});
    const char* names[] = {"", " gelu", " residual", " swiglu"};
    const fov_tensor* residual = nullptr;
    if (epilogue == FOV_EPILOGUE_RESIDUAL) residual = y;
    report("linear", packing.dtype,
           text("R%lld N%lld K%lld", R, weights.shape[0], K) + names[epilogue] + " of " +
               fovea::dtype_name(x_dtype) + form,
           packed.bytes() + x.bytes() + y.bytes(), 2.0 * double(R * weights.shape[0] * K),
           [&] { return fov_linear(context, x, &weights, nullptr, epilogue, residual, y); });
  }
}

void linears(int32_t x_dtype, const Packing& packing) {
  linear(x_dtype, packing, 12288, 4096, FOV_EPILOGUE_NONE);      // decoder: queries, keys, values
  linear(x_dtype, packing, 4096, 4096, FOV_EPILOGUE_RESIDUAL);   // decoder: attention's output
  linear(x_dtype, packing, 11008, 4096, FOV_EPILOGUE_SWIGLU);    // decoder: gate and up
  linear(x_dtype, packing, 4096, 11008, FOV_EPILOGUE_RESIDUAL);  // decoder: down
  linear(x_dtype, packing, 15360, 1792, FOV_EPILOGUE_GELU_ERF);  // encoder: fc1
  linear(x_dtype, packing, 1792, 15360, FOV_EPILOGUE_NONE);      // encoder: fc2
}

// Side by side in one run, at the decoder's queries, keys and values.
void quantized_linears() {
  constexpr int64_t kRow = INT64_MAX;  // one scale a row
  for (const Packing& packing :
       {Packing{FOV_BF16}, Packing{FOV_F8, FOV_PACKED, kRow}, Packing{FOV_I8, FOV_PACKED, kRow},
        Packing{FOV_I4, FOV_PACKED, 32}, Packing{FOV_I8, FOV_PACKED_INT8, kRow},
        Packing{FOV_I4, FOV_PACKED_INT8, 32}})
    linear(FOV_BF16, packing, 12288, 4096, FOV_EPILOGUE_NONE);
}

void norms(int32_t dtype) {
  for (auto [R, D] : {std::pair<int64_t, int64_t>{1, 4096}, {1240, 4096}}) {
    const Array x(dtype, {R, D}), y(dtype, {R, D}), weight(FOV_F32, {D});
    report("rms_norm", dtype, text("R%lld D%lld", R, D), x.bytes() + y.bytes(), 4.0 * double(R * D),
           [&] { return fov_rms_norm(context, x, weight, 1e-5f, y); });
  }
  const int64_t R = 1226, D = 1792;
  const Array x(dtype, {R, D}), y(dtype, {R, D}), weight(FOV_F32, {D});
  report("layer_norm", dtype, text("R%lld D%lld residual", R, D), 2 * x.bytes() + y.bytes(),
         8.0 * double(R * D),
         [&] { return fov_layer_norm(context, x, weight, weight, 1e-6f, y, y); });
}

void rope(int32_t dtype, int64_t R) {
  const int64_t H = 32, K = 128, pages = 20;
  const Array qkv(dtype, {R, 3 * H * K}), cos(FOV_F32, {2048, K / 2}), sin(FOV_F32, {2048, K / 2});
  const Array k(dtype, {pages, H, FOV_PAGE_SLOTS, K}), v(dtype, {pages, H, FOV_PAGE_SLOTS, K});
  Array positions(FOV_I32, {R}), slots(FOV_I32, {R});
  positions.integers([](int64_t r) { return r; });
  slots.integers([](int64_t r) { return r; });
  report("rope_append", dtype, text("R%lld H%lld K%lld", R, H, K), 2 * qkv.bytes(),
         6.0 * double(R * 2 * H * K), [&] {
           return fov_rope_append(context, qkv, cos, sin, positions, slots, int32_t(H), int32_t(H),
                                  k, v);
         });
}

void activations(int32_t dtype) {
  const int64_t R = 1226, D = 15360, F = 11008;
  const Array x(dtype, {R, D}), y(dtype, {R, D});
  report("gelu", dtype, text("R%lld D%lld", R, D), x.bytes() + y.bytes(), 0,
         [&] { return fov_gelu(context, x, y); });
  const Array gate(dtype, {R, F}), up(dtype, {R, F}), out(dtype, {R, F});
  report("silu_mul", dtype, text("R%lld D%lld", R, F), 3 * out.bytes(), 0,
         [&] { return fov_silu_mul(context, gate, up, out); });
}

void copies(int32_t dtype) {
  const int64_t R = 1240, D = 4096, V = 32000;
  const Array table(dtype, {V, D}), y(dtype, {R, D}), wide(FOV_F32, {R, D});
  Array ids(FOV_I32, {R});
  ids.integers([&](int64_t r) { return r * 7919 % V; });
  report("embed_rows", dtype, text("R%lld D%lld", R, D), 2 * y.bytes(), 0,
         [&] { return fov_embed_rows(context, table, ids, y); });
  ids.integers([&](int64_t r) { return r * 7919 % R; });
  const Array z(dtype, {R, D});
  report("gather_rows", dtype, text("R%lld D%lld", R, D), 2 * y.bytes(), 0,
         [&] { return fov_gather_rows(context, y, ids, z); });
  report("convert", dtype, text("R%lld D%lld to f32", R, D), y.bytes() + wide.bytes(), 0,
         [&] { return fov_convert(context, y, wide); });
  const Array pages(dtype, {8, 32, FOV_PAGE_SLOTS, 128});
  Array source(FOV_I32, {4}), target(FOV_I32, {4});
  source.integers([](int64_t i) { return i; });
  target.integers([](int64_t i) { return i + 4; });
  report("copy_pages", dtype, "4 pages H32 K128", pages.bytes(), 0,
         [&] { return fov_copy_pages(context, pages, source, target); });
}

void image(int32_t dtype, int64_t H, int64_t W) {
  const int64_t S = 490, P = 14;
  const Array rgb(FOV_U8, {H, W, 3}), resized(FOV_U8, {S, S, 3}), scale(FOV_F32, {6});
  const Array patches(dtype, {(S / P) * (S / P), 3 * P * P});
  for (int i = 0; i < 6; ++i)
    static_cast<float*>(static_cast<const fov_tensor*>(scale)->data)[i] = 0.3f;
  report("image_patches", dtype, text("%lldx%lld S%lld P%lld", W, H, S, P),
         rgb.bytes() + patches.bytes(), 0,
         [&] { return fov_image_patches(context, rgb, scale, resized, patches); });
}

}  // namespace

int main(int argc, char** argv) {
  int32_t threads = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--threads")) threads = std::atoi(argv[i + 1]);
    if (!std::strcmp(argv[i], "--op")) only = argv[i + 1];
    if (!std::strcmp(argv[i], "--seconds")) seconds = std::atof(argv[i + 1]);
  }
  context = fov_context_create(FOV_CPU, 0, threads);
  if (!context) check(fov_last_status());
  std::printf("op,backend,isa,threads,dtype,shape,median_us,p10,p90,GB/s,GFLOP/s\n");
  if (wanted("linear")) {
    linears(FOV_BF16, {FOV_BF16});
    linears(FOV_F32, {FOV_BF16});
    linears(FOV_F32, {FOV_F32});
  }
  if (wanted("quantized_linear")) quantized_linears();
  for (int32_t dtype : {FOV_BF16, FOV_F32}) {
    if (wanted("attention")) encoder_attention(dtype);
    if (wanted("cross_attention"))
      for (int64_t T : {1, 16, 256, 1300}) cross_attention(dtype, T);
    if (wanted("paged_attention")) {
      decoder_attention(dtype, 1240, 1239);
      decoder_attention(dtype, 1, 1279);
    }
    if (wanted("norm")) norms(dtype);
    if (wanted("rope_append")) {
      rope(dtype, 1);
      rope(dtype, 1240);
    }
    if (wanted("activations")) activations(dtype);
    if (wanted("copies")) copies(dtype);
    if (wanted("image_patches")) {
      image(dtype, 480, 640);
      image(dtype, 3000, 4000);
    }
  }
  fov_context_destroy(context);
}
