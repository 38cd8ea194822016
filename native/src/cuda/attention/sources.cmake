list(APPEND FOVEA_CUDA_SOURCES src/cuda/attention/attention.cpp)
list(APPEND FOVEA_CUDA_KERNEL_SOURCES
  src/cuda/attention/row_kernel.cu
  src/cuda/attention/split_kernel.cu
  src/cuda/attention/stream_kernel.cu)
