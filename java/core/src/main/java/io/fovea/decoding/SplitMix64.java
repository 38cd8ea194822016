package io.fovea.decoding;

/**
 * The pseudo-random generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Written out here so
 * that a seed means the same draws on every JDK; {@link java.util.Random} would give neighbouring
 * seeds nearly equal first draws.
 */
final class SplitMix64 {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform in [0, 2^53). */
  long nextBits() {
    return nextLong() >>> 11;
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  double nextDouble() {
    return nextBits() * 0x1.0p-53;
  }
}
