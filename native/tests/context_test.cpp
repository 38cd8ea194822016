// Contexts, memory, marks and graphs: the same on every device.
#include "harness.h"

using namespace fovea::test;

TEST(contexts) {
  Context context;
  CHECK_OK(fov_context_synchronize(context));
  CHECK(fov_context_threads(context) >= 1, "threads");
  CHECK(fov_context_create(device(), 1000, 1) == nullptr && fov_last_status() == FOV_UNAVAILABLE,
        "ordinal 1000: status %d", int(fov_last_status()));
  CHECK(fov_context_create(device(), -1, 1) == nullptr, "ordinal -1");
  for (int32_t threads : {-1, 1025})
    CHECK(fov_context_create(device(), 0, threads) == nullptr &&
              fov_last_status() == FOV_INVALID_ARGUMENT,
          "%d threads", threads);
  CHECK(fov_context_create(9, 0, 1) == nullptr && std::strstr(fov_last_error(), "9"), "device");
  fov_context_destroy(nullptr);
  CHECK(std::strlen(fov_build_id()) > 16, "build id %s", fov_build_id());
}

TEST(devices_are_counted_and_described) {
  CHECK(fov_device_count(device()) >= 1, "count");
  const char* description = fov_device_description(device(), 0);
  CHECK(description && std::strlen(description) > 0, "description");
  CHECK(fov_device_count(9) == -1 && fov_last_status() == FOV_INVALID_ARGUMENT, "device 9");
  CHECK(!fov_device_description(9, 0) && fov_last_status() == FOV_INVALID_ARGUMENT, "device 9");
  if (!on_cpu())
    CHECK(!fov_device_description(device(), 1000) && fov_last_status() == FOV_UNAVAILABLE,
          "ordinal 1000");
}

TEST(memory_is_counted_aligned_and_copied) {
  Context context;
  void* small = fov_memory_allocate(context, 3);
  void* large = fov_memory_allocate(context, (int64_t{9} << 20) + 1);
  CHECK(small && large, "%s", fov_last_error());
  CHECK(
      reinterpret_cast<uintptr_t>(small) % 64 == 0 && reinterpret_cast<uintptr_t>(large) % 64 == 0,
      "alignment");
  CHECK(fov_context_allocated_bytes(context) == (int64_t{9} << 20) + 4, "count");
  const char text[] = "ab";
  char back[3] = {};
  CHECK_OK(fov_memory_upload(context, small, text, 3));
  CHECK_OK(fov_memory_download(context, back, small, 3));
  CHECK(std::strcmp(text, back) == 0, "copy");
  char* last = static_cast<char*>(large) + (int64_t{9} << 20);  // a copy into the middle
  CHECK_OK(fov_memory_upload(context, last, text + 1, 1));
  CHECK_OK(fov_memory_download(context, back, last, 1));
  CHECK(back[0] == 'b' && back[1] == 'b', "copy of one byte");
  CHECK_OK(fov_memory_upload(context, small, text, 0));
  CHECK_INVALID("memory_upload", fov_memory_upload(context, small, nullptr, 3));
  CHECK_INVALID("memory_download", fov_memory_download(context, back, small, -1));
  CHECK_INVALID("memory_free", fov_memory_free(context, small, int64_t{1} << 40));
  CHECK_OK(fov_memory_free(context, small, 3));
  CHECK_OK(fov_memory_free(context, large, (int64_t{9} << 20) + 1));
  CHECK_OK(fov_memory_free(context, nullptr, 5));
  CHECK(fov_context_allocated_bytes(context) == 0, "count after free");
  CHECK(!fov_memory_allocate(context, 0) && fov_last_status() == FOV_INVALID_ARGUMENT, "0 bytes");
  CHECK(!fov_memory_allocate(context, int64_t{1} << 62) && fov_last_status() == FOV_OUT_OF_MEMORY,
        "2^62 bytes: status %d", int(fov_last_status()));
  // A failed allocation leaves the context usable.
  const Tensor a = random_tensor(FOV_F32, {2, 3}), y(FOV_F32, {2, 3});
  CHECK_OK(fov_add(context, a, a, y));
  for (int64_t i = 0; i < 6; ++i) CHECK(y.get(i) == 2 * a.get(i), "at %d", int(i));
}

TEST(memory_of_the_device) {
  Context context;
  int64_t free_bytes = -1, total_bytes = -1;
  CHECK_OK(fov_context_memory(context, &free_bytes, &total_bytes));
  CHECK(0 < free_bytes && free_bytes <= total_bytes, "%lld free of %lld",
        static_cast<long long>(free_bytes), static_cast<long long>(total_bytes));
  CHECK_INVALID("context_memory", fov_context_memory(context, nullptr, &total_bytes));
}

