package io.fovea.server.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Heap that the bodies of all requests may take together. */
final class BodyRoom {
  private final AtomicLong free;

  BodyRoom(long bytes) {
    free = new AtomicLong(bytes);
  }

  /**
   * Takes room.
   *
   * @throws ApiException 503 where there is none
   */
  void take(long bytes) {
    if (free.addAndGet(-bytes) < 0) {
      free.addAndGet(bytes);
      throw ApiException.later(
          503, "overloaded", "too many large requests at a time; try again", Duration.ofSeconds(1));
    }
  }

  void give(long bytes) {
    free.addAndGet(bytes);
  }
}
