package io.fovea.server.wire;

import io.fovea.engine.Timings;
import java.time.Duration;

/** Time of one request in milliseconds. */
public record Milliseconds(
    double queued, double imageEncode, double prefill, double decode, double firstToken) {
  /** Of a result. */
  public static Milliseconds of(Timings timings) {
    return new Milliseconds(
        millis(timings.queued()),
        millis(timings.imageEncode()),
        millis(timings.prefill()),
        millis(timings.decode()),
        millis(timings.timeToFirstToken()));
  }

  /** With microseconds as decimals. */
  public static double millis(Duration duration) {
    return duration.toNanos() / 1000 / 1000.0;
  }
}
