package io.fovea.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole folders: copied, measured, removed, moved. Links are never followed. */
final class FileTree {
  private FileTree() {}

  /** Copies a folder of plain files. */
  static void copy(Path from, Path to) throws IOException {
    for (Path file : all(from)) {
      Files.copy(file, to.resolve(from.relativize(file).toString()), LinkOption.NOFOLLOW_LINKS);
    }
  }

  /** Bytes of all plain files in it. */
  static long bytes(Path folder) throws IOException {
    long bytes = 0;
    for (Path file : all(folder)) {
      bytes += Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.size(file) : 0;
    }
    return bytes;
  }

  /** Removes a folder and all that is in it; nothing where it is not there. */
  static void remove(Path folder) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> files = all(folder);
      for (int i = files.size() - 1; i >= 0; i--) {
        Files.deleteIfExists(files.get(i));
      }
    }
  }

  /**
   * Gives a folder its name, in place of what has it.
   *
   * @param earlier where that goes, on the same disk
   */
  static void move(Path folder, Path name, Path earlier) throws IOException {
    boolean replaced = Files.exists(name, LinkOption.NOFOLLOW_LINKS);
    if (replaced) {
      Files.move(name, earlier, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(folder, name, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (replaced) {
        Files.move(earlier, name, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
  }

  /** Folders before what is in them. */
  private static List<Path> all(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted(Comparator.naturalOrder()).toList();
    }
  }
}
