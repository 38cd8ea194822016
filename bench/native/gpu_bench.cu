// What a GPU gives before any op of ours: four measurements that op times are held against.
//
//   read        GB/s at which device memory can be read: 16-byte loads, far more than the L2 cache
//   mma         bf16 TFLOP/s of mma.sync m16n8k16 from registers in one burst of some 40 ms. On
//               sm_90 this is not the tensor cores' limit: wgmma, which the tree does not use yet,
//               is
//   empty       microseconds from kernel to kernel of a chain of empty ones, launched one by one
//               and as a graph; 163 is a decode step of five kernels a layer
//   hand_off    the same of kernels with a block on each multiprocessor that reads what another
//               block of the kernel before wrote: how fast a whole GPU can pass data on
//
//   gpu_bench [--json FILE] [--small]     --small: to try the program where a device is slow
#include <algorithm>
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
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fprintf(stderr, "\n");
  return status;
}

namespace cuda {
namespace {

struct Options {
  FILE* json = nullptr;
  bool small = false;
} options;

int failures = 0;

void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("FAILED %s\n", what);
  ++failures;
}

void require(fov_status status) {
  if (status) std::exit(1);
}

template <typename Argument>
void launch(Stream& stream, void (*kernel)(Argument), const Launch& shape,
            const Argument& argument) {
  require(stream.launch(
      reinterpret_cast<const void*>(kernel),
      [](const void* entry, const void* a) {
        reinterpret_cast<void (*)(Argument)>(const_cast<void*>(entry))(
            *static_cast<const Argument*>(a));
      },
      shape, &argument, sizeof argument));
}

// Device memory.
template <typename T>
class Array {
 public:
  Array(Stream& stream, int64_t n) : count(n), stream_(stream) {
    data = static_cast<T*>(stream.allocate(n * int64_t(sizeof(T))));
    if (!data) std::exit(1);
  }
  ~Array() { stream_.free(data); }
  Array(const Array&) = delete;

  void upload(int64_t at, const std::vector<T>& from) {
    const Pinned pinned(stream_, from.size());
    std::copy(from.begin(), from.end(), pinned.data);
    require(stream_.copy_to_device(data + at, pinned.data, int64_t(from.size() * sizeof(T))));
    require(stream_.synchronize());
  }
  std::vector<T> download() const {
    const Pinned pinned(stream_, size_t(count));
    require(stream_.copy_to_host(pinned.data, data, count * int64_t(sizeof(T))));
    require(stream_.synchronize());
    return std::vector<T>(pinned.data, pinned.data + count);
  }

  T* data;
  const int64_t count;

