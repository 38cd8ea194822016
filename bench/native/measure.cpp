#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

#include "common/dtype.h"

namespace fovea::bench {

Options options;
fov_context* context = nullptr;

namespace {

constexpr double kColdBytes = 256 << 20;
constexpr double kSampleMicroseconds = 1000;  // of a sample on CUDA: a mark is good to about 1
constexpr int64_t kMostCalls = 512;

std::string instruction_set() {
  if (options.device == FOV_CPU) return std::strstr(fov_cpu_features(), "kernels: ") + 9;
  const std::string description = fov_device_description(options.device, 0);
  const size_t begin = description.find(", ");
  if (begin == std::string::npos) return "emulated";
  return description.substr(begin + 2, description.find(", ", begin + 2) - begin - 2);
}

const char* backend(bool recorded) {
  if (options.device == FOV_CPU) return "cpu";
  if (options.device == FOV_CUDA_EMULATED) return recorded ? "emulated graph" : "emulated";
  return recorded ? "cuda graph" : "cuda";
}

void put_value(int32_t dtype, char* at, int64_t i, float value) {
  if (dtype == FOV_F32) reinterpret_cast<float*>(at)[i] = value;
  if (dtype == FOV_BF16) reinterpret_cast<bf16*>(at)[i] = from_float<bf16>(value);
  if (dtype == FOV_U8) reinterpret_cast<uint8_t*>(at)[i] = uint8_t(value * 127 + 128);
  if (dtype == FOV_I8) reinterpret_cast<int8_t*>(at)[i] = int8_t(value * 127);
  if (dtype == FOV_F8)
    reinterpret_cast<uint8_t*>(at)[i] = uint8_t(int(value * 63 + 63) | (i % 3 ? 128 : 0));
  if (dtype == FOV_I32) reinterpret_cast<int32_t*>(at)[i] = int32_t(value * 2147483000.0f);
}

// Draws a first block, and repeats it: a prime number of values, so that rows differ.
std::vector<char> random_values(int32_t dtype, int64_t count) {
  constexpr int64_t kBlock = 1000003;
  static std::minstd_rand random(1);
  const int64_t drawn = std::min(count, kBlock), element = dtype_bytes(dtype);
  std::vector<char> values(size_t(count * element));
  for (int64_t i = 0; i < drawn; ++i)
    put_value(dtype, values.data(), i, float(random() % 2001) / 1000.0f - 1.0f);
  for (int64_t i = drawn; i < count; i += drawn)
    std::memcpy(values.data() + i * element, values.data(),
                size_t(std::min(drawn, count - i) * element));
  return values;
}

// Calls between two marks, as they come or recorded; the same work each time.
class Sample {
 public:
  Sample(int64_t calls, bool recorded, const std::function<fov_status()>& call)
      : calls_(calls), call_(call) {
    if (!recorded) return;
    check(fov_graph_begin(context));
    make_calls();
    graph_ = fov_graph_end(context);
    if (!graph_) check(fov_last_status());
  }
  ~Sample() { fov_graph_destroy(context, graph_); }
  Sample(const Sample&) = delete;

  // Microseconds a call.
  double run() {
    check(fov_mark_set(context, 0));
    if (graph_)
      check(fov_graph_launch(context, graph_));
    else
      make_calls();
    check(fov_mark_set(context, 1));
    const double milliseconds = fov_mark_elapsed(context, 0, 1);
    if (!(milliseconds >= 0)) check(fov_last_status());
    return milliseconds * 1000 / double(calls_);
  }

