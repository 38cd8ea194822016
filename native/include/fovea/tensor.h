/* The two structs of the contract, apart from fovea.h because the JVM binding needs no class for
 * them: it holds both as addresses and writes tensors byte by byte. */
#ifndef FOVEA_TENSOR_H
#define FOVEA_TENSOR_H
#include <stdint.h>

#define FOV_MAX_RANK 4

/* A view; never owns `data`. Strides count elements, not bytes.
 *
 * Packed weights have no strides. Those of i8, i4 and f8 keep two numbers in their place: stride[0]
 * is the group, the inputs of a feature that share one scale; stride[1] the scales' fov_dtype. */
typedef struct fov_tensor {
  void* data;
  int32_t dtype;  /* fov_dtype */
  int32_t device; /* fov_device */
  int32_t rank;   /* 1..FOV_MAX_RANK */
  int32_t layout; /* fov_layout */
  int64_t shape[FOV_MAX_RANK];
  int64_t stride[FOV_MAX_RANK];
} fov_tensor;

/* A device, its worker threads and its scratch memory. One thread at a time may use a context. */
typedef struct fov_context fov_context;

#endif
