# Matrix products of the CUDA backend.
list(APPEND FOVEA_CUDA_KERNEL_SOURCES
  src/cuda/gemm/convolution.cu
  src/cuda/gemm/float_product.cu
  src/cuda/gemm/input_rows.cu
  src/cuda/gemm/linear.cu
  src/cuda/gemm/pack_quantized.cu
  src/cuda/gemm/pack_weights.cu
  src/cuda/gemm/stream_product.cu
  src/cuda/gemm/tile_product.cu)
