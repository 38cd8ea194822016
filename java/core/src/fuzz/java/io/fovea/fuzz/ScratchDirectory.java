package io.fovea.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A temporary directory in which one file is written again and again; goes with the JVM. */
public final class ScratchDirectory {
  private final Path path;

  public ScratchDirectory() {
    try {
      path = Files.createTempDirectory("fovea-fuzz");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    path.toFile().deleteOnExit();
  }

  /** Adds a file that stays as it is. */
  public ScratchDirectory keep(String name, byte[] content) {
    try {
      with(name, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** The directory, after a file of it was written. */
  public Path with(String name, byte[] content) throws IOException {
    Path file = path.resolve(name);
    if (!Files.exists(file)) {
      file.toFile().deleteOnExit();
    }
    Files.write(file, content);
    return path;
  }
}
