package io.fovea.tools;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** The files that a checkpoint's tensors come from. */
final class InputFiles {
  private InputFiles() {}

  /** Their paths, sizes and times: where these are the same, the values are taken to be. */
  static String identity(Path path, SourceCheckpoint source) {
    return path.toAbsolutePath().normalize()
        + identity(source.tensors().stream().map(SourceTensor::file).toList());
  }

  /** The same of files in any order. */
  static String identity(List<Path> inputs) {
    StringBuilder text = new StringBuilder();
    TreeSet<Path> files = new TreeSet<>();
    inputs.forEach(file -> files.add(file.toAbsolutePath().normalize()));
    for (Path file : files) {
      try {
        text.append('\n').append(file);
        text.append(' ').append(Files.size(file));
        text.append(' ').append(Files.getLastModifiedTime(file).toMillis());
      } catch (IOException e) {
        throw new ModelLoadException(
            file, "file", "cannot be read: " + e.getMessage(), "check its rights", e);
      }
    }
    return text.toString();
  }
}
