// The primitives of simt.h, emulated: fibers play the threads of a block on one thread of the host.
// Blocks run one after another, in random order. A broken rule throws EmulationError.
#pragma once
#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "cuda/simt/numbers.h"

namespace fovea::cuda {

#define SIMT_KERNEL(threads, blocks) [[maybe_unused]] static void
#define SIMT_UNROLL

struct Dim3 {
  int x, y, z;
};

class EmulationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace emulation {

using Where = std::source_location;

// Runs body as every thread of every block; throws EmulationError.
void run(Dim3 grid, int threads, int64_t shared_bytes, const std::function<void()>& body);

// Of the thread that runs now.
int thread_index();
Dim3 block_index();
Dim3 grid_size();
void* shared_memory(size_t bytes);
void barrier(int id, int threads, Where where);  // threads 0: all of the block
void copy_async(void* to, const void* from, int bytes, Where where);
void copy_commit();
void copy_wait(int groups);

// Meets the other 31 lanes at the same place of the program; the last to come calls
// `operation` with the operands of all lanes.
void meet(void* operands, void (*operation)(void* const* lanes), Where where);

void load_matrices(uint32_t (&r)[4], const void* row, bool transposed, Where where);

}  // namespace emulation

SIMT_DEVICE int thread() { return emulation::thread_index(); }
SIMT_DEVICE int lane() { return thread() & 31; }
SIMT_DEVICE int warp() { return thread() >> 5; }
SIMT_DEVICE Dim3 block() { return emulation::block_index(); }
SIMT_DEVICE Dim3 grid() { return emulation::grid_size(); }

template <typename T>
SIMT_DEVICE T& shared() {
  return *static_cast<T*>(emulation::shared_memory(sizeof(T)));
}

SIMT_DEVICE void sync_threads(emulation::Where where = emulation::Where::current()) {
  emulation::barrier(0, 0, where);
}
SIMT_DEVICE void sync_warp(emulation::Where where = emulation::Where::current()) {
  emulation::meet(
      nullptr, [](void* const*) {}, where);
}
SIMT_DEVICE void sync_some(int id, int threads,
                           emulation::Where where = emulation::Where::current()) {
  emulation::barrier(id, threads, where);
}

template <typename T>
SIMT_DEVICE T shuffle(T value, int from, emulation::Where where = emulation::Where::current()) {
  static_assert(sizeof(T) == 4 && std::is_trivially_copyable_v<T>);
  struct Operands {
    T value;
    int from;
    T result;
  } mine = {value, from, {}};
  emulation::meet(
      &mine,
      [](void* const* lanes) {
        for (int i = 0; i < 32; ++i) {
          Operands& o = *static_cast<Operands*>(lanes[i]);
          o.result = static_cast<const Operands*>(lanes[o.from & 31])->value;
        }
      },
      where);
  return mine.result;
}
template <typename T>
SIMT_DEVICE T shuffle_xor(T value, int mask, emulation::Where where = emulation::Where::current()) {
  return shuffle(value, lane() ^ mask, where);
}

SIMT_DEVICE uint32_t pack_bf16(float low, float high) {
  return from_float<bf16>(low).bits | uint32_t(from_float<bf16>(high).bits) << 16;
}

SIMT_DEVICE void copy_async_16(void* to, const void* from, int bytes = 16,
                               emulation::Where where = emulation::Where::current()) {
  emulation::copy_async(to, from, bytes, where);
}
SIMT_DEVICE void copy_commit() { emulation::copy_commit(); }
template <int N>
SIMT_DEVICE void copy_wait() {
  emulation::copy_wait(N);
}

SIMT_DEVICE void load_matrices(uint32_t (&r)[4], const void* row,
                               emulation::Where where = emulation::Where::current()) {
  emulation::load_matrices(r, row, false, where);
}
SIMT_DEVICE void load_matrices_transposed(uint32_t (&r)[4], const void* row,
                                          emulation::Where where = emulation::Where::current()) {
  emulation::load_matrices(r, row, true, where);
}

namespace emulation {
void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Where where);
void multiply_s8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Where where);
}  // namespace emulation

SIMT_DEVICE void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                          emulation::Where where = emulation::Where::current()) {
  emulation::multiply(d, a, b, where);
}
SIMT_DEVICE void multiply_s8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                             emulation::Where where = emulation::Where::current()) {
  emulation::multiply_s8(d, a, b, where);
}

}  // namespace fovea::cuda
