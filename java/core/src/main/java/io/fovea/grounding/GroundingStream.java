package io.fovea.grounding;

import java.util.List;

/**
 * Reads an answer that arrives in pieces cut anywhere. Text and regions are released once nothing
 * that may follow can change them; put together, they are those of {@link GroundingDialect#parse}.
 *
 * <p>Held back are: blanks at the end, which a box may take away; and what may become a tag, box or
 * phrase, from its first char, until it is complete, something else follows, or it is longer than
 * the dialect allows: 1,024 chars for a tag or phrase, 8,192 for a list of boxes (32,768 in
 * CogVLM's dialects), 1 MiB for a JSON object that begins with a key. A "&lt;" or "[" alone is
 * released with the next char that cannot belong to it. Not safe for use by several threads.
 */
public final class GroundingStream {
  /**
   * What became certain.
   *
   * @param text the next of {@link GroundedText#plainText}
   * @param regions the next of {@link GroundedText#regions}
   * @param pointings the next of {@link GroundedText#pointings}
   */
  public record Released(String text, List<Region> regions, List<Pointing> pointings) {
    public Released {
      regions = List.copyOf(regions);
      pointings = List.copyOf(pointings);
    }
  }

  private final StringBuilder text;
  private final Reading reading;
  private final StringBuilder blanks = new StringBuilder(); // before what comes next
  private boolean begun; // something that is not blank was released
  private boolean finished;
  private int released; // chars of the text
  private int scanned; // what was before it when blanks were last looked for
  private int blanksFrom; // where those began
  private int cuts;
  private int regions;
  private int pointings;

  /**
   * @param reading of {@code text}
   */
  GroundingStream(StringBuilder text, Reading reading) {
    this.text = text;
    this.reading = reading;
  }

  /**
   * Takes the next piece.
   *
   * @throws IllegalStateException after {@link #finish}
   */
  public Released feed(String piece) {
    if (finished) {
      throw new IllegalStateException("the text was said to be complete");
    }
    text.append(piece);
    reading.read(/* whole= */ false);
    return released(safe());
  }

  /** The text is complete: what was held back. */
  public Released finish() {
    finished = true;
    reading.read(/* whole= */ true);
    return released(text.length());
  }

  /** Everything released so far, as if the text ended there. */
  public GroundedText soFar() {
    return GroundedText.of(
        text.substring(0, released), reading.regions(), reading.pointings(), reading.cuts());
  }

  /** Where blanks begin that a box may still take away, or half a character. */
  private int safe() {
    int done = reading.done();
    int safe = done;
    while (safe > released && Character.isWhitespace(text.charAt(safe - 1))) {
      safe = safe == scanned ? blanksFrom : safe - 1;
    }
    scanned = done;
    blanksFrom = safe;
    boolean half = safe > released && Character.isHighSurrogate(text.charAt(safe - 1));
    return half ? safe - 1 : Math.max(safe, reading.cutEnd());
  }

  private Released released(int to) {
    StringBuilder plain = new StringBuilder(blanks);
    List<Cut> all = reading.cuts();
    for (; cuts < all.size(); cuts++) {
      Cut cut = all.get(cuts);
      plain.append(text, released, cut.start()).append(cut.instead());
      released = cut.end();
    }
    if (to > released) {
      plain.append(text, released, to);
      released = to;
    }
    int end = plain.length();
    while (end > 0 && Character.isWhitespace(plain.charAt(end - 1))) {
      end--;
    }
    int start = 0;
    while (!begun && start < end && Character.isWhitespace(plain.charAt(start))) {
      start++;
    }
    blanks.setLength(0);
    blanks.append(plain, end, plain.length());
    begun |= start < end;
    Released next =
        new Released(
            plain.substring(start, end),
            reading.regions().subList(regions, reading.regions().size()),
            reading.pointings().subList(pointings, reading.pointings().size()));
    regions = reading.regions().size();
    pointings = reading.pointings().size();
    return next;
  }
}
