package io.fovea.cli;

import io.fovea.engine.Peaks;
import io.fovea.engine.Profile;
import io.fovea.engine.Spread;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of a phase's table, for people and as JSON.
 *
 * @param share of the time in all ops
 * @param rooflineShare least time over time; absent for copies between host and device
 * @param bound what sets the least time: compute, memory or host
 */
record ProfileRow(
    String name,
    int calls,
    Milliseconds milliseconds,
    double share,
    long bytes,
    long flops,
    double gigabytesPerSecond,
    double gflopsPerSecond,
    @Nullable Double rooflineShare,
    @Nullable String bound) {
  static final String HEADER =
      String.format(
          Locale.ROOT,
          "  %-24s %6s %10s %6s %6s %8s %8s %7s  %s",
          "op",
          "calls",
          "ms",
          "+-%",
          "time%",
          "GB/s",
          "GFLOP/s",
          "roof%",
          "bound");

  /** Over the rounds. */
  record Milliseconds(double median, double least, double most) {
    static Milliseconds of(Spread spread) {
      return new Milliseconds(
          Facts.rounded(spread.median(), 1e6),
          Facts.rounded(spread.least(), 1e6),
          Facts.rounded(spread.most(), 1e6));
    }
  }

  static ProfileRow of(Profile.Op op, double phaseMilliseconds, Peaks peaks) {
    Profile.Op.Bound bound = op.bound(peaks);
    return of(
        op.name(),
        op.calls(),
        op.milliseconds(),
        phaseMilliseconds,
        op.bytes(),
        op.flops(),
        bound == Profile.Op.Bound.HOST ? null : op.leastMilliseconds(peaks),
        bound.name().toLowerCase(Locale.ROOT));
  }

  /** All ops of a phase. */
  static ProfileRow total(Profile.Phase phase, Peaks peaks) {
    return of(
        "all ops",
        phase.ops().stream().mapToInt(Profile.Op::calls).sum(),
        phase.inOps(),
        phase.inOps().median(),
        phase.bytes(),
        phase.flops(),
        phase.leastMilliseconds(peaks),
        null);
  }

  private static ProfileRow of(
      String name,
      int calls,
      Spread milliseconds,
      double phaseMilliseconds,
      long bytes,
      long flops,
      @Nullable Double least,
      @Nullable String bound) {
    double median = Math.max(milliseconds.median(), Double.MIN_NORMAL); // a clock may stand still
    return new ProfileRow(
        name,
        calls,
        Milliseconds.of(milliseconds),
        Facts.rounded(median / Math.max(phaseMilliseconds, Double.MIN_NORMAL), 1e6),
        bytes,
        flops,
        Facts.rounded(bytes / median / 1e6, 1e3),
        Facts.rounded(flops / median / 1e6, 1e3),
        least == null ? null : Facts.rounded(least / median, 1e6),
        bound);
  }

  /** Such as " rms_norm 96 1.204 2.1 3.0 14.1 7.0 63.2 memory". */
  String line() {
    double spread = (milliseconds.most() - milliseconds.least()) / 2;
    return String.format(
            Locale.ROOT,
            "  %-24s %6d %10.3f %6.1f %6.1f %8.1f %8.1f %7s  %s",
            name,
            calls,
            milliseconds.median(),
            100 * spread / Math.max(milliseconds.median(), Double.MIN_NORMAL),
            100 * share,
            gigabytesPerSecond,
            gflopsPerSecond,
            rooflineShare == null ? "-" : String.format(Locale.ROOT, "%.1f", 100 * rooflineShare),
            bound == null ? "" : bound)
        .stripTrailing();
  }
}
