list(APPEND FOVEA_TESTS_OF
  linear
  pack_quantized
  pack_weights
  quantized_linear)
