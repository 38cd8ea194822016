package io.fovea.server.http;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that has arrived whole.
 *
 * @param id of the request, for logs
 * @param caller a name for whoever sent it, or null: the number of the API key
 * @param argument what stands in the path's variable part; empty where it has none
 * @param contentType without parameters, in lower case; empty where there is none
 * @param body as sent; empty in forms
 * @param parts of a form, in their order
 * @param deadline time from its arrival until the answer must be there
 * @param connection what becomes of it
 */
public record Call(
    String id,
    @Nullable String caller,
    String argument,
    String contentType,
    byte[] body,
    List<Part> parts,
    Duration deadline,
    Connection connection) {

  /**
   * A part of a form.
   *
   * @param file whether it was sent as a file
   */
  public record Part(String name, boolean file, byte[] content) {}

  /** The client's connection. */
  public interface Connection {
    /** Runs an action when it closes before the answer is complete; at once where it has. */
    void onClosed(Runnable action);

    /** Runs an action again and again until the answer is complete or the connection closes. */
    void every(Duration interval, Runnable action);

    /**
     * Takes heap for what is made for the request, until the answer is complete or the connection
     * closes.
     *
     * @throws ApiException 503 where the requests under way have taken all there is
     */
    void takeRoom(long bytes);
  }

  /** Whether it is a form. */
  public boolean isForm() {
    return contentType.equals("multipart/form-data");
  }
}
