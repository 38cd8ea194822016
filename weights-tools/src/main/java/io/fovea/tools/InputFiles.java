package io.fovea.tools;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

/** The files that a checkpoint's tensors come from. */
final class InputFiles {
  private InputFiles() {}

  /** Their paths, sizes and times: where these are the same, the values are taken to be. */
  static String identity(Path path, SourceCheckpoint source) {
    StringBuilder text = new StringBuilder(path.toAbsolutePath().normalize().toString());
    TreeSet<Path> files = new TreeSet<>();
    for (SourceTensor tensor : source.tensors()) {
      files.add(tensor.file().toAbsolutePath().normalize());
    }
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
