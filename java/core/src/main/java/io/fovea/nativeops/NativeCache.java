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
import org.jspecify.annotations.Nullable;

/**
 * A folder of the user's cache that holds one build's libraries. Files appear there by an atomic
 * rename after their checksum was verified, so that processes may start at the same time.
 */
final class NativeCache {
  private static final String REMEDY =
      "set -D" + NativeLibrary.DIRECTORY_PROPERTY + " to a folder that holds the libraries";

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
   * A folder for libraries of these checksums, and no others, in the first of XDG_CACHE_HOME,
   * ~/.cache and the temporary folder that can be written.
   */
  static NativeCache open(
      ClassLoader classpath, String version, List<String> checksums, List<String> notes) {
    byte[] all = String.join(" ", checksums).getBytes(StandardCharsets.UTF_8);
    String leaf = version + "-" + sha256(all).substring(0, 12);
    IOException last = null;
    for (Path root : roots()) {
      Path folder = root.resolve(leaf);
      try {
        Files.createDirectories(folder);
        Path probe = Files.createTempFile(folder, "probe", null);
        Files.delete(probe);
        return new NativeCache(classpath, folder);
      } catch (IOException e) {
        notes.add("cannot write " + folder + ": " + e.getMessage());
        last = e;
      }
    }
    throw new NativeLibraryException("no cache folder can be written", REMEDY, last);
  }

  private static List<Path> roots() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path home = Path.of(System.getProperty("user.home", "."));
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "."));
    String user = System.getProperty("user.name", "user").toLowerCase(Locale.ROOT);
    return List.of(
        (xdg != null && !xdg.isBlank() ? Path.of(xdg) : home.resolve(".cache")).resolve("fovea"),
        temporary.resolve("fovea-" + user));
  }

  /** Puts {@code name} into the folder unless it is there already with the right checksum. */
  void extract(String resource, String name, String sha256) {
    Path target = folder.resolve(name);
    try {
      if (Files.isRegularFile(target) && sha256(Files.readAllBytes(target)).equals(sha256)) {
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
    } catch (IOException e) {
      throw new NativeLibraryException("cannot extract " + name + " to " + folder, REMEDY, e);
    }
  }

  private byte[] read(String resource) throws IOException {
    try (@Nullable InputStream in = classpath.getResourceAsStream(resource)) {
      if (in == null) {
        throw new NativeLibraryException("the classpath has no " + resource, REMEDY, null);
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
