list(APPEND FOVEA_TESTS_OF
  linear
  pack_weights)
