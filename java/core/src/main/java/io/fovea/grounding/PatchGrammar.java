package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * The rules of Kosmos-2's boxes: {@code <object>}, a pair of cells for each box with {@code
 * </delimiter_of_multi_objects/>} between, {@code </object>}; a token each.
 *
 * @param cells the tokens of all cells, row by row
 */
@SuppressWarnings("ArrayRecordComponent") // grammars are not compared
public record PatchGrammar(int open, int[] cells, int next, int close) implements BoxGrammar {
  /** Cells on a side. */
  static final int SIDE = 32;

  /**
   * The grammar in the tokens of one tokenizer.
   *
   * @param token the id of a token, by its text
   * @throws InvalidRequestException when the tokenizer lacks one
   */
  public static PatchGrammar of(Function<String, OptionalInt> token) {
    int[] cells = new int[SIDE * SIDE];
    for (int cell = 0; cell < cells.length; cell++) {
      cells[cell] = id(token, String.format("<patch_index_%04d>", cell));
    }
    return new PatchGrammar(
        id(token, "<object>"),
        cells,
        id(token, "</delimiter_of_multi_objects/>"),
        id(token, "</object>"));
  }

  private static int id(Function<String, OptionalInt> token, String content) {
    return token
        .apply(content)
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "the tokenizer has no token '" + content + "'",
                    "use unconstrained decoding, or the tokenizer the model was trained with"));
  }

  @Override
  public State start(int maxBoxes, Frame frame) {
    if (maxBoxes < 1) {
      throw new InvalidRequestException(
          "maxBoxes is " + maxBoxes, "allow at least one box in the answer");
    }
    return PatchState.start(this, maxBoxes);
  }

  @Override
  public int longest(int boxes) {
    return 2 + 2 * boxes + (boxes - 1); // both ends, the pairs, what is between
  }
}
