package io.fovea.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds before any work is done what would keep a file from being written after it. */
final class OutputFile {
  private OutputFile() {}

  /**
   * Checks a file to be written or replaced.
   *
   * @throws CommandFailure where it is a folder, or its own folder is not there or read-only
   */
  static void check(Path file) {
    if (Files.isDirectory(file)) {
      throw new CommandFailure(file + " is a folder", "name a file in it");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new CommandFailure(
          file + " cannot be written: there is no folder " + folder, "create it, or name another");
    }
    if (!Files.isWritable(folder)) {
      throw new CommandFailure(
          file + " cannot be written: the folder is read-only", "name a file in another");
    }
  }
}
