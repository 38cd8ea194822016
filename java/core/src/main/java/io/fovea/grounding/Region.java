package io.fovea.grounding;

import java.util.OptionalDouble;

/**
 * One box and the words it belongs to. A phrase with several boxes gives several regions.
 *
 * @param phrase what the box shows, trimmed and in lower case; empty when the text names nothing
 * @param textStart where the phrase begins in the parsed text, in chars
 * @param textEnd where it ends; equals {@code textStart} when the phrase is empty or was not taken
 *     from the text
 * @param confidence how sure the decoder was of the digits, 0..1 ({@link BoxConfidence}); empty
 *     when the box was read from text
 */
public record Region(
    String phrase, int textStart, int textEnd, Box box, OptionalDouble confidence) {
  public Region {
    if (textStart < 0 || textEnd < textStart) {
      throw new IllegalArgumentException("text range " + textStart + ".." + textEnd);
    }
    if (confidence.isPresent()
        && !(confidence.getAsDouble() >= 0 && confidence.getAsDouble() <= 1)) {
      throw new IllegalArgumentException("confidence " + confidence.getAsDouble());
    }
  }

  /** A region that was not read from text: the phrase is the one asked for. */
  public static Region asked(String phrase, Box box, double confidence) {
    return new Region(phrase, 0, 0, box, OptionalDouble.of(confidence));
  }

  /** The same region under another phrase, such as the one asked for when the answer has none. */
  public Region withPhrase(String newPhrase) {
    return new Region(newPhrase, 0, 0, box, confidence);
  }
}
