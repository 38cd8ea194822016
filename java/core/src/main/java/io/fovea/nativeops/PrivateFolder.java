package io.fovea.nativeops;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * A folder in which only this user and the system's owner can change anything, so that a file which
 * was checked there is the one that is opened afterwards (ADR 25).
 */
final class PrivateFolder {
  private static final int WRITABLE_BY_OTHERS = 022; // group and all
  private static final int STICKY = 01000; // entries belong to who made them, as in /tmp
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private PrivateFolder() {}

  /**
   * Makes what is missing of {@code root/leaf} for this user alone, and checks all of the way there
   * from the top: nobody else may write into the two, or replace a folder above them.
   *
   * @param root an absolute path
   * @return the folder without symbolic links
   * @throws IOException where it cannot be made, or others could change it; the message names what
   */
  static Path create(Path root, String leaf) throws IOException {
    Path parent = Objects.requireNonNull(root.getParent());
    Files.createDirectories(parent, PRIVATE);
    Path place = parent.toRealPath();
    for (Path above = place; above != null; above = above.getParent()) {
      requireLasting(above);
    }
    Path folder = place.resolve(root.getFileName());
    requireOwn(made(folder));
    return requireOwn(made(folder.resolve(leaf)));
  }

  /** Whether it is a file of this user that nobody else can write. */
  static boolean isOwnFile(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && owner(file) == user()
        && (mode(file) & WRITABLE_BY_OTHERS) == 0;
  }

  private static Path made(Path folder) throws IOException {
    try {
      return Files.createDirectory(folder, PRIVATE);
    } catch (FileAlreadyExistsException e) {
      return folder;
    }
  }

  private static Path requireOwn(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(folder + " is a symbolic link or no folder");
    }
    if (owner(folder) != user()) {
      throw new IOException(folder + " belongs to another user (uid " + owner(folder) + ")");
    }
    if ((mode(folder) & WRITABLE_BY_OTHERS) != 0) {
      throw writable(folder);
    }
    return folder;
  }

  /** Others may not rename what is in it; a system's folders belong to the owner of its root. */
  private static void requireLasting(Path folder) throws IOException {
    int owner = owner(folder);
    if (owner != user() && owner != owner(folder.getRoot())) {
      throw new IOException(folder + " belongs to another user (uid " + owner + ")");
    }
    if ((mode(folder) & WRITABLE_BY_OTHERS) != 0 && (mode(folder) & STICKY) == 0) {
      throw writable(folder);
    }
  }

  private static IOException writable(Path folder) throws IOException {
    String mode = Integer.toOctalString(mode(folder) & 07777);
    return new IOException(folder + " can be written by other users (mode " + mode + ")");
  }

  private static int mode(Path path) throws IOException {
    return attribute(path, "mode");
  }

  private static int owner(Path path) throws IOException {
    return attribute(path, "uid");
  }

  /** A process's folder belongs to its user; a file that was made as a probe could be replaced. */
  private static int user() throws IOException {
    return attribute(Path.of("/proc/self").toRealPath(), "uid");
  }

  private static int attribute(Path path, String name) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
  }
}
