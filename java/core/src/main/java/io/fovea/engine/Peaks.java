package io.fovea.engine;

/**
 * What the device can do at most: the roof of the roofline model (Williams, Waterman, Patterson,
 * CACM 2009).
 *
 * @param gflops 10⁹ floating-point operations a second
 * @param gflopsOrigin how that is known
 * @param gigabytes 10⁹ bytes a second between memory and processor
 * @param gigabytesOrigin how that is known
 */
public record Peaks(double gflops, String gflopsOrigin, double gigabytes, String gigabytesOrigin) {

  /** Milliseconds that so much work takes at least. */
  public double milliseconds(long bytes, long flops) {
    return Math.max(bytes / gigabytes, flops / gflops) / 1e6;
  }

  /** Whether arithmetic rather than memory sets that time. */
  public boolean isComputeBound(long bytes, long flops) {
    return flops / gflops > bytes / gigabytes;
  }
}
