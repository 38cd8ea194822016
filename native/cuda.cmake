# The CUDA backend: one set of sources, two plug-ins of libfovea.so.
#   libfovea_cuda.so           compiled by nvcc; where there is one, or FOVEA_CUDA=ON demands it
#   libfovea_cuda_emulated.so  compiled as C++: the kernels on fibers of the host; for tests

set(FOVEA_CUDA_SOURCES
  src/cuda/cuda_context.cpp
  src/cuda/kernels.cpp
  src/cuda/plugin.cpp)
set(FOVEA_CUDA_KERNEL_SOURCES
  src/cuda/activations.cu
  src/cuda/group_norm.cu
  src/cuda/max_pool.cu
  src/cuda/norms.cu
  src/cuda/rope.cu
  src/cuda/row_copies.cu
  src/cuda/sample.cu
  src/cuda/scale_columns.cu)
include(${CMAKE_CURRENT_SOURCE_DIR}/src/cuda/gemm/sources.cmake OPTIONAL)       # append to the two
include(${CMAKE_CURRENT_SOURCE_DIR}/src/cuda/attention/sources.cmake OPTIONAL)
include(${CMAKE_CURRENT_SOURCE_DIR}/src/cuda/image/sources.cmake OPTIONAL)

function(fovea_plugin target)
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_link_libraries(${target} PRIVATE fovea_options Threads::Threads ${CMAKE_DL_LIBS})
  target_link_options(${target} PRIVATE -Wl,--no-undefined -Wl,--build-id=sha1 -Wl,-z,noexecstack
    -Wl,--exclude-libs,ALL)
endfunction()

set_source_files_properties(src/cuda/plugin.cpp PROPERTIES
  COMPILE_DEFINITIONS FOV_BUILD_ID="${FOVEA_BUILD_ID}")

