// The primitives of simt.h as CUDA and PTX (PTX ISA 9.0: cp.async, ldmatrix, mma). sm_80 and later.
#pragma once
#include <cuda_runtime.h>

namespace fovea::cuda {

#define SIMT_KERNEL(threads, blocks) static __global__ void __launch_bounds__(threads, blocks)
#define SIMT_UNROLL _Pragma("unroll")

struct Dim3 {
  int x, y, z;
};

SIMT_DEVICE int thread() { return int(threadIdx.x); }
SIMT_DEVICE int lane() { return int(threadIdx.x) & 31; }
SIMT_DEVICE int warp() { return int(threadIdx.x) >> 5; }
SIMT_DEVICE Dim3 block() { return {int(blockIdx.x), int(blockIdx.y), int(blockIdx.z)}; }
SIMT_DEVICE Dim3 grid() { return {int(gridDim.x), int(gridDim.y), int(gridDim.z)}; }

template <typename T>
SIMT_DEVICE T& shared() {
  asm volatile("// shared bytes %0" ::"n"(sizeof(T)));  // for cuda_gates.sh
  extern __shared__ __align__(128) unsigned char fovea_shared_memory[];
  return *reinterpret_cast<T*>(fovea_shared_memory);
}

SIMT_DEVICE void sync_threads() { __syncthreads(); }
SIMT_DEVICE void sync_warp() { __syncwarp(); }
SIMT_DEVICE void sync_some(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

template <typename T>
SIMT_DEVICE T shuffle_xor(T value, int mask) {
  static_assert(sizeof(T) == 4);
  return __shfl_xor_sync(0xffffffffu, value, mask);
}
template <typename T>
SIMT_DEVICE T shuffle(T value, int from) {
  static_assert(sizeof(T) == 4);
  return __shfl_sync(0xffffffffu, value, from);
}

SIMT_DEVICE uint32_t pack_bf16(float low, float high) {
  uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}

SIMT_DEVICE uint32_t shared_address(const void* p) { return uint32_t(__cvta_generic_to_shared(p)); }

SIMT_DEVICE void copy_async_16(void* to, const void* from, int bytes = 16) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
               "r"(bytes)
               : "memory");
}
SIMT_DEVICE void copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N>
SIMT_DEVICE void copy_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

SIMT_DEVICE void load_matrices(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
SIMT_DEVICE void load_matrices_transposed(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

SIMT_DEVICE void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
SIMT_DEVICE void multiply_s8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

}  // namespace fovea::cuda
