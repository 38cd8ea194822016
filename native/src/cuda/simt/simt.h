// The device primitives that kernels are written with. One source, two meanings: compiled by nvcc
// they are CUDA and PTX (device.h); compiled by a C++ compiler they are an emulation (emulation.h),
// in which fibers play the threads of a block, so that a kernel's logic runs and is checked on any
// machine.
//
// What the emulation does not show: memory-model reorderings, bank conflicts, speed. What it makes
// worse than a GPU, so that mistakes show: threads run in a random order that FOVEA_SIMT_SEED sets,
// shared memory starts as NaN, an asynchronous copy arrives only when it is waited for and its
// target is NaN until then, a barrier or warp operation that not all threads reach is an error.
//
// Rules for kernels: no CUDA name outside this folder; one argument, a trivially copyable struct;
// all shared memory is one struct, taken by shared<T>(); threads of a block come in whole warps.
//
// In both:
//   SIMT_KERNEL(threads, blocks)  before a kernel: most threads of a block, least blocks resident
//                                 on a multiprocessor (bounds its registers)
//   SIMT_DEVICE                   before a function that kernels call
//   SIMT_MEMBER                   before a member function or lambda that kernels call
//   SIMT_UNROLL                   before a loop: unroll it wholly
//   thread(), lane(), warp()      index in the block, in the warp, of the warp
//   block()                       Dim3 index in the grid; grid() its size
//   shared<T>()                   the block's shared memory as a T&
//   sync_threads(), sync_warp()   barriers of the block and of a warp
//   sync_some(id, threads)        named barrier 1..15 of `threads` threads in whole warps
//   shuffle_xor(v, mask), shuffle(v, lane)   v of another lane; 32-bit types; all lanes take part
//   pack_bf16(low, high)          two f32 rounded to bf16 in one register, `low` in its lower half
//   copy_async_16(to, from, bytes)  16 bytes global to shared, of which the first `bytes` (0..16)
//                                 are read and the rest are zeros; both aligned to 16
//   copy_commit()                 closes a group of this thread's copies
//   copy_wait<N>()                until at most the last N groups of this thread are under way
//   load_matrices(r, row)         ldmatrix.x4: 8 x 8 matrices of 16-bit values from shared memory;
//                                 lane l names row l % 8 of matrix l / 8 (16 bytes, aligned);
//                                 r[i] = elements 2 (lane % 4), +1 of row lane / 4 of matrix i
//   load_matrices_transposed      the same of the matrices' transposes
//   multiply(d, a, b)             mma.m16n8k16 bf16: d[16, 8] += a[16, 16] b[16, 8] in f32.
//                                 g = lane / 4, t = lane % 4; two k a register, the lower first:
//                                 a[0] row g, k 2t..; a[1] row g + 8; a[2], a[3] the same, k + 8;
//                                 b[0] column g, k 2t..; b[1] k + 8;
//                                 d[0], d[1] row g, columns 2t, 2t + 1; d[2], d[3] row g + 8
//   multiply_s8(d, a, b)          mma.m16n8k32 s8 with s32 sums: as above with four k a register,
//                                 4t.., and + 16 in place of + 8
#pragma once
#include "cuda/simt/numbers.h"
#ifdef __CUDACC__
#include "cuda/simt/device.h"
#else
#include "cuda/simt/emulation.h"
#endif
