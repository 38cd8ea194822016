package io.fovea.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The folders whose files an assistant may have read, by real paths: no link leads out of them. */
final class AllowedFolders {
  private final List<Path> given;
  private final List<Path> real;

  private AllowedFolders(List<Path> given, List<Path> real) {
    this.given = given;
    this.real = real;
  }

  /**
   * Takes them as they are now.
   *
   * @throws CommandFailure where one is not there
   */
  static AllowedFolders of(List<Path> folders) {
    List<Path> given = new ArrayList<>();
    List<Path> real = new ArrayList<>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new CommandFailure("there is no folder " + folder, "name another with --root");
      }
      try {
        given.add(folder.toAbsolutePath().normalize());
        real.add(folder.toRealPath());
      } catch (IOException e) {
        throw new CommandFailure(folder + " cannot be read: " + e, "name another with --root", e);
      }
    }
    return new AllowedFolders(given, real);
  }

  /**
   * The real path of a file below one of the folders.
   *
   * @param name absolute, or relative to a folder; the first folder that has it counts
   * @throws CommandFailure where it is not below them, which is said before whether it is there; or
   *     it is no plain file
   */
  Path file(String name) {
    Path path = PathArgument.of(name);
    boolean below = false;
    for (Path folder : given) {
      Path file = folder.resolve(path).normalize();
      if (isBelow(given, file) || isBelow(real, file)) {
        below = true;
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          return plain(name, file);
        }
      }
    }
    throw below
        ? new CommandFailure("there is no picture " + name, "name one in " + this)
        : outside(name);
  }

  private Path plain(String name, Path file) {
    Path target;
    try {
      target = file.toRealPath();
    } catch (IOException e) {
      throw new CommandFailure(name + " cannot be read", "check its links and rights", e);
    }
    if (!isBelow(real, target)) {
      throw outside(name);
    }
    if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandFailure(name + " is no plain file", "name a picture");
    }
    return target;
  }

  private CommandFailure outside(String name) {
    return new CommandFailure(
        name + " is not in an allowed folder",
        "name a picture in " + this + ", or start fovea mcp with its folder as --root");
  }

  private static boolean isBelow(List<Path> folders, Path file) {
    return folders.stream().anyMatch(file::startsWith);
  }

  @Override
  public String toString() {
    return given.stream().map(Path::toString).collect(Collectors.joining(", "));
  }
}
