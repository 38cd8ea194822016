package io.fovea.nativeops;

import io.fovea.binding.NativeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens libfovea.so and libjnifovea.so for this class loader (ADR 18).
 *
 * <p>A JVM opens a file for one class loader only. Where another loader has Fovea's jars too, such
 * as a second web application, this one opens a copy of libjnifovea.so, whose variables refer to
 * this loader's classes, and a second name of libfovea.so, which the process goes on sharing.
 */
final class LibraryLinker {
  static final String CORE = "libfovea.so";
  static final String JNI = "libjnifovea.so";

  /** How every JDK since 1.2 words it. */
  private static final String TAKEN = "already loaded in another classloader";

  private LibraryLinker() {}

  /**
   * Opens both files of a folder.
   *
   * @param notes where a line is added if copies were needed
   * @throws UnsatisfiedLinkError where they cannot be opened, in the dynamic linker's words
   * @throws IOException where another class loader has them and they cannot be copied
   */
  static void link(Path folder, List<String> notes) throws IOException {
    try {
      open(folder);
    } catch (UnsatisfiedLinkError e) {
      if (!isTaken(e)) {
        throw e;
      }
      openCopies(folder);
      notes.add("another class loader of this JVM has opened them; this one uses a copy");
    }
  }

  private static boolean isTaken(UnsatisfiedLinkError failure) {
    return failure.getMessage() != null && failure.getMessage().contains(TAKEN);
  }

  private static void open(Path folder) {
    NativeFile.open(folder.resolve(CORE));
    NativeFile.open(folder.resolve(JNI));
  }

  /** The copies need names only until they are open. */
  private static void openCopies(Path folder) throws IOException {
    Path copies = createFolder(folder);
    try {
      link(folder.resolve(CORE), copies.resolve(CORE));
      Files.copy(folder.resolve(JNI), copies.resolve(JNI));
      open(copies);
    } finally {
      for (Path file : List.of(copies.resolve(CORE), copies.resolve(JNI), copies)) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Beside the libraries, where files can be executed and linked; else a temporary folder. */
  private static Path createFolder(Path folder) throws IOException {
    return Files.isWritable(folder)
        ? Files.createTempDirectory(folder, "loader")
        : Files.createTempDirectory("fovea-loader");
  }

  /** A second name of the same file, so that it is in memory once; a copy where that fails. */
  private static void link(Path file, Path name) throws IOException {
    try {
      Files.createLink(name, file);
    } catch (IOException | UnsupportedOperationException e) {
      Files.copy(file, name);
    }
  }
}
