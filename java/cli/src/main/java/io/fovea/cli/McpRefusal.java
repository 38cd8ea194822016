package io.fovea.cli;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A message that gets an error of JSON-RPC for an answer. */
final class McpRefusal extends Exception {
  private static final long serialVersionUID = 1;

  private final int code;
  private final @Nullable Serializable id;

  /**
   * An error.
   *
   * @param code of JSON-RPC
   * @param id of the request; null where it has none that is valid
   */
  McpRefusal(int code, @Nullable Serializable id, String problem, String remedy) {
    super(problem + "; " + remedy);
    this.code = code;
    this.id = id;
  }

  int code() {
    return code;
  }

  @Nullable Serializable id() {
    return id;
  }
}
