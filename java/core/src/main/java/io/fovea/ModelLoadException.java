package io.fovea;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of the model is missing, damaged or contradicts the configuration. */
public final class ModelLoadException extends FoveaException {
  private static final long serialVersionUID = 1;

  private final transient Path file;
  private final String field;

  /**
   * @param file the offending file
   * @param field what inside it is wrong: a tensor name, a JSON key, "header"
   * @param problem what was found and what was wanted
   * @param remedy what the user can do
   */
  public ModelLoadException(Path file, String field, String problem, String remedy) {
    this(file, field, problem, remedy, null);
  }

  public ModelLoadException(
      Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
    super(file + ": " + field + ": " + problem + "; " + remedy, cause);
    this.file = file;
    this.field = field;
  }

  /** The offending file. */
  public Path file() {
    return file;
  }

  /** What inside the file is wrong: a tensor name, a JSON key or a part such as "header". */
  public String field() {
    return field;
  }
}