TEST(marks_and_ranges) {
  Context context;
  fov_range_begin(context, "outer");
  CHECK_OK(fov_mark_set(context, 3));
  CHECK(fov_mark_elapsed(context, 3, 3) == 0, "a mark to itself");
  CHECK(std::isnan(fov_mark_elapsed(context, 3, 65535)), "a mark that was never set");
  const Tensor x = random_tensor(FOV_F32, {64, 512}), y(FOV_F32, {64, 512});
  fov_range_begin(context, "inner");
  CHECK_OK(fov_gelu(context, x, y));
  fov_range_end(context);
  CHECK_OK(fov_mark_set(context, 65535));
  const double elapsed = fov_mark_elapsed(context, 3, 65535);
  CHECK(elapsed > 0 && elapsed < 60e3, "%g ms", elapsed);
  CHECK_OK(fov_mark_set(context, 3));  // again: later than the other
  CHECK(fov_mark_elapsed(context, 65535, 3) >= 0, "set again");
  CHECK_INVALID("mark in 0..65535, got 65536", fov_mark_set(context, 65536));
  CHECK_INVALID("got -1", fov_mark_set(context, -1));
  CHECK(std::isnan(fov_mark_elapsed(context, 0, 65536)), "mark 65536");
  fov_range_end(context);
}

namespace {

// y = gelu(a + b), recorded; nothing runs yet.
struct Recording {
  explicit Recording(const Context& context)
      : context(context),
        a(random_tensor(FOV_F32, {R, D})),
        b(random_tensor(FOV_F32, {R, D})),
        sum(FOV_F32, {R, D}),
        y(FOV_F32, {R, D}) {
    for (const Tensor* tensor : {&a, &b, &sum, &y}) tensor->view();  // no copies while recording
    CHECK_OK(fov_graph_begin(context));
    CHECK_OK(fov_add(context, a, b, sum));
    CHECK_OK(fov_gelu(context, sum, y));
  }
  // Ends the recording, once.
  void end() {
    graph = fov_graph_end(context);
    CHECK(graph, "graph_end: %s", fov_last_error());
  }
  // Launches the graph, and compares with plain calls.
  void expect_plain_results() const {
    CHECK_OK(fov_graph_launch(context, graph));
    const Tensor plain_sum(FOV_F32, {R, D}), want(FOV_F32, {R, D});
    CHECK_OK(fov_add(context, a, b, plain_sum));
    CHECK_OK(fov_gelu(context, plain_sum, want));
    CHECK(sum.same_bits(plain_sum) && y.same_bits(want), "a launch differs from plain calls");
  }
  ~Recording() { fov_graph_destroy(context, graph); }

  static constexpr int64_t R = 37, D = 129;
  const Context& context;
  Tensor a, b, sum, y;
  fov_graph* graph = nullptr;
};

}  // namespace

TEST(a_graph_runs_again_with_new_contents) {
  if (on_cpu()) return;  // what the CPU says is in common_test
  Context context;
  Recording recording(context);
  recording.end();
  CHECK(recording.y.same_bits(Tensor(FOV_F32, {Recording::R, Recording::D})), "ran while recorded");
  recording.expect_plain_results();
  for (double size : {1e-3, 30.0}) {
    recording.a.fill([&](int64_t) { return size * normal(); });
    recording.expect_plain_results();
  }
}

TEST(every_launch_runs_in_order) {
  if (on_cpu()) return;
  Context context;
  const Tensor x = random_tensor(FOV_F32, {3, 100}), total(x);
  x.view(), total.view();
  CHECK_OK(fov_graph_begin(context));
  CHECK_OK(fov_add(context, total, x, total));
  CHECK_OK(fov_add(context, total, total, total));
  fov_graph* graph = fov_graph_end(context);
  CHECK(graph, "graph_end: %s", fov_last_error());
  for (int launch = 0; launch < 3; ++launch) CHECK_OK(fov_graph_launch(context, graph));
  fov_graph_destroy(context, graph);
  for (int64_t i = 0; i < x.count(); ++i) {
    double want = x.get(i);  // doubling is exact
    for (int launch = 0; launch < 3; ++launch) want = 2 * double(float(want + x.get(i)));
    CHECK(total.get(i) == want, "element %d: got %.9g, wanted %.9g", int(i), total.get(i), want);
  }
}

TEST(graphs_of_one_context_are_apart) {
  if (on_cpu()) return;
  Context context;
  Recording first(context);
  first.end();
  Recording second(context);
  second.end();
  first.expect_plain_results();
  second.expect_plain_results();
  first.expect_plain_results();
}

