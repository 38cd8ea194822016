package io.fovea.tools.output;

import io.fovea.ModelWriteException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code OUT.part}, where a model is put together before it takes its name. A lock keeps a second
 * run out.
 */
final class PartDirectory implements AutoCloseable {
  static final String CHECKSUMS = "checksums.sha256";
  private static final String LOCK = ".lock";
  private static final Set<String> OWN = Set.of(LOCK, Journal.FILE, CHECKSUMS);

  private final Path target;
  private final Path part;
  private final FileChannel lockFile;

  private PartDirectory(Path target, Path part, FileChannel lockFile) {
    this.target = target;
    this.part = part;
    this.lockFile = lockFile;
  }

  /**
   * Creates or takes over {@code OUT.part}.
   *
   * @param target absolute and normal
   * @throws ModelWriteException where another run holds it, or it is none of ours
   */
  static PartDirectory open(Path target) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Files.createDirectories(target.resolveSibling(""));
    if (Files.exists(part)) {
      checkOurs(part);
    } else {
      Files.createDirectory(part);
    }
    FileChannel channel =
        FileChannel.open(part.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new PartDirectory(target, part, channel);
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw inUse(part);
    }
    channel.close();
    throw inUse(part);
  }

  private static ModelWriteException inUse(Path part) {
    return new ModelWriteException(
        part, "another run is writing here", "wait for it, or choose another directory");
  }

  private static void checkOurs(Path part) throws IOException {
    List<Path> files = files(part);
    boolean ours =
        files.stream().allMatch(Files::isRegularFile)
            && (files.isEmpty()
                || files.stream().anyMatch(file -> OWN.contains(file.getFileName().toString())));
    if (!ours) {
      throw new ModelWriteException(
          part, "was not begun by an earlier run", "move it away, or choose another directory");
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  Path path() {
    return part;
  }

  /** Removes everything but the lock and the files to {@code keep}. */
  void clear(Set<String> keep) throws IOException {
    for (Path file : files(part)) {
      String name = file.getFileName().toString();
      if (!name.equals(LOCK) && !keep.contains(name)) {
        Files.delete(file);
      }
    }
  }

  /** Gives the finished model its name, in place of an earlier one. */
  void publish() throws IOException {
    Files.deleteIfExists(part.resolve(Journal.FILE));
    Files.delete(part.resolve(LOCK));
    DurableFiles.syncDirectory(part);
    Path replaced = target.resolveSibling(target.getFileName() + ".replaced");
    if (Files.exists(target)) {
      remove(replaced);
      Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncDirectory(target.resolveSibling(""));
    remove(replaced);
  }

  /** A model directory is flat; anything deeper was not a model's and stays. */
  private static void remove(Path directory) throws IOException {
    if (Files.exists(directory)) {
      for (Path file : files(directory)) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }

  /**
   * Whether {@code target} may be replaced: a flat directory with a config.json.
   *
   * @throws ModelWriteException where it may not
   */
  static void checkReplaceable(Path target, boolean force) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    if (!force) {
      throw new ModelWriteException(
          target, "exists", "choose another directory, or replace it with --force");
    }
    boolean model =
        Files.isDirectory(target)
            && Files.isRegularFile(target.resolve("config.json"))
            && files(target).stream().allMatch(Files::isRegularFile);
    if (!model) {
      throw new ModelWriteException(
          target,
          "is not a model directory without folders in it, so it is not replaced",
          "choose another directory");
    }
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
