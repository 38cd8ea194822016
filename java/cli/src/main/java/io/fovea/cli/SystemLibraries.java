package io.fovea.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Libraries of this system that a runtime needs. A distribution's JDK has its image codecs and
 * fonts from there, and other machines may lack them: they are copied beside Java's own, where it
 * finds them first (its RPATH). A JDK built for all systems needs none.
 */
final class SystemLibraries {
  private static final List<Path> FOLDERS =
      Stream.of("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64")
          .map(Path::of)
          .toList();

  /** Parts of glibc, which belongs to the system and the kernel's loader. */
  private static final Set<String> GLIBC =
      Set.of(
          "ld-linux-x86-64.so.2",
          "libc.so.6",
          "libdl.so.2",
          "libm.so.6",
          "libpthread.so.0",
          "libresolv.so.2",
          "librt.so.1",
          "libutil.so.1");

  private final Path folder;
  private final Path licences;
  private final Set<String> copied = new TreeSet<>();

  private SystemLibraries(Path folder, Path licences) {
    this.folder = folder;
    this.licences = licences;
  }

  /**
   * Copies all that is needed, with the licences of the packages that they are from.
   *
   * @param runtime of Java
   * @param licences where to put them
   * @return the names of the libraries
   * @throws CommandFailure where one is not found, or not its licence
   */
  static List<String> copy(Path runtime, Path licences) throws IOException {
    SystemLibraries libraries = new SystemLibraries(runtime.resolve("lib"), licences);
    Set<String> own = new TreeSet<>();
    Deque<Path> unread = new ArrayDeque<>();
    try (Stream<Path> files = Files.walk(runtime)) {
      files
          .filter(
              file -> file.toString().endsWith(".so") || file.startsWith(runtime.resolve("bin")))
          .filter(Files::isRegularFile)
          .forEach(unread::add);
    }
    unread.forEach(file -> own.add(String.valueOf(file.getFileName())));
    while (!unread.isEmpty()) {
      for (String name : SharedObject.needs(unread.remove())) {
        if (!GLIBC.contains(name) && !own.contains(name) && libraries.copied.add(name)) {
          unread.add(libraries.copy(name));
        }
      }
    }
    return List.copyOf(libraries.copied);
  }

  private Path copy(String name) throws IOException {
    Path found =
        FOLDERS.stream().map(f -> f.resolve(name)).filter(Files::exists).findFirst().orElse(null);
    String owner = found == null ? null : owner(name);
    if (found == null || owner == null) {
      throw new CommandFailure(
          "the JDK needs "
              + name
              + " of this system, "
              + (found == null ? "which is not there" : "whose licence is not found"),
          "name with --jdk a JDK that brings its libraries, such as Temurin");
    }
    Path text = licences.resolve(owner + ".txt");
    if (!Files.exists(text)) {
      Files.copy(copyright(owner), text);
    }
    return Files.copy(found.toRealPath(), folder.resolve(name));
  }

  /** The Debian package that has the library, by any of its paths, if its licence is there. */
  private static @Nullable String owner(String name) throws IOException {
    for (Path folder : FOLDERS) {
      String found = outputOf("dpkg-query", "-S", folder.resolve(name).toString());
      String owner = found.replaceFirst("[:,].*", "").strip();
      if (!owner.isEmpty() && Files.isRegularFile(copyright(owner))) {
        return owner;
      }
    }
    return null;
  }

  private static Path copyright(String owner) {
    return Path.of("/usr/share/doc", owner, "copyright");
  }

  /** What a program prints; empty where there is no such program, or it fails. */
  private static String outputOf(String... command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      return "";
    }
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return process.waitFor() == 0 ? output.lines().findFirst().orElse("") : "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", "start again", e);
    }
  }
}
