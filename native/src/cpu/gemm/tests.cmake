list(APPEND FOVEA_TESTS_OF
  convolution
  gemm_blocks
  linear
  pack_quantized
  pack_weights
  quantized_linear)
