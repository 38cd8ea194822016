package io.fovea.tools;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.tools.output.FileProblem;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Keeps a conversion from writing over what it reads. Compared is where files really lie: names may
 * lead there through links, of folders or of single files, as in the Hub's cache.
 */
final class Apart {
  private static final int MAX_LINKS = 40; // as Linux follows at most

  private final Path target;
  private final List<Path> written = new ArrayList<>();

  private Apart(Path target) {
    this.target = target;
    Path named = target.toAbsolutePath().normalize();
    for (Path place : List.of(place(named), real(named))) {
      written.add(place);
      written.add(place.resolveSibling(place.getFileName() + ".part"));
    }
  }

  /**
   * Requires that a source, or any file behind it, does not lie in a directory to be written.
   *
   * @throws InvalidRequestException where one does
   */
  static void check(Path source, Path target) {
    new Apart(target).check(source);
  }

  /** The same for all files of an opened source: weights, config.json, tokenizer. */
  static void check(Path source, SourceCheckpoint opened, Path target) {
    Apart apart = new Apart(target);
    Set<Path> files = new TreeSet<>();
    opened.tensors().stream().map(SourceTensor::file).forEach(files::add);
    files.addAll(listed(Files.isDirectory(source) ? source : source.resolveSibling("")));
    files.forEach(apart::check);
  }

  /** What lies in a folder, beside the weights: all that could be read. */
  private static List<Path> listed(Path folder) {
    try (Stream<Path> files = Files.list(folder.toAbsolutePath())) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new ModelLoadException(
          folder, "folder", "cannot be read: " + FileProblem.of(e), "check its rights", e);
    }
  }

  /** Each link on the way to a file is one of its places. */
  private void check(Path file) {
    Path at = file.toAbsolutePath().normalize();
    require(real(at));
    for (int links = 0; links < MAX_LINKS && Files.isSymbolicLink(at); links++) {
      require(place(at));
      at = next(at);
    }
    require(place(at));
  }

  private static Path next(Path link) {
    try {
      return place(link).resolveSibling(Files.readSymbolicLink(link));
    } catch (IOException | InvalidPathException e) {
      return real(link); // it cannot be looked at: reading it will say so
    }
  }

  private void require(Path place) {
    if (written.stream().anyMatch(place::startsWith)) {
      throw new InvalidRequestException(
          "the output " + target + " is or contains the source", "choose another directory");
    }
  }

  /** A name in the real folder that it is in; the name itself may be a link. */
  private static Path place(Path path) {
    Path name = path.getFileName();
    Path parent = path.getParent();
    return name == null || parent == null ? real(path) : real(parent).resolve(name).normalize();
  }

  /** Where a path leads; of one that is not there, what is there of it. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      Path parent = path.getParent();
      return parent == null || path.getFileName() == null
          ? path
          : real(parent).resolve(path.getFileName()).normalize();
    }
  }
}
