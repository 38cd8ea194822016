list(APPEND FOVEA_CUDA_SOURCES src/common/bicubic.cpp)
list(APPEND FOVEA_CUDA_KERNEL_SOURCES src/cuda/image/image_patches.cu)
