package io.fovea.nativeops;

import io.fovea.NativeLibraryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PrivateFolder} that holds one build's libraries. Files appear there by an atomic rename
 * after their checksum was verified, so that processes may start at the same time.
 */
final class NativeCache {
  private final ClassLoader classpath;
  private final Path folder;

  /**
   * @param classpath where {@link #extract} finds resources
   * @param folder where it puts them
   */
  NativeCache(ClassLoader classpath, Path folder) {
    this.classpath = classpath;
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  /**
   * Where the folder may lie, best first: in XDG_CACHE_HOME where that is an absolute path, else in
   * ~/.cache, and in the temporary folder. A user without an entry in the system has no home.
   */
  static List<Path> roots() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path home = Path.of(System.getProperty("user.home", "."), ".cache");
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "."));
    String user = System.getProperty("user.name", "user").toLowerCase(Locale.ROOT);
    Path cache = xdg != null && Path.of(xdg).isAbsolute() ? Path.of(xdg) : home;
    return Stream.of(cache.resolve("fovea"), temporary.resolve("fovea-" + user))
        .filter(Path::isAbsolute)
        .toList();
  }

  /** The name of a folder for libraries of these checksums, and no others. */
  static String leaf(String version, List<String> checksums) {
    byte[] all = String.join(" ", checksums).getBytes(StandardCharsets.UTF_8);
    return version + "-" + sha256(all).substring(0, 12);
  }

  /**
   * Puts {@code name} into the folder unless it is there already with the right checksum.
   *
   * @throws IOException where the folder does not take it
   * @throws NativeLibraryException where the jar's own file is missing or altered
   */
  void extract(String resource, String name, String sha256) throws IOException {
    Path target = folder.resolve(name);
    if (PrivateFolder.isOwnFile(target) && sha256(Files.readAllBytes(target)).equals(sha256)) {
      return;
    }
    byte[] bytes = read(resource);
    if (!sha256(bytes).equals(sha256)) {
      throw new NativeLibraryException(
          resource + " does not match its recorded SHA-256",
          "the jar is damaged: fetch or build it again",
          null);
    }
    write(bytes, target);
  }

  private byte[] read(String resource) throws IOException {
    try (@Nullable InputStream in = classpath.getResourceAsStream(resource)) {
      if (in == null) {
        throw new NativeLibraryException(
            "the classpath has no " + resource, NativeLibrary.ADD_THE_JAR, null);
      }
      return in.readAllBytes();
    }
  }

  private void write(byte[] bytes, Path target) throws IOException {
    Path temporary = Files.createTempFile(folder, target.getFileName() + ".", ".part");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer remaining = ByteBuffer.wrap(bytes);
        while (remaining.hasRemaining()) {
          channel.write(remaining);
        }
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
