// File maps, the CPU's contexts, and the thread pool (compiled into this test).
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "common/thread_pool.h"
#include "harness.h"

using namespace fovea::test;

TEST(contexts) {
  Context two(2);
  CHECK(fov_context_threads(two) == 2, "threads");
  CHECK(fov_context_create(FOV_CPU, 1, 1) == nullptr && fov_last_status() == FOV_UNAVAILABLE,
        "ordinal");
  CHECK(fov_device_count(FOV_CPU) == 1, "one CPU");
  CHECK(std::strcmp(fov_device_description(FOV_CPU, 0), fov_cpu_features()) == 0, "description");
}

TEST(graphs_are_not_served) {
  Context context;
  CHECK_FAILS(FOV_UNIMPLEMENTED, "graph_begin", fov_graph_begin(context));
  CHECK(fov_graph_end(context) == nullptr && fov_last_status() == FOV_UNIMPLEMENTED, "graph_end");
}

TEST(file_maps) {
  char path[] = "/tmp/fovea-file-map-XXXXXX";
  const int descriptor = mkstemp(path);
  int64_t bytes = -1;
  CHECK(!fov_file_map(path, &bytes) && fov_last_status() == FOV_INVALID_ARGUMENT && bytes == 0,
        "empty file");
  CHECK(write(descriptor, "fovea", 5) == 5, "write");
  close(descriptor);
  const void* memory = fov_file_map(path, &bytes);
  CHECK(memory && bytes == 5 && std::memcmp(memory, "fovea", 5) == 0, "%s", fov_last_error());
  fov_file_unmap(memory, bytes);
  unlink(path);
  CHECK(!fov_file_map(path, &bytes) && fov_last_status() == FOV_UNAVAILABLE &&
            std::strstr(fov_last_error(), path),
        "missing file: %s", fov_last_error());
  CHECK(!fov_file_map("/", &bytes) && fov_last_status() == FOV_INVALID_ARGUMENT, "directory");
  CHECK(!fov_file_map(nullptr, &bytes) && !fov_file_map("/", nullptr), "NULL");
}

TEST(parallel_for_visits_every_index_once) {
  for (int threads : {1, 2, 3, 5}) {
    fovea::ThreadPool pool(threads);
    for (int64_t n : {0, 1, 2, 7, 100, 1001})
      for (int64_t grain : {1, 3, 50, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(n));
        std::vector<std::atomic<int>> busy(static_cast<size_t>(threads));
        pool.parallel_for(n, grain, [&](int64_t begin, int64_t end, int worker) {
          CHECK(worker >= 0 && worker < threads && busy[size_t(worker)]++ == 0, "worker");
          CHECK(begin % grain == 0 && begin < end, "range");
          for (int64_t i = begin; i < end; ++i) visits[size_t(i)]++;
          busy[size_t(worker)]--;
        });
        for (auto& count : visits) CHECK(count == 1, "n=%d visited %d times", int(n), count.load());
      }
  }
}

TEST(nested_calls_run_inline_as_the_same_worker) {
  fovea::ThreadPool pool(3);
  std::atomic<int64_t> sum = 0;
  pool.parallel_for(40, 1, [&](int64_t begin, int64_t end, int outer) {
    for (int64_t i = begin; i < end; ++i)
      pool.parallel_for(10, 1, [&](int64_t from, int64_t to, int inner) {
        CHECK(inner == outer, "worker %d inside %d", inner, outer);
        sum += to - from;
      });
  });
  CHECK(sum == 400, "sum %d", int(sum));
}

TEST(pools_start_stop_and_wake_after_sleep) {
  for (int round = 0; round < 30; ++round) {
    fovea::ThreadPool pool(4);
    std::atomic<int64_t> sum = 0;
    for (int job = 0; job < 50; ++job)
      pool.parallel_for(64, 1, [&](int64_t begin, int64_t end, int) { sum += end - begin; });
    if (round % 10 == 0) usleep(2000);
    pool.parallel_for(64, 1, [&](int64_t begin, int64_t end, int) { sum += end - begin; });
    CHECK(sum == 64 * 51, "sum %d", int(sum));
  }
}

FOVEA_TEST_MAIN()
