package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The rules of a {@link BoxNotation} in the tokens of one tokenizer. */
public final class TextGrammar implements BoxGrammar {
  private final BoxSpelling spelling;
  private final int[] stop;

  /**
   * Answers that end with the notation's own sign.
   *
   * @param encode text to token ids, as at the beginning of an answer, without control tokens
   * @throws InvalidRequestException when the tokenizer does not spell numbers apart from the signs
   *     around them, always alike
   */
  public TextGrammar(BoxNotation notation, Function<String, int[]> encode) {
    this(BoxSpelling.learn(notation, encode), OptionalInt.empty());
  }

  /**
   * Answers that an end token ends where another box could follow: for notations whose last sign
   * may also go on to the next box, such as Qwen-VL's.
   *
   * @param end id of the token
   */
  public TextGrammar(BoxNotation notation, Function<String, int[]> encode, int end) {
    this(BoxSpelling.learn(notation, encode), OptionalInt.of(end));
  }

  private TextGrammar(BoxSpelling spelling, OptionalInt end) {
    this.spelling = spelling;
    stop =
        IntStream.concat(
                IntStream.of(spelling.close()),
                end.isPresent() ? IntStream.of(end.getAsInt()) : IntStream.empty())
            .toArray();
  }

  @Override
  public State start(int maxBoxes, Frame frame) {
    if (maxBoxes < 1) {
      throw new InvalidRequestException(
          "maxBoxes is " + maxBoxes, "allow at least one box in the answer");
    }
    int[] next = spelling.next();
    int shorter = Math.min(stop.length, next.length);
    if (maxBoxes > 1 && Arrays.equals(stop, 0, shorter, next, 0, shorter)) {
      throw new InvalidRequestException(
          "in this tokenizer the end of a box list, \""
              + spelling.notation().close()
              + "\", and what comes between boxes, \""
              + spelling.notation().next()
              + "\", begin alike: the end of an answer cannot be told",
          "ask for one box at a time, or use unconstrained decoding");
    }
    return TextState.start(spelling, stop, maxBoxes, frame);
  }

  @Override
  public int longest(int boxes) {
    int between = spelling.between().stream().mapToInt(run -> run.length).sum();
    return spelling.open().length
        + boxes * (BoxNotation.CORNERS * spelling.numbers().depth() + between)
        + (boxes - 1) * spelling.next().length
        + spelling.close().length;
  }
}
