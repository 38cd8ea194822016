package io.fovea.server.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that is not served, as the client is told. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final String code;
  private final @Nullable Duration retryAfter;

  private ApiException(
      int status,
      String type,
      String code,
      @Nullable String param,
      String message,
      @Nullable Duration retryAfter,
      @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }

  /**
   * The request itself is at fault.
   *
   * @param param the field that is meant, such as {@code messages[0].role}; null where it is none
   */
  public static ApiException invalid(String code, @Nullable String param, String message) {
    return refused(400, code, param, message);
  }

  /** The same with another status than 400. */
  public static ApiException refused(
      int status, String code, @Nullable String param, String message) {
    return new ApiException(
        status, "invalid_request_error", code, param, message, /* retryAfter= */ null, null);
  }

  /** Not now: 429 or 503. */
  public static ApiException later(
      int status, String code, String message, @Nullable Duration retryAfter) {
    String type = status == 429 ? "rate_limit_error" : "service_unavailable_error";
    return new ApiException(status, type, code, /* param= */ null, message, retryAfter, null);
  }

  /** The server is at fault, or took too long. */
  public static ApiException failed(
      int status, String code, String message, @Nullable Throwable cause) {
    return new ApiException(
        status, "server_error", code, /* param= */ null, message, /* retryAfter= */ null, cause);
  }

  /** Of the answer. */
  public int status() {
    return status;
  }

  /** OpenAI's class of errors. */
  public String type() {
    return type;
  }

  /** What it is, for programs. */
  public String code() {
    return code;
  }

  /** The field that is meant, or null. */
  public @Nullable String param() {
    return param;
  }

  /** When to try again, or null. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
