// Worker threads of a CPU context.
#pragma once
#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace fovea {

// A fixed set of threads, the caller's included. Workers without a job spin for some tens of
// microseconds, then sleep in the kernel.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // >= 1; throws std::system_error
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return int(workers_.size()) + 1; }

  // Calls body(begin, end, worker) over disjoint ranges that cover [0, n), and returns when all
  // are done. Ranges begin at multiples of grain; which thread gets which is not determined, so
  // what body computes may depend on the index, not on the range. 0 <= worker < threads(), unique
  // among the bodies running at the same time. A call from inside a body runs on that thread, as
  // that worker. body must not throw.
  template <typename Body>
  void parallel_for(int64_t n, int64_t grain, const Body& body) {
    static_assert(std::is_invocable_v<const Body&, int64_t, int64_t, int>);
    run(n, grain, &body, [](const void* p, int64_t begin, int64_t end, int worker) {
      (*static_cast<const Body*>(p))(begin, end, worker);
    });
  }

 private:
  using Call = void (*)(const void* body, int64_t begin, int64_t end, int worker);

  // state_ = generation << 17 | open << 16 | workers that joined.
  static constexpr uint32_t kOpen = 1u << 16;
  static constexpr uint32_t kJoinedMask = kOpen - 1;

  void run(int64_t n, int64_t grain, const void* body, Call call);
  void take_ranges(int worker);
  void work();
  void stop();

  std::vector<std::thread> workers_;
  alignas(64) std::atomic<uint32_t> state_{0};
  alignas(64) std::atomic<uint32_t> finished_{0};  // workers that joined and are through
  alignas(64) std::atomic<int64_t> next_{0};       // begin of the next range
  std::atomic<bool> stop_{false};

  // The open job; written only while no worker is joined.
  const void* body_ = nullptr;
  Call call_ = nullptr;
  int64_t n_ = 0;
  int64_t range_ = 1;
};

}  // namespace fovea
