#include "cuda/simt/emulation.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "cuda/simt/fiber.h"

namespace fovea::cuda::emulation {
namespace {

constexpr int kWarp = 32;
constexpr int kBarriers = 16;
constexpr uint8_t kPoison = 0xff;  // NaN in every float format

std::string text_of(Where where) {
  std::string file = where.file_name();
  file.erase(0, file.rfind('/') + 1);
  return file + ":" + std::to_string(where.line());
}

struct Copy {
  void* to;
  const void* from;
  int bytes;
  void deliver() const {
    if (bytes > 0) std::memcpy(to, from, size_t(bytes));
    std::memset(static_cast<char*>(to) + bytes, 0, size_t(16 - bytes));
  }
};

struct Thread {
  Fiber fiber;
  bool done = false;
  Where where;                           // it waits there
  std::deque<std::vector<Copy>> groups;  // closed, oldest first
  std::vector<Copy> open;
};

struct Barrier {
  int wanted = 0;  // threads; 0: nobody waits
  std::vector<int> waiting;
};

struct Warp {
  Where where;
  int arrived = 0;
  void* operands[kWarp];
};

// One block at a time; kept for the next, since making stacks is slow.
struct Block {
  std::vector<std::unique_ptr<Thread>> threads;
  std::vector<Warp> warps;
  Barrier barriers[kBarriers];
  std::vector<std::vector<int>> ready;  // threads of each warp that can run
  std::vector<int> ranks;               // warps; empty: all have the same rank
  int count = 0;                        // threads of this block
  int alive = 0;                        // of these, not yet ended
  int current = 0;                      // the one that runs
  Dim3 index{}, grid{};
  std::unique_ptr<char, decltype(&std::free)> shared{nullptr, &std::free};
  size_t shared_bytes = 0;
  const std::function<void()>* body = nullptr;
  std::exception_ptr failure;
  std::mt19937 random;

  Thread& self() { return *threads[size_t(current)]; }

  [[noreturn]] void fail(const std::string& what, Where where) {
    throw EmulationError("block (" + std::to_string(index.x) + ", " + std::to_string(index.y) +
                         ", " + std::to_string(index.z) + ") thread " + std::to_string(current) +
                         " at " + text_of(where) + ": " + what);
  }

  void make_ready(int thread) { ready[size_t(thread / kWarp)].push_back(thread); }

  // Takes a thread that can run: a random one, or of the first such warp by rank. -1: there is
  // none.
  int next() {
    const size_t first = ranks.empty() ? random() % warps.size() : 0;
    for (size_t i = 0; i < warps.size(); ++i) {
      std::vector<int>& of_warp =
          ready[ranks.empty() ? (first + i) % warps.size() : size_t(ranks[i])];
      if (of_warp.empty()) continue;
      std::swap(of_warp[random() % of_warp.size()], of_warp.back());
      const int thread = of_warp.back();
      of_warp.pop_back();
      return thread;
    }
    return -1;
  }

