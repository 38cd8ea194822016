#include "cpu/cpu_context.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "cpu/isa.h"

namespace fovea::cpu {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

// nullptr where there is no memory. Memory of several huge pages begins at one and asks for more.
void* allocate_aligned(size_t bytes) {
  const size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kCacheLine;
  if (bytes > SIZE_MAX - alignment) return nullptr;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory && alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);  // only advice
  return memory;
}

// Processors this process may run on.
int32_t available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::clamp(CPU_COUNT(&set), 1, 1024);
}

}  // namespace

CpuContext::CpuContext(const Kernels& kernels, int32_t threads)
    : fov_context(FOV_CPU, kernels), pool(threads), scratch_(size_t(threads) + 1) {}

CpuContext::~CpuContext() {
  for (Scratch& scratch : scratch_) std::free(scratch.memory);
}

void* CpuContext::allocate(int64_t bytes) {
  void* memory = allocate_aligned(size_t(bytes));
  if (!memory)
    fail(FOV_OUT_OF_MEMORY, "memory_allocate: no %lld bytes of host memory",
         static_cast<long long>(bytes));
  return memory;
}

fov_status CpuContext::free(void* memory, int64_t) {
  std::free(memory);
  return FOV_OK;
}

fov_status CpuContext::upload(void* device_memory, const void* host, int64_t bytes) {
  std::memcpy(device_memory, host, size_t(bytes));
  return FOV_OK;
}

fov_status CpuContext::download(void* host, const void* device_memory, int64_t bytes) {
  std::memcpy(host, device_memory, size_t(bytes));
  return FOV_OK;
}

fov_status CpuContext::memory(int64_t& free_bytes, int64_t& total_bytes) {
  const int64_t page = sysconf(_SC_PAGESIZE);
  free_bytes = page * sysconf(_SC_AVPHYS_PAGES);
  total_bytes = page * sysconf(_SC_PHYS_PAGES);
  return FOV_OK;
}

fov_status CpuContext::graph_begin() {
  return fail(FOV_UNIMPLEMENTED, "graph_begin: the CPU records no work");
}

fov_graph* CpuContext::graph_end() {
  fail(FOV_UNIMPLEMENTED, "graph_end: the CPU records no work");
  return nullptr;
}

fov_status CpuContext::graph_launch(fov_graph&) {
  return fail(FOV_UNIMPLEMENTED, "graph_launch: the CPU records no work");
}

fov_status CpuContext::mark_set(int32_t mark) {
  return guarded("mark_set", [&] {
    if (size_t(mark) >= marks_.size()) marks_.resize(size_t(mark) + 1, NAN);
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    marks_[size_t(mark)] = std::chrono::duration<double, std::milli>(now).count();
    return FOV_OK;
  });
}

double CpuContext::mark_elapsed(int32_t from, int32_t to) {
  if (size_t(std::max(from, to)) >= marks_.size()) return NAN;
  return marks_[size_t(to)] - marks_[size_t(from)];
}

void* CpuContext::scratch(int worker, size_t bytes) {
  Scratch& scratch = scratch_[size_t(worker)];
  if (scratch.bytes < bytes) {
    std::free(scratch.memory);
    scratch = {};
    scratch.memory = allocate_aligned(bytes);
    if (!scratch.memory) throw std::bad_alloc();
    scratch.bytes = bytes;
  }
  return scratch.memory;
}

void CpuContext::reserve(size_t bytes) {
  for (int worker = 0; worker < threads(); ++worker) scratch(worker, bytes);
}

}  // namespace fovea::cpu

fov_context* fovea::create_cpu_context(int32_t ordinal, int32_t threads) {
  if (ordinal != 0) {
    fail(FOV_UNAVAILABLE, "context_create: wanted ordinal 0 on the CPU, got %d", ordinal);
    return nullptr;
  }
  fov_context* context = nullptr;
  guarded("context_create", [&] {
    context = new cpu::CpuContext(cpu::kernels(cpu::isa()),
                                  threads ? threads : cpu::available_processors());
    return FOV_OK;
  });
  return context;
}