 private:
  struct Pinned {
    Pinned(Stream& stream, size_t n)
        : data(static_cast<T*>(stream.allocate_pinned(int64_t(n * sizeof(T))))), stream(stream) {
      if (!data) std::exit(1);
    }
    ~Pinned() { stream.free_pinned(data); }
    T* data;
    Stream& stream;
  };
  Stream& stream_;
};

// Milliseconds of the work, median of `times` after one run that is not counted.
template <typename Work>
double milliseconds(Stream& stream, int times, const Work& work) {
  std::vector<double> taken;
  for (int i = 0; i <= times; ++i) {
    require(stream.mark_set(0));
    work();
    require(stream.mark_set(1));
    const double elapsed = stream.mark_elapsed(0, 1);
    if (!(elapsed >= 0)) std::exit(1);
    if (i > 0) taken.push_back(elapsed);
  }
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

void report(const char* what, std::string how, double value, const char* unit) {
  if (options.small) how = "small, not to be quoted";
  std::printf("%-9s %-44s %10.3f %s\n", what, how.c_str(), value, unit);
  std::fflush(stdout);
  if (!options.json) return;
  std::fprintf(options.json, "{\"measure\":\"%s\",\"how\":\"%s\",\"value\":%.4f,\"unit\":\"%s\"}\n",
               what, how.c_str(), value, unit);
  std::fflush(options.json);
}

// ---- read

struct Reading {
  const vec16* in;
  int64_t chunks;  // of 16 bytes
  uint32_t* out;   // [threads of the grid]: exclusive or of the words that the thread read
};

SIMT_KERNEL(512, 2) read_kernel(Reading a) {
  constexpr int kAtOnce = 8;  // loads on their way
  const int64_t threads = int64_t(grid().x) * 512, first = int64_t(block().x) * 512 + thread();
  uint32_t sum = 0;
  for (int64_t i = first; i < a.chunks; i += kAtOnce * threads) {
    vec16 chunk[kAtOnce] = {};
    SIMT_UNROLL
    for (int k = 0; k < kAtOnce; ++k)
      if (i + k * threads < a.chunks) chunk[k] = a.in[i + k * threads];
    SIMT_UNROLL
    for (int k = 0; k < kAtOnce; ++k) SIMT_UNROLL
    for (int w = 0; w < 4; ++w) sum ^= chunk[k].word[w];
  }
  a.out[first] = sum;
}

void read(Stream& stream) {
  // An odd number of equal pieces: the exclusive or of all words is that of one piece.
  const int64_t pieces = options.small ? 3 : 127, piece_words = (options.small ? 1 : 4096) << 10;
  const int64_t words = pieces * piece_words;
  const int blocks = 4 * stream.multiprocessors();
  Array<uint32_t> in(stream, words), out(stream, blocks * 512);
  std::mt19937 random(1);
  std::vector<uint32_t> piece(static_cast<size_t>(piece_words));
  uint32_t wanted = 0, got = 0;
  for (uint32_t& word : piece) wanted ^= word = random();
  for (int64_t i = 0; i < pieces; ++i) in.upload(i * piece_words, piece);
  const Reading reading = {reinterpret_cast<const vec16*>(in.data), words / 4, out.data};
  const double taken = milliseconds(stream, 9, [&] {
    launch(stream, read_kernel, {.grid = {blocks, 1, 1}, .threads = 512}, reading);
  });
  for (uint32_t sum : out.download()) got ^= sum;
  check(got == wanted, "read: the sum of what was read");
  report("read", std::to_string(words * 4 >> 20) + " MiB, median of 9",
         double(words * 4) / taken * 1e-6, "GB/s");
}

// ---- mma

struct Products {
  const uint32_t* in;  // [24][32]: fragments of bf16
  float* out;          // [threads of the grid]
  int64_t turns;
};

constexpr int kProductsOfATurn = 16;

// Every warp: 4 x 4 products a turn whose sums do not wait for each other.
SIMT_KERNEL(256, 2) mma_kernel(Products p) {
  uint32_t a[4][4], b[4][2];
  float d[4][4][4] = {};
  SIMT_UNROLL
  for (int i = 0; i < 16; ++i) a[i / 4][i % 4] = p.in[i * 32 + lane()];
  SIMT_UNROLL
  for (int i = 0; i < 8; ++i) b[i / 2][i % 2] = p.in[(16 + i) * 32 + lane()];
  for (int64_t turn = 0; turn < p.turns; ++turn) SIMT_UNROLL
  for (int m = 0; m < 4; ++m) SIMT_UNROLL
  for (int n = 0; n < 4; ++n) multiply(d[m][n], a[m], b[n]);
  float sum = 0;
  SIMT_UNROLL
  for (int i = 0; i < 64; ++i) sum += d[i / 16][i / 4 % 4][i % 4];
  p.out[block().x * 256 + thread()] = sum;
}

void mma(Stream& stream) {
  const int blocks = options.small ? 1 : 2 * stream.multiprocessors();
  Array<uint32_t> in(stream, 24 * 32);
  Array<float> out(stream, blocks * 256);
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  std::vector<uint32_t> fragments(24 * 32);
  for (uint32_t& word : fragments) {
    const uint32_t low = from_float<bf16>(normal(random)).bits;
    word = low | uint32_t(from_float<bf16>(normal(random)).bits) << 16;
  }
  in.upload(0, fragments);
  const auto run = [&](int64_t turns) {
    return milliseconds(stream, 1, [&] {
      launch(stream, mma_kernel, {.grid = {blocks, 1, 1}, .threads = 256},
             Products{in.data, out.data, turns});
    });
  };
  const int64_t few = options.small ? 2 : 2000;
  const int64_t turns = options.small ? few : int64_t(40 / run(few) * double(few));
  std::vector<double> rates;
  for (int i = 0; i < (options.small ? 1 : 5); ++i) {
    const double flop = 2.0 * 16 * 8 * 16 * kProductsOfATurn * 8 * blocks * double(turns);
    rates.push_back(flop / run(turns) * 1e-9);
  }
  const std::vector<float> sums = out.download();
  // Warps have the same fragments: their sums are the same, and random ones are not zero.
  bool same = true;
  for (size_t i = 0; i < sums.size(); ++i) same = same && sums[i] == sums[i % 32] && sums[i] != 0;
  check(same, "mma: all warps have the same sums");
  std::sort(rates.begin(), rates.end());
  report("mma", "mma.sync bf16, bursts of 40 ms, median of 5", rates[rates.size() / 2], "TFLOP/s");
}

// ---- chains of kernels

struct Link {
  const uint32_t* in;  // [blocks]
  uint32_t* out;       // [blocks]
};

SIMT_KERNEL(32, 1) empty_kernel(Link) {}

// Each block passes on the word of the block before it, plus one.
SIMT_KERNEL(128, 1) hand_off_kernel(Link a) {
  const int from = block().x == 0 ? grid().x - 1 : block().x - 1;
  if (thread() == 0) a.out[block().x] = a.in[from] + 1;
}

constexpr int kLinks = 163;

// Microseconds a kernel of the chain that queue() queues, launched and as a graph.
template <typename Queue>
void chain(Stream& stream, const char* what, const Queue& queue) {
  const int times = options.small ? 1 : 51;
  const double launched = milliseconds(stream, times, queue);
  report(what, "chain of 163 launches", launched * 1000 / kLinks, "us/kernel");
  require(stream.capture_begin());
  queue();
  const std::unique_ptr<fov_graph> graph(stream.capture_end());
  if (!graph) std::exit(1);
  const double recorded = milliseconds(stream, times, [&] { stream.capture_launch(*graph); });
  report(what, "graph of 163 kernels", recorded * 1000 / kLinks, "us/kernel");
}

void chains(Stream& stream) {
  const int blocks = stream.multiprocessors();
  Array<uint32_t> even(stream, blocks), odd(stream, blocks);
  const auto link = [&](int i) {
    return i % 2 ? Link{odd.data, even.data} : Link{even.data, odd.data};
  };
  chain(stream, "empty", [&] {
    for (int i = 0; i < kLinks; ++i)
      launch(stream, empty_kernel, {.grid = {1, 1, 1}, .threads = 32}, link(i));
  });
  chain(stream, "hand_off", [&] {
    for (int i = 0; i < kLinks; ++i)
      launch(stream, hand_off_kernel, {.grid = {blocks, 1, 1}, .threads = 128}, link(i));
  });
  // The last graph began with what the chain before it left in `even`: set it, and run once more.
  std::vector<uint32_t> start(static_cast<size_t>(blocks));
  for (size_t i = 0; i < start.size(); ++i) start[i] = uint32_t(1000 * i);
  even.upload(0, start);
  for (int i = 0; i < kLinks; ++i)
    launch(stream, hand_off_kernel, {.grid = {blocks, 1, 1}, .threads = 128}, link(i));
  const std::vector<uint32_t> end = odd.download();
  bool arrived = true;
  for (int b = 0; b < blocks; ++b) {
    const int from = ((b - kLinks) % blocks + blocks) % blocks;
    arrived = arrived && end[size_t(b)] == start[size_t(from)] + kLinks;
  }
  check(arrived, "hand_off: what the first kernel read arrives at the last");
}

int run_all() {
  if (device_count() < 1) return 77;
  std::string description;
  const auto stream = open_stream(0);
  if (!stream || !describe_device(0, description)) return 1;
  std::printf("%s\n", description.c_str());
  read(*stream);
  mma(*stream);
  chains(*stream);
  if (options.json) std::fclose(options.json);
  return failures > 0;
}

bool read_options(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--small")
      options.small = true;
    else if (option == "--json" && i + 1 < argc)
      options.json = std::fopen(argv[++i], "a");
    else
      return false;
    if (option == "--json" && !options.json) return false;
  }
  return true;
}

}  // namespace
}  // namespace cuda
}  // namespace fovea

int main(int argc, char** argv) {
  if (!fovea::cuda::read_options(argc, argv)) {
    std::fprintf(stderr, "gpu_bench [--json FILE that can be written] [--small]\n");
    return 2;
  }
  return fovea::cuda::run_all();
}