if(FOVEA_TESTS AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  add_library(fovea_cuda_emulated SHARED ${FOVEA_CUDA_SOURCES} ${FOVEA_CUDA_KERNEL_SOURCES}
    src/cuda/runtime_emulated.cpp
    src/cuda/simt/emulation.cpp
    src/cuda/simt/fiber.cpp)
  set_source_files_properties(${FOVEA_CUDA_KERNEL_SOURCES} PROPERTIES LANGUAGE CXX
    COMPILE_OPTIONS "-xc++")
  if(FOVEA_SANITIZE)  # the emulated tensor cores are most of the work
    set_source_files_properties(src/cuda/simt/emulation.cpp PROPERTIES COMPILE_OPTIONS -O2)
  endif()
  fovea_plugin(fovea_cuda_emulated)
endif()

# One of an earlier build would be taken for this build's.
macro(fovea_no_cuda)
  file(REMOVE ${CMAKE_BINARY_DIR}/libfovea_cuda.so)
  return()
endmacro()

if(FOVEA_CUDA STREQUAL OFF)
  fovea_no_cuda()
endif()
find_program(FOVEA_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES bin
  PATHS /usr/local/cuda)
set(nvcc_version 0)
if(FOVEA_NVCC)
  execute_process(COMMAND ${FOVEA_NVCC} --version OUTPUT_VARIABLE nvcc_version)
  string(REGEX REPLACE ".*release ([0-9.]+).*" "\\1" nvcc_version "${nvcc_version}")
endif()
if(nvcc_version VERSION_LESS 13)
  if(FOVEA_CUDA STREQUAL ON)
    message(FATAL_ERROR "FOVEA_CUDA=ON needs nvcc of CUDA 13 or newer, found ${FOVEA_NVCC} of "
      "${nvcc_version}: put one on the PATH, or set CUDA_HOME")
  endif()
  message(STATUS "CUDA backend: no nvcc of CUDA 13 or newer, not built")
  fovea_no_cuda()
endif()

# Real code for each architecture, and PTX of the first for those to come.
set(FOVEA_CUDA_ARCHITECTURES 80 86 89 90a 120 CACHE STRING "Architectures of libfovea_cuda.so")
list(GET FOVEA_CUDA_ARCHITECTURES 0 oldest)
set(nvcc_architectures -gencode arch=compute_${oldest},code=compute_${oldest})
foreach(architecture IN LISTS FOVEA_CUDA_ARCHITECTURES)
  list(APPEND nvcc_architectures
    -gencode arch=compute_${architecture},code=sm_${architecture})
endforeach()

# No contraction: kernels ask for FMA by name, as on the CPU. A spilled register is an error.
set(nvcc_options -std=c++20 -O3 --fmad=false --expt-relaxed-constexpr --extended-lambda -Werror
  all-warnings -Xptxas -v,--warn-on-spills,--warning-as-error --threads 0
  -Xcompiler=-fPIC,-Wall,-Wextra,-Werror,-Wno-unused-parameter,-ffp-contract=off
  -Xcompiler=-fno-gnu-unique,-fvisibility=hidden,-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
file(GLOB_RECURSE cuda_headers CONFIGURE_DEPENDS src/cuda/*.h)

# Compiles a source with nvcc; the object's path goes to `result`. What ptxas says of registers and
# memory is kept beside the object, in a file .log.
function(fovea_nvcc source result)
  string(REPLACE "/" "_" name ${source})
  set(object ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${object} -P ${CMAKE_CURRENT_SOURCE_DIR}/nvcc.cmake --
      ${FOVEA_NVCC} ${nvcc_architectures} ${nvcc_options} -I${CMAKE_CURRENT_SOURCE_DIR}/include
      -I${CMAKE_CURRENT_SOURCE_DIR}/src -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    DEPENDS ${source} ${cuda_headers} ${FOVEA_CONTRACT} nvcc.cmake src/common/context.h
      src/common/dtype.h src/common/kernels.h src/common/windows.h
    COMMENT "Building CUDA object ${source}" VERBATIM)
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  set(${result} ${object} PARENT_SCOPE)
endfunction()

set(cuda_objects)
foreach(source IN LISTS FOVEA_CUDA_KERNEL_SOURCES)
  fovea_nvcc(${source} object)
  list(APPEND cuda_objects ${object})
endforeach()
fovea_nvcc(src/cuda/runtime_device.cu runtime_object)

get_filename_component(cuda_root ${FOVEA_NVCC} REALPATH)
get_filename_component(cuda_root ${cuda_root} DIRECTORY)
find_library(FOVEA_CUDART cudart_static PATHS ${cuda_root}/../lib64 ${cuda_root}/../lib
  /usr/local/cuda/lib64 NO_DEFAULT_PATH REQUIRED)
find_path(FOVEA_CUDA_INCLUDE cuda_runtime.h PATHS ${cuda_root}/../include
  /usr/local/cuda/include NO_DEFAULT_PATH REQUIRED)
# device.h needs nvcc, but the context and the table name no primitive: host code sees the emulated
# declarations of Dim3 and the types, which are the same.
add_library(fovea_cuda SHARED ${FOVEA_CUDA_SOURCES} ${cuda_objects} ${runtime_object})
fovea_plugin(fovea_cuda)
target_link_libraries(fovea_cuda PRIVATE ${FOVEA_CUDART} rt)

if(FOVEA_TESTS)  # the device primitives; registered in tests/simt.cmake
  fovea_nvcc(tests/simt_test.cu simt_object)
  add_executable(simt_device_test ${simt_object} ${runtime_object})
  set_target_properties(simt_device_test PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/native/tests)
  target_link_libraries(simt_device_test PRIVATE fovea_options Threads::Threads ${FOVEA_CUDART}
    ${CMAKE_DL_LIBS} rt)
  add_dependencies(simt_device_test fovea_cuda)  # one of them makes the common object
endif()

if(FOVEA_BENCH)  # what the GPU gives, without an op
  fovea_nvcc(../bench/native/gpu_bench.cu gpu_bench_object)
  add_executable(gpu_bench ${gpu_bench_object} ${runtime_object})
  set_target_properties(gpu_bench PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench/native)
  target_link_libraries(gpu_bench PRIVATE fovea_options Threads::Threads ${FOVEA_CUDART}
    ${CMAKE_DL_LIBS} rt)
  add_dependencies(gpu_bench fovea_cuda)
endif()
