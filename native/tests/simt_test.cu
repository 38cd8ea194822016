// The device primitives, one by one: each kernel's result is compared with what simt.h says, so the
// same program checks the emulation (compiled as C++) and a GPU (compiled by nvcc: see
// gpu_first_run.sh). What breaks a rule is tested in emulation_test.cpp.
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "cuda/runtime.h"

namespace fovea {

// Stands for the core's.
fov_status fail(fov_status status, const char* format, ...) noexcept {
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::printf("\n");
  return status;
}

namespace cuda {
namespace {

int failures = 0;

void check(bool holds, const char* what, int64_t at, double got, double wanted) {
  if (holds) return;
  if (++failures < 20)
    std::printf("  %s: element %lld is %.9g, wanted %.9g\n", what, static_cast<long long>(at), got,
                wanted);
}

std::mt19937 random_engine(20231106);

// An array in device memory with its copy on the host.
template <typename T>
class Array {
 public:
  Array(Stream& stream, size_t n) : host(n), stream_(stream) {
    device = static_cast<T*>(stream.allocate(int64_t(n * sizeof(T))));
    pinned_ = static_cast<T*>(stream.allocate_pinned(int64_t(n * sizeof(T))));
    if (!device || !pinned_) std::exit(1);
  }
  ~Array() {
    stream_.synchronize();
    stream_.free(device);
    stream_.free_pinned(pinned_);
  }
  void upload() {
    std::memcpy(pinned_, host.data(), host.size() * sizeof(T));
    if (stream_.copy_to_device(device, pinned_, int64_t(host.size() * sizeof(T)))) std::exit(1);
  }
  void download() {
    if (stream_.copy_to_host(pinned_, device, int64_t(host.size() * sizeof(T))) ||
        stream_.synchronize())
      std::exit(1);
    std::memcpy(host.data(), pinned_, host.size() * sizeof(T));
  }
  std::vector<T> host;
  T* device;

