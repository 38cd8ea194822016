package io.fovea;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model cannot be written where it was asked for; what was there before is untouched. */
public final class ModelWriteException extends FoveaException {
  private static final long serialVersionUID = 1;

  private final transient Path path;

  /**
   * @param path the file or directory that cannot be written
   * @param problem what was found and what was wanted
   * @param remedy what the user can do
   */
  public ModelWriteException(Path path, String problem, String remedy) {
    this(path, problem, remedy, null);
  }

  public ModelWriteException(Path path, String problem, String remedy, @Nullable Throwable cause) {
    super(path + ": " + problem + "; " + remedy, cause);
    this.path = path;
  }

  /** The file or directory that cannot be written. */
  public Path path() {
    return path;
  }
}
