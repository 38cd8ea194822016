package io.fovea.tools.output;

import io.fovea.ModelWriteException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
  private final NewFolders parents;
  private final FileChannel lockFile;

  private PartDirectory(Path target, Path part, NewFolders parents, FileChannel lockFile) {
    this.target = target;
    this.part = part;
    this.parents = parents;
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
    NewFolders parents = NewFolders.make(target.resolveSibling(""));
    if (isThere(part)) {
      checkOurs(part);
    } else {
      Files.createDirectory(part);
    }
    FileChannel channel =
        FileChannel.open(
            part.resolve(LOCK),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new PartDirectory(target, part, parents, channel);
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw inUse(part);
    }
    channel.close();
    throw inUse(part);
  }

  /** Whether there is something of that name, a link to nothing included. */
  private static boolean isThere(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static ModelWriteException inUse(Path part) {
    return new ModelWriteException(
        part, "another run is writing here", "wait for it, or choose another directory");
  }

  private static void checkOurs(Path part) throws IOException {
    boolean link = Files.isSymbolicLink(part);
    if (link || !Files.isDirectory(part)) {
      throw new ModelWriteException(
          part,
          link ? "is a link, and is not followed" : "is no folder",
          "move it away, or choose another directory");
    }
    List<Path> files = files(part);
    boolean ours =
        files.stream().allMatch(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
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

  /**
   * Gives the finished model its name, in place of an earlier one.
   *
   * @param force whether there may be an earlier one
   * @throws ModelWriteException where something else has come to be there meanwhile
   */
  void publish(boolean force) throws IOException {
    checkReplaceable(target, force);
    Files.deleteIfExists(part.resolve(Journal.FILE));
    Files.delete(part.resolve(LOCK));
    DurableFiles.syncDirectory(part);
    if (isThere(target)) {
      Path replaced = unused();
      Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
      takeName(replaced);
      remove(replaced);
    } else {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }
    DurableFiles.syncDirectory(target.resolveSibling(""));
  }

  /** Puts the new model where the earlier one, now {@code replaced}, was; or that back again. */
  private void takeName(Path replaced) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    DurableFiles.syncDirectory(target.resolveSibling(""));
  }

  /** A name beside the target that nothing has. */
  private Path unused() {
    Path name = target.resolveSibling(target.getFileName() + ".replaced");
    for (int i = 2; isThere(name); i++) {
      name = target.resolveSibling(target.getFileName() + ".replaced-" + i);
    }
    return name;
  }

  /** Takes away what was begun, where it would be of no use to a later run. */
  void discard() throws IOException {
    lockFile.close();
    remove(part);
    parents.removeEmpty();
  }

  /**
   * A model directory is flat; anything deeper was not a model's and stays. Of links the links are
   * removed, never what they lead to.
   */
  private static void remove(Path directory) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      for (Path file : files(directory)) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }

  /**
   * Whether {@code target} may be replaced: a flat directory with a config.json; never a link.
   *
   * @throws ModelWriteException where it may not
   */
  static void checkReplaceable(Path target, boolean force) throws IOException {
    if (Files.isSymbolicLink(target)) {
      throw linked(target);
    }
    if (!isThere(target)) {
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

  private static ModelWriteException linked(Path target) throws IOException {
    boolean leads = Files.exists(target);
    return new ModelWriteException(
        target,
        "is a link to " + Files.readSymbolicLink(target) + ", and is not replaced",
        (leads ? "name " + target.toRealPath() + " itself" : "remove the link")
            + ", or choose another directory");
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
