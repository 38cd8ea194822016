# The device primitives: emulated, and on a GPU where there is one.
set(simt ${CMAKE_SOURCE_DIR}/native/src/cuda)
if(TARGET fovea_cuda_emulated)
  set(emulation ${simt}/simt/emulation.cpp ${simt}/simt/fiber.cpp)
  add_executable(simt_test simt_test.cu ${simt}/runtime_emulated.cpp ${emulation})
  set_source_files_properties(simt_test.cu PROPERTIES LANGUAGE CXX COMPILE_OPTIONS "-xc++")
  add_executable(emulation_test emulation_test.cpp ${emulation})
  target_link_libraries(emulation_test PRIVATE fovea)
  foreach(test simt emulation)
    target_link_libraries(${test}_test PRIVATE fovea_options Threads::Threads)
    add_test(NAME ${test}.cuda-emulated COMMAND ${test}_test)
  endforeach()
endif()
if(TARGET simt_device_test)
  add_test(NAME simt.cuda COMMAND simt_device_test)
  set_tests_properties(simt.cuda PROPERTIES SKIP_RETURN_CODE 77)
endif()

# Limits that the compiler's output can be held to.
if(TARGET fovea_cuda AND NOT FOVEA_SANITIZE)
  add_test(NAME cuda_gates
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cuda_gates.sh ${CMAKE_BINARY_DIR})
endif()
