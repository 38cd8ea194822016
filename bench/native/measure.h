// What op_bench times ops with: a device, arrays in its memory, and rows of results.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fovea/ops.h"

namespace fovea::bench {

// The command line.
struct Options {
  int32_t device = FOV_CPU;
  int32_t threads = 0;
  bool graph = false;    // CUDA: calls are recorded, and one launch runs them all
  std::string op;        // only ops with this in their name
  int32_t dtype = -1;    // only activations of this dtype
  double seconds = 1;    // a row's least time
  int64_t shrink = 1;    // divides every size: to try the program, not to quote
  FILE* json = nullptr;  // rows go here too, one object a line
};
extern Options options;
extern fov_context* context;

// Opens the device, or ends the program. The table's first line goes to stdout.
void open_device();
void close_device();
void check(fov_status status);  // ends the program where it is not FOV_OK

inline bool wanted(const char* op) { return std::string(op).find(options.op) != std::string::npos; }
inline bool wanted(int32_t dtype) { return options.dtype < 0 || options.dtype == dtype; }

// Sizes under --shrink: rows, and widths, which stay multiples of 128.
inline int64_t rows(int64_t n) { return std::max<int64_t>(1, n / options.shrink); }
inline int64_t width(int64_t n) {
  return options.shrink == 1 ? n : std::max<int64_t>(1, n / options.shrink / 128) * 128;
}

// Random values in [-1, 1] (u8, i8, i32: all of their range; f8: any code but NaN), in device
// memory, or in host memory for ops that read it there.
class Array {
 public:
  Array(int32_t dtype, std::vector<int64_t> shape, bool in_host_memory = false);
  ~Array();
  Array(const Array&) = delete;

  // i32 or f32 elements of one's own choice.
  Array& integers(const std::function<int64_t(int64_t)>& value);
  Array& floats(const std::function<double(int64_t)>& value);

  // A view of columns [begin, begin + heads * K) of a matrix as [rows, heads, K].
  fov_tensor heads(int64_t begin, int64_t heads, int64_t K) const;
  operator const fov_tensor*() const { return &tensor_; }
  double bytes() const { return double(bytes_); }

 private:
  void put(const void* values);

  fov_tensor tensor_{};
  std::vector<char> host_;
  int64_t count_ = 1, bytes_ = 0;
};

// How often a weight of so many bytes has to exist, so that a loop over the copies finds none in
// a GPU's cache: 256 MiB, four times the L2 cache of a GPU of 2024. On the CPU one, as ever.
int64_t cold_copies(double bytes);

// A row of the table.
struct Row {
  const char* op;
  int32_t dtype;
  std::string shape;
  double bytes;  // that the op must read and write once
  double flop;
  int64_t least_calls = 1;  // between two times: all cold copies
  bool recordable = true;   // false: the op copies from the host, which no graph does
};

// Times call() and prints the row. On CUDA a sample is a run of calls between two marks.
void report(const Row& row, const std::function<fov_status()>& call);

template <typename... Values>
std::string text(const char* format, Values... values) {
  char buffer[128];
  std::snprintf(buffer, sizeof buffer, format, static_cast<long long>(values)...);
  return buffer;
}

// The rows of linear and routed_linear (products.cpp).
void products();

}  // namespace fovea::bench