 private:
  void make_calls() {
    for (int64_t i = 0; i < calls_; ++i) check(call_());
  }
  int64_t calls_;
  const std::function<fov_status()>& call_;
  fov_graph* graph_ = nullptr;
};

// Enough calls for a sample of kSampleMicroseconds; on the CPU every call is a sample.
int64_t calls_of_a_sample(const Row& row, const std::function<fov_status()>& call) {
  check(call());  // loads the kernels, takes scratch memory
  if (options.device != FOV_CUDA) return row.least_calls;
  check(fov_mark_set(context, 0));
  check(call());
  check(fov_mark_set(context, 1));
  const double once = std::max(1.0, fov_mark_elapsed(context, 0, 1) * 1000);
  return std::max(row.least_calls, std::min(kMostCalls, int64_t(kSampleMicroseconds / once) + 1));
}

}  // namespace

void check(fov_status status) {
  if (status == FOV_OK) return;
  std::fprintf(stderr, "op_bench: %s\n", fov_last_error());
  std::exit(1);
}

void open_device() {
  context = fov_context_create(options.device, 0, options.threads);
  if (!context) check(fov_last_status());
  std::printf("op,backend,isa,threads,dtype,shape,median_us,p10,p90,GB/s,GFLOP/s\n");
}

void close_device() { fov_context_destroy(context); }

int64_t cold_copies(double bytes) {
  return options.device != FOV_CUDA ? 1 : int64_t(std::ceil(kColdBytes / bytes));
}

Array::Array(int32_t dtype, std::vector<int64_t> shape, bool in_host_memory) {
  tensor_.dtype = dtype;
  tensor_.device = in_host_memory ? int32_t(FOV_CPU) : options.device;
  tensor_.rank = int32_t(shape.size());
  for (int32_t i = tensor_.rank - 1; i >= 0; --i) {
    tensor_.shape[i] = shape[size_t(i)];
    tensor_.stride[i] = count_;
    count_ *= shape[size_t(i)];
  }
  bytes_ = count_ * dtype_bytes(dtype);
  std::vector<char> values = random_values(dtype, count_);
  if (in_host_memory) {
    host_ = std::move(values);
    tensor_.data = host_.data();
    return;
  }
  tensor_.data = fov_memory_allocate(context, bytes_);
  if (!tensor_.data) check(fov_last_status());
  put(values.data());
}

Array::~Array() {
  if (host_.empty()) check(fov_memory_free(context, tensor_.data, bytes_));
}

void Array::put(const void* values) {
  check(fov_memory_upload(context, tensor_.data, values, bytes_));
}

Array& Array::integers(const std::function<int64_t(int64_t)>& value) {
  std::vector<int32_t> values(static_cast<size_t>(count_));
  for (int64_t i = 0; i < count_; ++i) values[size_t(i)] = int32_t(value(i));
  put(values.data());
  return *this;
}

Array& Array::floats(const std::function<double(int64_t)>& value) {
  std::vector<float> values(static_cast<size_t>(count_));
  for (int64_t i = 0; i < count_; ++i) values[size_t(i)] = float(value(i));
  put(values.data());
  return *this;
}

fov_tensor Array::heads(int64_t begin, int64_t heads, int64_t K) const {
  fov_tensor view = tensor_;
  view.data = static_cast<char*>(view.data) + begin * dtype_bytes(tensor_.dtype);
  view.rank = 3;
  view.shape[1] = heads, view.shape[2] = K;
  view.stride[1] = K, view.stride[2] = 1;
  return view;
}

void report(const Row& row, const std::function<fov_status()>& call) {
  using clock = std::chrono::steady_clock;
  const auto after = [](double seconds) {
    return clock::now() +
           std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  };
  const bool recorded = options.graph && row.recordable;
  Sample sample(calls_of_a_sample(row, call), recorded, call);
  if (options.device == FOV_CUDA)  // the clocks rise
    for (const auto warm = after(options.seconds / 4); clock::now() < warm;) sample.run();
  std::vector<double> times;
  for (const auto end = after(options.seconds); times.size() < 5 || clock::now() < end;)
    times.push_back(sample.run());
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) { return times[size_t(share * double(times.size() - 1))]; };
  const std::string isa = instruction_set();
  const double rate = 1e-3 / at(0.5);
  std::printf("%s,%s,%s,%d,%s,%s,%.1f,%.1f,%.1f,%.2f,%.2f\n", row.op, backend(recorded),
              isa.c_str(), fov_context_threads(context), dtype_name(row.dtype), row.shape.c_str(),
              at(0.5), at(0.1), at(0.9), row.bytes * rate, row.flop * rate);
  std::fflush(stdout);
  if (!options.json) return;
  std::fprintf(options.json,
               "{\"op\":\"%s\",\"backend\":\"%s\",\"isa\":\"%s\",\"dtype\":\"%s\",\"shape\":\"%s\","
               "\"median_us\":%.3f,\"p10\":%.3f,\"p90\":%.3f,\"GB/s\":%.3f,\"GFLOP/s\":%.3f}\n",
               row.op, backend(recorded), isa.c_str(), dtype_name(row.dtype), row.shape.c_str(),
               at(0.5), at(0.1), at(0.9), row.bytes * rate, row.flop * rate);
  std::fflush(options.json);
}

}  // namespace fovea::bench
