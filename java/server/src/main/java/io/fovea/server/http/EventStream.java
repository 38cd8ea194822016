package io.fovea.server.http;

/** Server-sent events to one client, in the order of the calls. Safe for any thread. */
public interface EventStream {
  /**
   * Sends an event.
   *
   * @param data one line
   * @param next called once there is room for more; never, where the client has gone
   */
  void data(String data, Runnable next);

  /** Sends a line that clients overlook. */
  void comment(String text);

  /** Ends the stream. */
  void end();
}
