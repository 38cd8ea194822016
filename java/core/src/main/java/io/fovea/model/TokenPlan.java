package io.fovea.model;

import java.util.Arrays;

/**
 * What a model has decided about each token of a prompt: which weights it takes, what stands in its
 * place, and where it is. Computed once, because the rules may look ahead. Immutable.
 *
 * <p>A position is what the rotary or absolute embedding is told; models that rotate by several
 * coordinates (time, row, column) have as many axes.
 */
public final class TokenPlan {
  /** The picture of a token that is a word. */
  public static final int NONE = -1;

  private final boolean[] visionExpert;
  private final int[] pictures;
  private final int[] pictureRows;
  private final int[][] positions; // [axes][L]
  private final int origin;
  private final int next; // asked for at every step

  private TokenPlan(
      boolean[] visionExpert, int[] pictures, int[] pictureRows, int[][] positions, int origin) {
    this.visionExpert = visionExpert;
    this.pictures = pictures;
    this.pictureRows = pictureRows;
    this.positions = positions;
    this.origin = origin;
    next = 1 + Arrays.stream(positions).flatMapToInt(Arrays::stream).max().orElse(-1);
  }

  /**
   * A plan.
   *
   * @param visionExpert [L], whether the token takes the vision expert; all false where there is
   *     one
   * @param pictures [L], the number of the picture that it is a row of, or {@link #NONE}
   * @param positions [axes][L]
   */
  public static TokenPlan of(boolean[] visionExpert, int[] pictures, int[]... positions) {
    int[] rows = new int[pictures.length];
    for (int t = 1; t < rows.length; t++) {
      rows[t] = pictures[t] != NONE && pictures[t] == pictures[t - 1] ? rows[t - 1] + 1 : 0;
    }
    return new TokenPlan(
        visionExpert.clone(),
        pictures.clone(),
        rows,
        Arrays.stream(positions).map(int[]::clone).toArray(int[][]::new),
        /* origin= */ 0);
  }

  /**
   * The plan of a model with one set of weights that counts its tokens.
   *
   * @param pictures as in {@link #of}
   * @param first position of the first token
   */
  public static TokenPlan counting(int[] pictures, int first) {
    int[] positions = new int[pictures.length];
    Arrays.setAll(positions, t -> first + t);
    return of(new boolean[pictures.length], pictures, positions);
  }

  /**
   * The same plan in a model with tables for several kinds of sequences, one below the other.
   *
   * @param row of the tables at which position 0 of this sequence is
   */
  public TokenPlan from(int row) {
    return new TokenPlan(visionExpert, pictures, pictureRows, positions, row);
  }

  /** Row of the model's tables of positions at which this sequence's position 0 is. */
  public int origin() {
    return origin;
  }

  /** Number of tokens. */
  public int length() {
    return pictures.length;
  }

  /** Whether token t takes the vision expert. */
  public boolean usesVisionExpert(int t) {
    return visionExpert[t];
  }

  /** The number of the picture whose features token t stands for, or {@link #NONE} for a word. */
  public int picture(int t) {
    return pictures[t];
  }

  /** The row of these features. */
  public int pictureRow(int t) {
    return pictureRows[t];
  }

  /** Coordinates of a position. */
  public int axes() {
    return positions.length;
  }

  /** One coordinate of token t's position, as a row of the model's tables. */
  public int position(int axis, int t) {
    return origin + positions[axis][t];
  }

  /** One coordinate of all positions, in the sequence. */
  public int[] positions(int axis) {
    return positions[axis].clone();
  }

  /**
   * The position, the same on all axes, of the first token that follows: beyond all others; as a
   * row of the model's tables.
   */
  public int next() {
    return origin + next;
  }
}
