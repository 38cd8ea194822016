package io.fovea.image.vp8;

/**
 * What a frame states once (RFC 6386, 9.3 to 9.11), read from its first partition; the modes of the
 * macroblocks follow.
 */
final class Parameters {
  static final int SEGMENTS = 4;

  /** Steps of one segment: DC and AC of luma, of the luma's own DC block, of chroma. */
  record Steps(int yDc, int yAc, int y2Dc, int y2Ac, int uvDc, int uvAc) {}

  /** The loop filter: which one, its level 0..63, how much it spares edges, changes of level. */
  record Filter(boolean simple, int level, int sharpness, int intraDelta, int subblockDelta) {}

  final boolean mapsSegments;
  final int[] segmentProbabilities = {255, 255, 255};
  final Filter filter;
  final int[] filterLevels = new int[SEGMENTS];
  final int partitions;
  final Steps[] steps = new Steps[SEGMENTS];
  final int[] tokens = Tables.TOKEN_DEFAULTS.clone();

  /** Probability that a macroblock has coefficients, of 256; 256 where all may have. */
  final int skipProbability;

  static final int NEVER_SKIPS = 256;

  private final BoolReader in;
  private boolean segmented;
  private boolean absolute;
  private final int[] segmentQuantisers = new int[SEGMENTS];
  private final int[] segmentLevels = new int[SEGMENTS];

  Parameters(BoolReader in) {
    this.in = in;
    in.literal(2); // colour space and clamping: decoders treat all alike
    mapsSegments = readSegments();
    filter = readFilter();
    partitions = 1 << in.literal(2);
    readSteps();
    in.flag(); // probabilities are kept for later frames: there are none
    readTokens();
    skipProbability = in.flag() ? in.literal(8) : NEVER_SKIPS;
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int level = segmentLevels[segment] + (absolute ? 0 : filter.level());
      filterLevels[segment] = segmented ? level : filter.level();
    }
  }

  /** Whether each macroblock names its segment. */
  private boolean readSegments() {
    segmented = in.flag();
    if (!segmented) {
      return false;
    }
    boolean maps = in.flag();
    if (in.flag()) {
      absolute = in.flag();
      for (int segment = 0; segment < SEGMENTS; segment++) {
        segmentQuantisers[segment] = in.optional(7);
      }
      for (int segment = 0; segment < SEGMENTS; segment++) {
        segmentLevels[segment] = in.optional(6);
      }
    }
    if (maps) {
      for (int i = 0; i < segmentProbabilities.length; i++) {
        segmentProbabilities[i] = in.flag() ? in.literal(8) : 255;
      }
    }
    return maps;
  }

  private Filter readFilter() {
    boolean simple = in.flag();
    int level = in.literal(6);
    int sharpness = in.literal(3);
    int[] deltas = new int[8]; // by reference frame, of which 0 is "none"; then by mode
    boolean enabled = in.flag();
    if (enabled && in.flag()) {
      for (int i = 0; i < deltas.length; i++) {
        deltas[i] = in.optional(6);
      }
    }
    return new Filter(simple, level, sharpness, deltas[0], deltas[4]);
  }

  private void readSteps() {
    int base = in.literal(7);
    int yDc = in.optional(4);
    int y2Dc = in.optional(4);
    int y2Ac = in.optional(4);
    int uvDc = in.optional(4);
    int uvAc = in.optional(4);
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int q = segmented ? segmentQuantisers[segment] + (absolute ? 0 : base) : base;
      steps[segment] =
          new Steps(
              Tables.DC_STEP[clip(q + yDc, 127)],
              Tables.AC_STEP[clip(q, 127)],
              2 * Tables.DC_STEP[clip(q + y2Dc, 127)],
              Math.max(8, Tables.AC_STEP[clip(q + y2Ac, 127)] * 155 / 100),
              Tables.DC_STEP[clip(q + uvDc, 117)],
              Tables.AC_STEP[clip(q + uvAc, 127)]);
    }
  }

  private void readTokens() {
    for (int i = 0; i < tokens.length; i++) {
      if (in.bit(Tables.TOKEN_UPDATES[i]) == 1) {
        tokens[i] = in.literal(8);
      }
    }
  }

  private static int clip(int index, int most) {
    return Math.max(0, Math.min(most, index));
  }
}
