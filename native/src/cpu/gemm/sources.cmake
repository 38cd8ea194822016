# Matrix products of the CPU backend.
list(APPEND FOVEA_OP_SOURCES
  src/ops/convolution.cpp
  src/ops/linear.cpp
  src/ops/pack_quantized.cpp
  src/ops/pack_weights.cpp)
list(APPEND FOVEA_CPU_KERNEL_SOURCES
  src/cpu/gemm/convolution.cpp
  src/cpu/gemm/linear.cpp
  src/cpu/gemm/pack_quantized.cpp
  src/cpu/gemm/pack_weights.cpp)
list(APPEND FOVEA_CPU_TILE_SOURCES
  src/cpu/gemm/byte_tiles.cpp
  src/cpu/gemm/dot_tiles.cpp
  src/cpu/gemm/product.cpp)
