// What the emulation refuses, and what it makes visible: each case is a mistake in a kernel.
#include "cuda/simt/simt.h"
#include "harness.h"

using namespace fovea::cuda;

namespace {

// The text of the error of a kernel of one block; empty where it ran through.
template <typename Kernel>
std::string error_of(int threads, int64_t shared_bytes, const Kernel& kernel) {
  try {
    emulation::run({1, 1, 1}, threads, shared_bytes, kernel);
  } catch (const EmulationError& e) {
    return e.what();
  }
  return {};
}

#define CHECK_REFUSED(part, ...)                     \
  do {                                               \
    const std::string text_ = error_of(__VA_ARGS__); \
    CHECK(text_.find(part) != std::string::npos,     \
          "got \"%s\", wanted "                      \
          "one with \"%s\"",                         \
          text_.c_str(), part);                      \
  } while (0)

#define CHECK_RUNS(...)                                \
  do {                                                 \
    const std::string text_ = error_of(__VA_ARGS__);   \
    CHECK(text_.empty(), "got \"%s\"", text_.c_str()); \
  } while (0)

struct Slots {
  alignas(16) float value[64][4];
};
alignas(16) float source[64][4];

}  // namespace

TEST(shared_memory_starts_as_nan) {
  bool nan = true;
  CHECK_RUNS(32, sizeof(Slots), [&] { nan &= std::isnan(shared<Slots>().value[thread()][3]); });
  CHECK(nan, "shared memory has a number in it");
}

TEST(a_copy_that_is_not_awaited_has_not_arrived) {
  int early = 0, late = 0;
  CHECK_RUNS(32, sizeof(Slots), [&] {
    float* to = shared<Slots>().value[thread()];
    to[0] = 5;
    copy_async_16(to, source[thread()]);
    copy_commit();
    early += std::isnan(to[0]);
    copy_wait<0>();
    late += to[0] == 0;
  });
  CHECK(early == 32 && late == 32, "%d before the wait, %d after it", early, late);
}

TEST(a_missing_barrier_is_seen_in_some_order) {
  int wrong = 0;
  for (int launch = 0; launch < 20; ++launch)
    CHECK_RUNS(64, sizeof(Slots), [&] {
      Slots& slots = shared<Slots>();
      slots.value[thread()][0] = 1;
      wrong += !(slots.value[63 - thread()][0] == 1);
      sync_threads();
    });
  CHECK(wrong > 0, "no thread ran ahead of another");
}

TEST(orders_differ_between_launches) {
  std::vector<int> orders[2];
  for (auto& order : orders) CHECK_RUNS(64, 0, [&] { order.push_back(thread()); });
  CHECK(orders[0].size() == 64 && orders[0] != orders[1], "the same order twice");
}

TEST(barriers_need_all_their_threads) {
  CHECK_REFUSED("deadlock: barrier 0 has 63 of 64 threads", 64, 0, [] {
    if (thread() != 7) sync_threads();
  });
  CHECK_REFUSED("deadlock: barrier 2 has 32 of 64 threads", 96, 0, [] { sync_some(2, 64); });
  CHECK_REFUSED("is awaited by", 64, 0, [] { sync_some(1, thread() < 32 ? 32 : 64); });
  CHECK_REFUSED("barrier 16 of 32 threads", 32, 0, [] { sync_some(16, 32); });
  CHECK_REFUSED("barrier 1 of 33 threads", 64, 0, [] { sync_some(1, 33); });
}

TEST(warp_operations_need_all_lanes_at_one_place) {
  CHECK_REFUSED("deadlock: warp 1 has 31 of 32 lanes", 64, 0, [] {
    if (thread() != 40) shuffle_xor(1.0f, 1);
  });
  const auto diverging = [] {  // not in the macro: there all of it would be one place
    if (thread() < 16)
      shuffle_xor(1.0f, 1);
    else
      shuffle_xor(1.0f, 2);
  };
  CHECK_REFUSED("lanes of the warp wait at", 32, 0, diverging);
}

TEST(copies_have_rules) {
  CHECK_REFUSED("not a multiple of 16", 32, sizeof(Slots),
                [] { copy_async_16(&shared<Slots>().value[thread()][1], source[thread()]); });
  CHECK_REFUSED("not a multiple of 16", 32, sizeof(Slots),
                [] { copy_async_16(shared<Slots>().value[thread()], &source[thread()][1]); });
  CHECK_REFUSED("outside the shared memory", 32, sizeof(Slots),
                [] { copy_async_16(source[thread()], source[thread() + 32]); });
  CHECK_REFUSED("copies under way", 32, sizeof(Slots), [] {
    copy_async_16(shared<Slots>().value[thread()], source[thread()]);
    copy_commit();
  });
}

TEST(launches_have_rules) {
  CHECK_REFUSED("a block of 33 threads", 33, 0, [] {});
  CHECK_REFUSED("shared memory of 1024 bytes, launched with 1023", 32, 1023,
                [] { shared<Slots>(); });
  try {
    thread();
    CHECK(false, "a primitive outside a kernel");
  } catch (const EmulationError&) {
  }
}

FOVEA_TEST_MAIN()