namespace {

// One decode step of two sequences with a page each: rotate, append to the cache, attend.
struct DecodeStep {
  static constexpr int32_t H = 4, Hkv = 2;
  static constexpr int64_t K = 16, kWidth = (H + 2 * Hkv) * K;
  Tensor qkv{FOV_BF16, {2, kWidth}}, cos{FOV_F32, {80, K / 2}}, sin{FOV_F32, {80, K / 2}};
  Tensor k_pages{FOV_BF16, {3, Hkv, FOV_PAGE_SLOTS, K}}, v_pages{k_pages};
  Tensor positions = i32_tensor({0, 0}), slots = positions, row_slots = positions;
  Tensor page_table = i32_tensor({2, 0}), sequences = i32_tensor({0, 1});
  Tensor y{FOV_BF16, {2, H, K}};

  DecodeStep() {
    for (Tensor* table : {&cos, &sin}) table->fill([](int64_t) { return uniform(-1, 1); });
  }
  // Token t of sequence 0 (page 2) and token t + 5 of sequence 1 (page 0).
  void set_token(int32_t t) {
    for (int32_t s : {0, 1}) {
      positions.set(s, t + 5 * s);
      row_slots.set(s, t + 5 * s);
      slots.set(s, (s == 0 ? 2 * FOV_PAGE_SLOTS : 0) + t + 5 * s);
    }
    qkv.fill([](int64_t) { return normal(); });
  }
  void call(const Context& context) const {
    fov_tensor table = page_table.view(), q = qkv.view();
    table.rank = 2, table.shape[0] = 2, table.shape[1] = table.stride[0] = table.stride[1] = 1;
    q.rank = 3, q.shape[1] = H, q.shape[2] = q.stride[1] = K, q.stride[2] = 1;
    CHECK_OK(fov_rope_append(context, qkv, cos, sin, positions, slots, H, Hkv, k_pages, v_pages));
    CHECK_OK(
        fov_paged_attention(context, &q, k_pages, v_pages, &table, sequences, row_slots, 0.25f, y));
  }
};

}  // namespace

// Positions, slots and lengths change between launches of one graph.
TEST(a_recorded_decode_step_reads_its_numbers_from_memory) {
  if (on_cpu()) return;
  Context context;
  DecodeStep step;
  for (Tensor* pages : {&step.k_pages, &step.v_pages}) pages->fill([](int64_t) { return 0; });
  step.set_token(0);
  step.call(context);  // scratch memory, where ops need it
  CHECK_OK(fov_graph_begin(context));
  step.call(context);
  fov_graph* graph = fov_graph_end(context);
  CHECK(graph, "graph_end: %s", fov_last_error());
  for (int32_t token = 0; token < 3; ++token) {
    step.set_token(token);
    const DecodeStep plain(step);
    CHECK_OK(fov_graph_launch(context, graph));
    plain.call(context);
    CHECK(step.y.same_bits(plain.y) && step.k_pages.same_bits(plain.k_pages) &&
              step.v_pages.same_bits(plain.v_pages),
          "token %d differs from plain calls", int(token));
  }
  fov_graph_destroy(context, graph);
}

TEST(recording_has_rules) {
  if (on_cpu()) return;
  Context context;
  CHECK(!fov_graph_end(context) && fov_last_status() == FOV_INVALID_ARGUMENT, "end without begin");
  CHECK_INVALID("graph_launch", fov_graph_launch(context, nullptr));
  fov_graph_destroy(context, nullptr);
  Recording recording(context);
  CHECK_INVALID("graph_begin", fov_graph_begin(context));
  CHECK(!fov_memory_allocate(context, 64), "allocated while recording");
  char bytes[4] = {};
  CHECK(fov_memory_upload(context, recording.a.view().data, bytes, 4) != FOV_OK,
        "uploaded while recording");
  CHECK(fov_memory_download(context, bytes, recording.a.view().data, 4) != FOV_OK,
        "downloaded while recording");
  fov_graph_destroy(context, fov_graph_end(context));  // whole or not, it has ended
  Recording again(context);
  again.end();
  again.expect_plain_results();
}

TEST(a_call_that_failed_leaves_the_context_usable) {
  if (on_cpu()) return;
  Context context;
  Recording recording(context);
  CHECK_INVALID("add", fov_add(context, recording.a, nullptr, recording.y));
  fov_graph_destroy(context, fov_graph_end(context));
  Recording again(context);
  again.end();
  again.expect_plain_results();
}

FOVEA_TEST_MAIN()