 private:
  Stream& stream_;
  T* pinned_;
};

template <typename Argument>
void run(Stream& stream, void (*kernel)(Argument), const Launch& shape, const Argument& argument) {
  const fov_status status = stream.launch(
      reinterpret_cast<const void*>(kernel),
      [](const void* entry, const void* a) {
        reinterpret_cast<void (*)(Argument)>(const_cast<void*>(entry))(
            *static_cast<const Argument*>(a));
      },
      shape, &argument, sizeof argument);
  if (status || stream.synchronize()) std::exit(1);
}

// ---- indices

struct Indices {
  int32_t* out;  // [blocks][threads][5]
};

SIMT_KERNEL(96, 1) indices_kernel(Indices a) {
  const int b = (block().z * grid().y + block().y) * grid().x + block().x;
  int32_t* out = a.out + (b * 96 + thread()) * 5;
  out[0] = lane();
  out[1] = warp();
  out[2] = block().x;
  out[3] = block().y;
  out[4] = block().z;
}

void indices(Stream& stream) {
  Array<int32_t> out(stream, 3 * 2 * 4 * 96 * 5);
  run(stream, indices_kernel, {.grid = {3, 2, 4}, .threads = 96}, Indices{out.device});
  out.download();
  for (int i = 0; i < int(out.host.size()); ++i) {
    const int t = i / 5 % 96, b = i / 5 / 96;
    const int wanted[] = {t % 32, t / 32, b % 3, b / 3 % 2, b / 6};
    check(out.host[size_t(i)] == wanted[i % 5], "indices", i, out.host[size_t(i)], wanted[i % 5]);
  }
}

// ---- shuffles

struct Shuffles {
  const float* in;  // [64]
  float* out;       // [64][3]
};

SIMT_KERNEL(64, 1) shuffles_kernel(Shuffles a) {
  const float v = a.in[thread()];
  float* out = a.out + thread() * 3;
  out[0] = shuffle_xor(v, 5);
  out[1] = shuffle(v, 3);
  out[2] = shuffle(v, (lane() * 7 + 2) % 32);
}

void shuffles(Stream& stream) {
  Array<float> in(stream, 64), out(stream, 64 * 3);
  for (size_t i = 0; i < 64; ++i) in.host[i] = float(i) + 0.5f;
  in.upload();
  run(stream, shuffles_kernel, {.grid = {1, 1, 1}, .threads = 64}, Shuffles{in.device, out.device});
  out.download();
  for (int i = 0; i < 64 * 3; ++i) {
    const int t = i / 3, base = t & ~31, l = t & 31;
    const int from[] = {l ^ 5, 3, (l * 7 + 2) % 32};
    const float wanted = in.host[size_t(base + from[i % 3])];
    check(out.host[size_t(i)] == wanted, "shuffles", i, out.host[size_t(i)], wanted);
  }
}

// ---- barriers: values cross from one half of the block to the other

struct Barriers {
  int32_t* out;  // [128][2]
};
struct BarrierMemory {
  int32_t all[128], half[128];
};

SIMT_KERNEL(128, 1) barriers_kernel(Barriers a) {
  BarrierMemory& memory = shared<BarrierMemory>();
  const int t = thread();
  memory.all[t] = t * 3;
  sync_threads();
  a.out[t * 2] = memory.all[127 - t];
  memory.half[t] = t * 5;
  sync_some(1 + t / 64, 64);  // each half of the block has its own barrier
  a.out[t * 2 + 1] = memory.half[t ^ 63];
}

void barriers(Stream& stream) {
  Array<int32_t> out(stream, 256);
  run(stream, barriers_kernel,
      {.grid = {1, 1, 1}, .threads = 128, .shared_bytes = sizeof(BarrierMemory)},
      Barriers{out.device});
  out.download();
  for (int t = 0; t < 128; ++t) {
    check(out.host[size_t(2 * t)] == (127 - t) * 3, "sync_threads", t, out.host[size_t(2 * t)],
          (127 - t) * 3);
    check(out.host[size_t(2 * t + 1)] == (t ^ 63) * 5, "sync_some", t, out.host[size_t(2 * t + 1)],
          (t ^ 63) * 5);
  }
}

// ---- asynchronous copies, in groups, some of them filled up with zeros

constexpr int kCopies = 6;
struct Copies {
  const uint8_t* in;  // [kCopies][32][16]
  uint8_t* out;
};
struct CopyMemory {
  alignas(16) uint8_t bytes[kCopies][32][16];
};

SIMT_DEVICE int copied_bytes(int group, int l) { return group % 2 ? 16 : l % 17; }

SIMT_KERNEL(32, 1) copies_kernel(Copies a) {
  CopyMemory& memory = shared<CopyMemory>();
  for (int group = 0; group < kCopies; ++group) {
    copy_async_16(memory.bytes[group][lane()], a.in + (group * 32 + lane()) * 16,
                  copied_bytes(group, lane()));
    copy_commit();
  }
  copy_wait<2>();  // all but the last two
  sync_warp();
  for (int group = 0; group < kCopies - 2; ++group)
    for (int i = 0; i < 16; ++i)
      a.out[(group * 32 + lane()) * 16 + i] = memory.bytes[group][31 - lane()][i];
  copy_wait<0>();
  sync_warp();
  for (int group = kCopies - 2; group < kCopies; ++group)
    for (int i = 0; i < 16; ++i)
      a.out[(group * 32 + lane()) * 16 + i] = memory.bytes[group][31 - lane()][i];
}

void copies(Stream& stream) {
  Array<uint8_t> in(stream, kCopies * 32 * 16), out(stream, kCopies * 32 * 16);
  for (auto& byte : in.host) byte = uint8_t(random_engine());
  in.upload();
  run(stream, copies_kernel, {.grid = {1, 1, 1}, .threads = 32, .shared_bytes = sizeof(CopyMemory)},
      Copies{in.device, out.device});
  out.download();
  for (int i = 0; i < kCopies * 32 * 16; ++i) {
    const int group = i / 512, from = 31 - i / 16 % 32;
    const int bytes = group % 2 ? 16 : from % 17;
    const int wanted = i % 16 < bytes ? in.host[size_t((group * 32 + from) * 16 + i % 16)] : 0;
    check(out.host[size_t(i)] == wanted, "copy_async_16", i, out.host[size_t(i)], wanted);
  }
}

// ---- matrices from shared memory

constexpr int kPitch = 24;  // elements of a row
struct Matrices {
  const uint16_t* in;  // [32][kPitch]: row l % 8 of matrix l / 8
  uint32_t* out;       // [2][32][4]
};
struct MatrixMemory {
  alignas(16) uint16_t rows[32][kPitch];
};

SIMT_KERNEL(32, 1) matrices_kernel(Matrices a) {
  MatrixMemory& memory = shared<MatrixMemory>();
  for (int i = 0; i < kPitch; ++i) memory.rows[lane()][i] = a.in[lane() * kPitch + i];
  sync_warp();
  uint32_t r[4];
  load_matrices(r, memory.rows[lane()] + 8);
  for (int i = 0; i < 4; ++i) a.out[lane() * 4 + i] = r[i];
  load_matrices_transposed(r, memory.rows[lane()] + 8);
  for (int i = 0; i < 4; ++i) a.out[128 + lane() * 4 + i] = r[i];
}

void matrices(Stream& stream) {
  Array<uint16_t> in(stream, 32 * kPitch);
  Array<uint32_t> out(stream, 256);
  for (auto& element : in.host) element = uint16_t(random_engine());
  in.upload();
  run(stream, matrices_kernel,
      {.grid = {1, 1, 1}, .threads = 32, .shared_bytes = sizeof(MatrixMemory)},
      Matrices{in.device, out.device});
  out.download();
  const auto element = [&](int matrix, int row, int column) {
    return uint32_t(in.host[size_t((matrix * 8 + row) * kPitch + 8 + column)]);
  };
  for (int i = 0; i < 128; ++i) {
    const int g = i / 4 / 4, t = i / 4 % 4 * 2, m = i % 4;
    const uint32_t plain = element(m, g, t) | element(m, g, t + 1) << 16;
    const uint32_t turned = element(m, t, g) | element(m, t + 1, g) << 16;
    check(out.host[size_t(i)] == plain, "load_matrices", i, out.host[size_t(i)], plain);
    check(out.host[size_t(128 + i)] == turned, "load_matrices_transposed", i,
          out.host[size_t(128 + i)], turned);
  }
}

// ---- products of fragments

struct Products {
  const uint32_t* a;  // [32][4]
  const uint32_t* b;  // [32][2]
  const float* d;     // [32][4]
  float* out;
};

SIMT_KERNEL(32, 1) products_kernel(Products p) {
  uint32_t a[4], b[2];
  float d[4];
  for (int i = 0; i < 4; ++i) a[i] = p.a[lane() * 4 + i];
  for (int i = 0; i < 2; ++i) b[i] = p.b[lane() * 2 + i];
  for (int i = 0; i < 4; ++i) d[i] = p.d[lane() * 4 + i];
  multiply(d, a, b);
  for (int i = 0; i < 4; ++i) p.out[lane() * 4 + i] = d[i];
}

struct IntegerProducts {
  const uint32_t* a;
  const uint32_t* b;
  const int32_t* d;
  int32_t* out;
};

SIMT_KERNEL(32, 1) integer_products_kernel(IntegerProducts p) {
  uint32_t a[4], b[2];
  int32_t d[4];
  for (int i = 0; i < 4; ++i) a[i] = p.a[lane() * 4 + i];
  for (int i = 0; i < 2; ++i) b[i] = p.b[lane() * 2 + i];
  for (int i = 0; i < 4; ++i) d[i] = p.d[lane() * 4 + i];
  multiply_s8(d, a, b);
  for (int i = 0; i < 4; ++i) p.out[lane() * 4 + i] = d[i];
}

// Where element k of row (or column) `row` lies in a fragment of `each` elements a register.
struct Place {
  int lane, word, part;
};
Place place_of(int row, int k, int each) {
  const int half = 4 * each;
  return {row % 8 * 4 + k % half / each, row / 8 + k / half * 2, k % each};
}

void products(Stream& stream) {
  for (int round = 0; round < 20; ++round) {
    std::normal_distribution<float> normal;
    double a[16][16], b[8][16];
    Array<uint32_t> fa(stream, 128), fb(stream, 64);
    Array<float> d(stream, 128), out(stream, 128);
    for (int k = 0; k < 16; ++k) {
      for (int row = 0; row < 16; ++row) {
        const bf16 value = from_float<bf16>(normal(random_engine));
        a[row][k] = to_float(value);
        const Place p = place_of(row, k, 2);
        fa.host[size_t(p.lane * 4 + p.word)] |= uint32_t(value.bits) << 16 * p.part;
      }
      for (int column = 0; column < 8; ++column) {
        const bf16 value = from_float<bf16>(normal(random_engine));
        b[column][k] = to_float(value);
        const Place p = place_of(column, k, 2);
        fb.host[size_t(p.lane * 2 + p.word / 2)] |= uint32_t(value.bits) << 16 * p.part;
      }
    }
    for (float& value : d.host) value = normal(random_engine);
    fa.upload(), fb.upload(), d.upload();
    run(stream, products_kernel, {.grid = {1, 1, 1}, .threads = 32},
        Products{fa.device, fb.device, d.device, out.device});
    out.download();
    for (int i = 0; i < 128; ++i) {
      const int row = i / 16 + i % 4 / 2 * 8, column = i / 4 % 4 * 2 + i % 2;
      double sum = d.host[size_t(i)], magnitude = std::abs(sum);
      for (int k = 0; k < 16; ++k) {
        sum += a[row][k] * b[column][k];
        magnitude += std::abs(a[row][k] * b[column][k]);
      }
      // A GPU may cut each product to the largest one's last bit: 17 terms of one unit each.
      check(std::abs(out.host[size_t(i)] - sum) <= 17 * 0x1p-23 * magnitude, "multiply", i,
            out.host[size_t(i)], sum);
    }
  }
}

void integer_products(Stream& stream) {
  for (int round = 0; round < 20; ++round) {
    int a[16][32], b[8][32];
    Array<uint32_t> fa(stream, 128), fb(stream, 64);
    Array<int32_t> d(stream, 128), out(stream, 128);
    for (int k = 0; k < 32; ++k) {
      for (int row = 0; row < 16; ++row) {
        a[row][k] = int(random_engine() % 256) - 128;
        const Place p = place_of(row, k, 4);
        fa.host[size_t(p.lane * 4 + p.word)] |= uint32_t(a[row][k] & 255) << 8 * p.part;
      }
      for (int column = 0; column < 8; ++column) {
        b[column][k] = int(random_engine() % 256) - 128;
        const Place p = place_of(column, k, 4);
        fb.host[size_t(p.lane * 2 + p.word / 2)] |= uint32_t(b[column][k] & 255) << 8 * p.part;
      }
    }
    for (int32_t& value : d.host) value = int32_t(random_engine() % 2001) - 1000;
    fa.upload(), fb.upload(), d.upload();
    run(stream, integer_products_kernel, {.grid = {1, 1, 1}, .threads = 32},
        IntegerProducts{fa.device, fb.device, d.device, out.device});
    out.download();
    for (int i = 0; i < 128; ++i) {
      const int row = i / 16 + i % 4 / 2 * 8, column = i / 4 % 4 * 2 + i % 2;
      int sum = d.host[size_t(i)];
      for (int k = 0; k < 32; ++k) sum += a[row][k] * b[column][k];
      check(out.host[size_t(i)] == sum, "multiply_s8", i, out.host[size_t(i)], sum);
    }
  }
}

// ---- conversions and the functions of math

struct Conversions {
  const float* in;  // [256]
  uint32_t* out;    // [256][2]: packed with its neighbour; f8 code of the index
};

SIMT_KERNEL(256, 1) conversions_kernel(Conversions c) {
  const int t = thread();
  c.out[2 * t] = pack_bf16(c.in[t], c.in[t ^ 1]);
  c.out[2 * t + 1] = std::bit_cast<uint32_t>(f8_to_float(uint32_t(t)));
}

void conversions(Stream& stream) {
  Array<float> in(stream, 256);
  Array<uint32_t> out(stream, 512);
  const float edges[] = {0,       -0.0f,  1,        1.00390625f, 1.01171875f,
                         3.4e38f, 1e-40f, INFINITY, -INFINITY};
  for (size_t i = 0; i < 256; ++i)
    in.host[i] =
        i < 9 ? edges[i] : std::ldexp(float(random_engine()) * 0x1p-31f - 1, int(i % 60) - 30);
  in.upload();
  run(stream, conversions_kernel, {.grid = {1, 1, 1}, .threads = 256},
      Conversions{in.device, out.device});
  out.download();
  for (int i = 0; i < 256; ++i) {
    const uint32_t packed = from_float<bf16>(in.host[size_t(i)]).bits |
                            uint32_t(from_float<bf16>(in.host[size_t(i ^ 1)]).bits) << 16;
    check(out.host[size_t(2 * i)] == packed, "pack_bf16", i, out.host[size_t(2 * i)], packed);
    const float got = std::bit_cast<float>(out.host[size_t(2 * i + 1)]);
    const int exponent = i >> 3 & 15, mantissa = i & 7;
    const double magnitude =
        exponent ? std::ldexp(8 + mantissa, exponent - 10) : std::ldexp(mantissa, -9);
    const bool nan = (i & 127) == 127;
    check(nan ? std::isnan(got) : double(got) == (i & 128 ? -magnitude : magnitude), "f8_to_float",
          i, got, magnitude);
  }
}

// ---- graphs: the same work with other contents

struct Doubling {
  const float* in;
  float* out;
};

SIMT_KERNEL(32, 1) doubling_kernel(Doubling a) { a.out[thread()] = 2 * a.in[thread()]; }

void graphs(Stream& stream) {
  Array<float> in(stream, 32), middle(stream, 32), out(stream, 32);
  const Doubling first = {in.device, middle.device}, second = {middle.device, out.device};
  const auto call = [](const void* entry, const void* a) {
    reinterpret_cast<void (*)(Doubling)>(const_cast<void*>(entry))(
        *static_cast<const Doubling*>(a));
  };
  const Launch shape = {.grid = {1, 1, 1}, .threads = 32};
  const auto* kernel = reinterpret_cast<const void*>(doubling_kernel);
  if (stream.capture_begin() || stream.launch(kernel, call, shape, &first, sizeof first) ||
      stream.launch(kernel, call, shape, &second, sizeof second))
    std::exit(1);
  const std::unique_ptr<fov_graph> graph(stream.capture_end());
  if (!graph) std::exit(1);
  for (int round = 1; round <= 3; ++round) {
    for (size_t i = 0; i < 32; ++i) in.host[i] = float(i) * float(round);
    in.upload();
    if (stream.capture_launch(*graph)) std::exit(1);
    out.download();
    for (size_t i = 0; i < 32; ++i)
      check(out.host[i] == 4 * in.host[i], "graph", int64_t(i), out.host[i], 4 * in.host[i]);
  }
}

int run_all() {
  const int32_t count = device_count();
  if (count < 1) {
    std::printf("0 passed, 0 failed, 1 absent\n");
    return 77;
  }
  std::string description;
  const auto stream = open_stream(0);
  if (!stream || !describe_device(0, description)) return 1;
  std::printf("%s\n", description.c_str());
  const struct {
    const char* name;
    void (*body)(Stream&);
  } tests[] = {{"indices", indices},
               {"shuffles", shuffles},
               {"barriers", barriers},
               {"copies", copies},
               {"matrices", matrices},
               {"products", products},
               {"integer_products", integer_products},
               {"conversions", conversions},
               {"graphs", graphs}};
  int failed = 0;
  for (const auto& test : tests) {
    failures = 0;
    test.body(*stream);
    if (failures) std::printf("FAILED %s\n", test.name);
    failed += failures > 0;
  }
  std::printf("%d passed, %d failed, 0 absent\n", int(std::size(tests)) - failed, failed);
  return failed > 0;
}

}  // namespace
}  // namespace cuda
}  // namespace fovea

int main() { return fovea::cuda::run_all(); }
