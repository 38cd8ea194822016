#include "common/thread_pool.h"

#include <algorithm>
#include <chrono>

namespace fovea {
namespace {

constexpr auto kSpin = std::chrono::microseconds(30);
constexpr int64_t kRangesPerThread = 8;  // balance when a thread is slowed by other programs

thread_local int current_worker = -1;  // >= 0 inside a body

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until value differs from `old`: spins first, then sleeps.
void wait_for_change(std::atomic<uint32_t>& value, uint32_t old) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 32; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  workers_.reserve(size_t(threads - 1));
  for (int i = 1; i < threads; ++i) {
    try {
      workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stop_ = true;
  state_.fetch_add(2 * kOpen);
  state_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::take_ranges(int worker) {
  current_worker = worker;
  for (;;) {
    const int64_t begin = next_.fetch_add(range_, std::memory_order_relaxed);
    if (begin >= n_) break;
    call_(body_, begin, std::min(begin + range_, n_), worker);
  }
  current_worker = -1;
}

void ThreadPool::run(int64_t n, int64_t grain, const void* body, Call call) {
  if (n <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  if (workers_.empty() || n <= grain || current_worker >= 0) {
    const int outer = current_worker;
    current_worker = std::max(outer, 0);
    call(body, 0, n, current_worker);
    current_worker = outer;
    return;
  }
  const int64_t grains = (n + grain - 1) / grain;
  const int64_t parts = kRangesPerThread * threads();
  body_ = body;
  call_ = call;
  n_ = n;
  range_ = grain * ((grains + parts - 1) / parts);
  next_.store(0, std::memory_order_relaxed);
  finished_.store(0, std::memory_order_relaxed);
  const uint32_t generation = (state_.load(std::memory_order_relaxed) >> 17) + 1;
  state_.store(generation << 17 | kOpen, std::memory_order_release);
  state_.notify_all();

  take_ranges(0);

  // Closes the job: who has not joined by now finds nothing to do.
  const uint32_t joined = state_.fetch_and(~kOpen, std::memory_order_acq_rel) & kJoinedMask;
  for (;;) {
    const uint32_t finished = finished_.load(std::memory_order_acquire);
    if (finished == joined) break;
    wait_for_change(finished_, finished);
  }
}

void ThreadPool::work() {
  uint32_t done_generation = 0;
  for (;;) {
    uint32_t state = state_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_acquire)) return;
    if (!(state & kOpen) || state >> 17 == done_generation) {
      wait_for_change(state_, state);
      continue;
    }
    if (!state_.compare_exchange_strong(state, state + 1, std::memory_order_acq_rel)) continue;
    done_generation = state >> 17;
    take_ranges(int(state & kJoinedMask) + 1);
    finished_.fetch_add(1, std::memory_order_release);
    finished_.notify_one();
  }
}

}  // namespace fovea
