#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/status.h"
#include "fovea/fovea.h"

namespace {

// Maps the open file; nullptr with the failure recorded.
const void* map_descriptor(int descriptor, const char* path, int64_t* bytes) {
  struct stat about;
  if (fstat(descriptor, &about) != 0) {
    fovea::fail(FOV_UNAVAILABLE, "file_map: %s: %s", path, std::strerror(errno));
    return nullptr;
  }
  if (!S_ISREG(about.st_mode)) {
    fovea::fail(FOV_INVALID_ARGUMENT, "file_map: %s: wanted a regular file", path);
    return nullptr;
  }
  if (about.st_size == 0) {
    fovea::fail(FOV_INVALID_ARGUMENT, "file_map: %s: the file is empty", path);
    return nullptr;
  }
  void* memory = mmap(nullptr, size_t(about.st_size), PROT_READ, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    fovea::fail(errno == ENOMEM ? FOV_OUT_OF_MEMORY : FOV_BACKEND_ERROR, "file_map: %s: %s", path,
                std::strerror(errno));
    return nullptr;
  }
  *bytes = about.st_size;
  return memory;
}

}  // namespace

extern "C" const void* fov_file_map(const char* path, int64_t* bytes) {
  if (!path || !bytes) {
    fovea::fail(FOV_INVALID_ARGUMENT, "file_map: wanted a path and an address for the length");
    return nullptr;
  }
  *bytes = 0;
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    fovea::fail(FOV_UNAVAILABLE, "file_map: %s: %s", path, std::strerror(errno));
    return nullptr;
  }
  const void* memory = map_descriptor(descriptor, path, bytes);
  close(descriptor);
  return memory;
}

extern "C" void fov_file_unmap(const void* memory, int64_t bytes) {
  if (memory && bytes > 0) munmap(const_cast<void*>(memory), size_t(bytes));
}
