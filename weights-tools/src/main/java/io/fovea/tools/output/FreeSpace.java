package io.fovea.tools.output;

import java.nio.file.Path;

/** Room on disks. */
public final class FreeSpace {
  private FreeSpace() {}

  /**
   * Bytes that may be written below {@code directory}, which exists. Asks the file system about the
   * directory itself: {@code Files.getFileStore} looks its mount point up first, and fails in a
   * chroot, whose list of mounts is that of the system outside.
   */
  public static long bytes(Path directory) {
    return directory.toFile().getUsableSpace();
  }
}