  void wait(Where where) {
    self().where = where;
    self().fiber.yield();
  }
};

thread_local Block* running = nullptr;

Block& here() {
  if (!running) throw EmulationError("a device primitive was called outside a kernel");
  return *running;
}

// What a fiber does: the kernel's body, its failures kept for the scheduler.
void play(void*) {
  Block& block = *running;
  try {
    (*block.body)();
    Thread& self = block.self();
    if (!self.open.empty() || !self.groups.empty())
      block.fail("the thread ends with asynchronous copies under way", self.where);
  } catch (...) {
    if (!block.failure) block.failure = std::current_exception();
  }
  block.self().done = true;
  --block.alive;
  block.self().fiber.leave();
}

[[noreturn]] void report_deadlock(Block& block) {
  std::string text = "deadlock:";
  for (int i = 0; i < kBarriers; ++i)
    if (const Barrier& b = block.barriers[i]; !b.waiting.empty())
      text += " barrier " + std::to_string(i) + " has " + std::to_string(b.waiting.size()) +
              " of " + std::to_string(b.wanted) + " threads;";
  for (size_t w = 0; w < block.warps.size(); ++w)
    if (block.warps[w].arrived > 0)
      text += " warp " + std::to_string(w) + " has " + std::to_string(block.warps[w].arrived) +
              " of 32 lanes at " + text_of(block.warps[w].where) + ";";
  for (int t = 0; t < block.count; ++t)
    if (!block.threads[size_t(t)]->done) {
      block.current = t;
      break;
    }
  block.fail(text, block.self().where);
}

// Runs the threads in an order that shows races: at random, or, in every other block, some warps as
// far ahead of the others as barriers let them.
void run_block(Block& block) {
  std::memset(block.shared.get(), kPoison, block.shared_bytes);
  block.alive = block.count;
  block.warps.assign(size_t(block.count / kWarp), Warp{});
  for (Barrier& barrier : block.barriers) barrier = {};
  block.ready.resize(block.warps.size());
  for (auto& of_warp : block.ready) of_warp.clear();
  block.ranks.clear();
  if (block.random() % 2) {
    for (size_t w = 0; w < block.warps.size(); ++w) block.ranks.push_back(int(w));
    std::shuffle(block.ranks.begin(), block.ranks.end(), block.random);
  }
  for (int t = 0; t < block.count; ++t) {
    Thread& thread = *block.threads[size_t(t)];
    thread.done = false;
    thread.groups.clear();
    thread.open.clear();
    thread.fiber.prepare(play, nullptr);
    block.make_ready(t);
  }
  while (block.alive > 0) {
    const int thread = block.next();
    if (thread < 0) report_deadlock(block);
    block.current = thread;
    block.self().fiber.resume();
    if (block.failure) std::rethrow_exception(std::exchange(block.failure, nullptr));
  }
}

unsigned seed() {
  static const char* given = std::getenv("FOVEA_SIMT_SEED");
  static const unsigned first = given ? unsigned(std::strtoul(given, nullptr, 10)) : 1;
  static thread_local unsigned launches = 0;
  return first * 2654435761u + ++launches;
}

void require_multiple(Block& block, const void* p, uintptr_t bytes, Where where) {
  if (reinterpret_cast<uintptr_t>(p) % bytes)
    block.fail("an address that is not a multiple of " + std::to_string(bytes), where);
}

}  // namespace

void run(Dim3 grid, int threads, int64_t shared_bytes, const std::function<void()>& body) {
  static thread_local Block block;
  if (running) throw EmulationError("a kernel launched a kernel");
  if (threads <= 0 || threads > 1024 || threads % kWarp)
    throw EmulationError("a block of " + std::to_string(threads) + " threads");
  if (grid.x <= 0 || grid.y <= 0 || grid.z <= 0 || grid.y > 65535 || grid.z > 65535)
    throw EmulationError("a grid of " + std::to_string(grid.x) + " x " + std::to_string(grid.y) +
                         " x " + std::to_string(grid.z) + " blocks");
  while (block.threads.size() < size_t(threads))
    block.threads.push_back(std::make_unique<Thread>());
  block.count = threads;
  block.grid = grid;
  block.body = &body;
  // Exactly as large as asked for, so that AddressSanitizer sees a step beyond.
  block.shared_bytes = size_t(shared_bytes);
  void* shared = nullptr;
  if (posix_memalign(&shared, 128, block.shared_bytes ? block.shared_bytes : 1))
    throw std::bad_alloc();
  block.shared.reset(static_cast<char*>(shared));
  block.random.seed(seed());
  std::vector<int64_t> order(size_t(grid.x) * size_t(grid.y) * size_t(grid.z));
  for (size_t i = 0; i < order.size(); ++i) order[i] = int64_t(i);
  std::shuffle(order.begin(), order.end(), block.random);
  running = &block;
  try {
    for (const int64_t i : order) {
      block.index = {int(i % grid.x), int(i / grid.x % grid.y), int(i / grid.x / grid.y)};
      run_block(block);
    }
  } catch (...) {
    running = nullptr;
    block.failure = nullptr;
    throw;
  }
  running = nullptr;
}

int thread_index() { return here().current; }
Dim3 block_index() { return here().index; }
Dim3 grid_size() { return here().grid; }

void* shared_memory(size_t bytes) {
  Block& block = here();
  if (bytes > block.shared_bytes)
    block.fail("shared memory of " + std::to_string(bytes) + " bytes, launched with " +
                   std::to_string(block.shared_bytes),
               {});
  return block.shared.get();
}

void barrier(int id, int threads, Where where) {
  Block& block = here();
  if (id < 0 || id >= kBarriers || (threads % kWarp) || threads > block.count)
    block.fail("barrier " + std::to_string(id) + " of " + std::to_string(threads) + " threads",
               where);
  const int wanted = threads ? threads : block.count;
  Barrier& barrier = block.barriers[id];
  if (barrier.waiting.empty()) barrier.wanted = wanted;
  if (barrier.wanted != wanted)
    block.fail("barrier " + std::to_string(id) + " is awaited by " +
                   std::to_string(barrier.wanted) + " and by " + std::to_string(wanted) +
                   " threads",
               where);
  if (int(barrier.waiting.size()) + 1 < wanted) {
    barrier.waiting.push_back(block.current);
    block.wait(where);
    return;
  }
  for (const int thread : barrier.waiting) block.make_ready(thread);
  barrier.waiting.clear();
}

void meet(void* operands, void (*operation)(void* const*), Where where) {
  Block& block = here();
  Warp& warp = block.warps[size_t(block.current / kWarp)];
  if (warp.arrived == 0) warp.where = where;
  if (warp.where.line() != where.line() || warp.where.column() != where.column() ||
      std::strcmp(warp.where.file_name(), where.file_name()) != 0)
    block.fail("lanes of the warp wait at " + text_of(warp.where), where);
  warp.operands[block.current % kWarp] = operands;
  if (++warp.arrived < kWarp) {
    block.wait(where);
    return;
  }
  operation(warp.operands);
  warp.arrived = 0;
  const int first = block.current / kWarp * kWarp;
  for (int t = first; t < first + kWarp; ++t)
    if (t != block.current) block.make_ready(t);
}

void copy_async(void* to, const void* from, int bytes, Where where) {
  Block& block = here();
  require_multiple(block, to, 16, where);
  require_multiple(block, from, 16, where);
  const char* p = static_cast<const char*>(to);
  if (p < block.shared.get() || p + 16 > block.shared.get() + block.shared_bytes)
    block.fail("an asynchronous copy to outside the shared memory", where);
  if (bytes < 0 || bytes > 16) block.fail("an asynchronous copy of so many bytes", where);
  std::memset(to, kPoison, 16);
  block.self().open.push_back({to, from, bytes});
}

void copy_commit() {
  Thread& self = here().self();
  self.groups.push_back(std::move(self.open));
  self.open.clear();
}

void copy_wait(int groups) {
  Thread& self = here().self();
  while (int(self.groups.size()) > groups) {
    for (const Copy& copy : self.groups.front()) copy.deliver();
    self.groups.pop_front();
  }
}

void load_matrices(uint32_t (&r)[4], const void* row, bool transposed, Where where) {
  require_multiple(here(), row, 16, where);
  struct Operands {
    uint32_t* r;
    const void* row;
    bool transposed;
  } mine = {r, row, transposed};
  meet(
      &mine,
      [](void* const* lanes) {
        uint16_t elements[4][8][8];
        for (int i = 0; i < kWarp; ++i)
          std::memcpy(elements[i / 8][i % 8], static_cast<Operands*>(lanes[i])->row, 16);
        for (int i = 0; i < kWarp; ++i) {
          Operands& o = *static_cast<Operands*>(lanes[i]);
          const int g = i / 4, t = i % 4 * 2;
          for (int m = 0; m < 4; ++m)
            o.r[m] = o.transposed
                         ? uint32_t(elements[m][t][g]) | uint32_t(elements[m][t + 1][g]) << 16
                         : uint32_t(elements[m][g][t]) | uint32_t(elements[m][g][t + 1]) << 16;
        }
      },
      where);
}

namespace {

template <typename Sum>
struct Fragments {
  Sum* d;
  const uint32_t* a;
  const uint32_t* b;
};

// Element i of a register.
double element(uint32_t word, int i, float) { return to_float(bf16{uint16_t(word >> 16 * i)}); }
int32_t element(uint32_t word, int i, int32_t) { return int8_t(word >> 8 * i); }

// One mma: every sum exact (bf16: in f64), then rounded once to the type of d.
template <typename Sum, typename Exact>
void multiply_warp(void* const* lanes) {
  constexpr int kEach = sizeof(Exact) == 8 ? 2 : 4;  // elements in a register
  constexpr int kDepth = 8 * kEach;
  Exact a[16][kDepth], b[8][kDepth];
  for (int i = 0; i < kWarp; ++i) {
    const auto& f = *static_cast<const Fragments<Sum>*>(lanes[i]);
    const int g = i / 4, k = i % 4 * kEach;
    for (int e = 0; e < kEach; ++e) {
      for (int r = 0; r < 4; ++r)
        a[g + 8 * (r % 2)][k + e + kDepth / 2 * (r / 2)] = element(f.a[r], e, Sum{});
      for (int r = 0; r < 2; ++r) b[g][k + e + kDepth / 2 * r] = element(f.b[r], e, Sum{});
    }
  }
  for (int i = 0; i < kWarp; ++i) {
    const auto& f = *static_cast<const Fragments<Sum>*>(lanes[i]);
    for (int e = 0; e < 4; ++e) {
      const int row = i / 4 + 8 * (e / 2), column = i % 4 * 2 + e % 2;
      Exact sum = f.d[e];
      for (int k = 0; k < kDepth; ++k) sum += a[row][k] * b[column][k];
      f.d[e] = Sum(sum);
    }
  }
}

}  // namespace

void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Where where) {
  Fragments<float> mine = {d, a, b};
  meet(&mine, multiply_warp<float, double>, where);
}

void multiply_s8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Where where) {
  Fragments<int32_t> mine = {d, a, b};
  meet(&mine, multiply_warp<int32_t, int32_t>, where);
}

}  // namespace fovea::cuda::emulation
