/* Fovea's native contract: statuses, tensors, contexts, memory. The arithmetic is in ops.h.
 *
 * C11 only: no C++, JNI or CUDA type crosses this header. Functions that can fail return a
 * fov_status, or NULL where they return a pointer; fov_last_error() then has the text. No function
 * throws, prints, or ends the process.
 */
#ifndef FOVEA_FOVEA_H
#define FOVEA_FOVEA_H
#include <stdint.h>

#include "fovea/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

#define FOV_API __attribute__((visibility("default")))
/* Slots (tokens) in one page of the KV cache. */
#define FOV_PAGE_SLOTS 64

typedef enum fov_status {
  FOV_OK = 0,
  FOV_INVALID_ARGUMENT = 1, /* the caller's fault: shape, dtype, stride, device, range */
  FOV_UNIMPLEMENTED = 2,    /* a legal request that this backend does not serve */
  FOV_OUT_OF_MEMORY = 3,
  FOV_BACKEND_ERROR = 4, /* operating system or driver: the text has their own message */
  FOV_UNAVAILABLE = 5    /* no such device, driver or file on this host */
} fov_status;

typedef enum fov_dtype {
  FOV_F32 = 0,
  FOV_BF16 = 1,
  FOV_F16 = 2,
  FOV_I32 = 3,
  FOV_U8 = 4,
  FOV_I8 = 5,
  FOV_F8 = 6, /* e4m3fn: 4 exponent bits, 3 of mantissa, no infinities, NaN 0x7f and 0xff */
  FOV_I4 = 7  /* -8..7, only as packed weights */
} fov_dtype;

typedef enum fov_device {
  FOV_CPU = 0,
  FOV_CUDA = 1,         /* libfovea_cuda.so beside this library, and an NVIDIA driver */
  FOV_CUDA_EMULATED = 2 /* libfovea_cuda_emulated.so: the CUDA kernels, run by the CPU, for tests */
} fov_device;

typedef enum fov_layout {
  FOV_STRIDED = 0, /* element (i, j, ...) at data + i*stride[0] + j*stride[1] + ... */
  /* Weights in the backend's own order, made by fov_pack_weights or fov_pack_quantized. */
  FOV_PACKED = 1,
  /* The same for i8 and i4, but linear quantises its rows to int8 and multiplies integers. */
  FOV_PACKED_INT8 = 2
} fov_layout;

/* Devices of a fov_device that this host offers; 1 for the CPU. -1 with FOV_UNAVAILABLE where the
 * backend itself cannot be used: the text says why (no such library, of another build, no driver,
 * driver too old). */
FOV_API int32_t fov_device_count(int32_t device);

/* One line about a device, such as "NVIDIA H100 80GB HBM3, sm_90, 132 multiprocessors, 79.1 GiB,
 * driver 13.0, runtime 13.0"; valid until this thread's next fov_ call. NULL with FOV_UNAVAILABLE
 * where there is no such device, or none of its kind that the library has kernels for. */
FOV_API const char* fov_device_description(int32_t device, int32_t ordinal);

/* Opens a device.
 *
 *   device   fov_device
 *   ordinal  which one; 0 on the CPU
 *   threads  CPU worker threads including the caller's, 1..1024; 0 takes the processors this
 *            process may run on
 *
 * NULL with FOV_UNAVAILABLE where there is no such device. */
FOV_API fov_context* fov_context_create(int32_t device, int32_t ordinal, int32_t threads);

/* Stops the threads and frees the scratch memory; NULL is allowed. Memory from
 * fov_memory_allocate must have been freed before. */
FOV_API void fov_context_destroy(fov_context* context);

/* Waits until everything queued on the context is done (at once on the CPU). */
FOV_API fov_status fov_context_synchronize(fov_context* context);

/* Worker threads in use, the caller's included. */
FOV_API int32_t fov_context_threads(const fov_context* context);

/* Bytes allocated through fov_memory_allocate and not yet freed. */
FOV_API int64_t fov_context_allocated_bytes(const fov_context* context);

/* `bytes` > 0 of device memory, aligned to 64, contents undefined. NULL: FOV_OUT_OF_MEMORY. */
FOV_API void* fov_memory_allocate(fov_context* context, int64_t bytes);

/* Frees what fov_memory_allocate gave; `bytes` as asked for then. NULL is allowed. */
FOV_API fov_status fov_memory_free(fov_context* context, void* memory, int64_t bytes);

/* Device memory in bytes: free now, and in all. On the CPU: that of the host. */
FOV_API fov_status fov_context_memory(fov_context* context, int64_t* free_bytes,
                                      int64_t* total_bytes);

/* Copies host memory to the device, or back, in order with the work queued before. The host memory
 * may be reused, or read, at return. */
FOV_API fov_status fov_memory_upload(fov_context* context, void* device_memory, const void* host,
                                     int64_t bytes);
FOV_API fov_status fov_memory_download(fov_context* context, void* host, const void* device_memory,
                                       int64_t bytes);

/* Recording of work, to be run again by one call (CUDA graphs). Between fov_graph_begin and
 * fov_graph_end ops are checked and recorded, but not run; memory may be neither allocated nor
 * copied to or from the host. A graph uses the tensors' memory as of then, with the contents of its
 * own launch. Ops that need more scratch memory than any call before fail while recording: run the
 * same calls once before. The CPU: FOV_UNIMPLEMENTED. A graph is destroyed before its context. */
typedef struct fov_graph fov_graph;
FOV_API fov_status fov_graph_begin(fov_context* context);
FOV_API fov_graph* fov_graph_end(fov_context* context); /* NULL: recording failed; it has ended */
FOV_API fov_status fov_graph_launch(fov_context* context, fov_graph* graph);
FOV_API void fov_graph_destroy(fov_context* context, fov_graph* graph);

/* Notes the time when the work queued so far is done, as mark number `mark` of the context, and the
 * milliseconds between two marks (waits for them; NaN where one was never set). */
FOV_API fov_status fov_mark_set(fov_context* context, int32_t mark); /* mark in 0..65535 */
FOV_API double fov_mark_elapsed(fov_context* context, int32_t from, int32_t to);

/* Names the work queued until the range's end for external profilers (NVTX on CUDA, else nothing).
 * Ranges nest. */
FOV_API void fov_range_begin(fov_context* context, const char* name);
FOV_API void fov_range_end(fov_context* context);

/* Maps a whole file read-only, of any length; pages are shared between processes and read on first
 * touch. `bytes` receives the length. NULL: FOV_UNAVAILABLE (missing, unreadable) or
 * FOV_INVALID_ARGUMENT (empty, not a regular file). The file must not shrink while mapped. */
FOV_API const void* fov_file_map(const char* path, int64_t* bytes);
FOV_API void fov_file_unmap(const void* memory, int64_t bytes);

/* Status and text of the last failure on this thread; valid until its next fov_ call. */
FOV_API fov_status fov_last_status(void);
FOV_API const char* fov_last_error(void);

/* Identifies this build; the JVM side compares it with the one it was compiled against. */
FOV_API const char* fov_build_id(void);

/* What the CPU offers and what the library uses of it, such as "avx2 fma f16c; kernels: avx2". */
FOV_API const char* fov_cpu_features(void);

#ifdef __cplusplus
}
#endif
#endif
