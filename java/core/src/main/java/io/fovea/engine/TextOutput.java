package io.fovea.engine;

import io.fovea.text.StreamingDetokenizer;
import io.fovea.text.Tokenizer;
import java.util.List;

/**
 * The text of an answer as it grows. Text that may be the beginning of a stop sequence is held back
 * until that is decided, so no part of one ever comes out. Written by the engine thread; {@link
 * #text} may be read by any.
 */
final class TextOutput {
  private final StreamingDetokenizer detokenizer;
  private final int vocabulary;
  private final List<String> stops;

  @SuppressWarnings("JdkObsolete") // written by one thread, read by another
  private final StringBuffer text = new StringBuffer();

  private String held = "";
  private boolean stopped;

  TextOutput(Tokenizer tokenizer, List<String> stops) {
    detokenizer = tokenizer.detokenizer();
    vocabulary = tokenizer.vocabularySize();
    this.stops = stops;
  }

  /**
   * Takes a token; returns the text that is certain now. An id beyond the tokenizer's, of a model
   * with more rows than tokens, stands for no text.
   */
  String append(int id) {
    return id < vocabulary ? release(held + detokenizer.append(id)) : "";
  }

  /** The answer ends; returns what was held back. */
  String end() {
    String rest = release(held + detokenizer.flush());
    String tail = stopped ? "" : held;
    held = "";
    text.append(tail);
    return rest + tail;
  }

  private String release(String candidate) {
    if (stopped) {
      return "";
    }
    int stop = firstStop(candidate);
    stopped = stop >= 0;
    int certain = stopped ? stop : candidate.length() - longestBeginning(candidate);
    held = stopped ? "" : candidate.substring(certain);
    String released = candidate.substring(0, certain);
    text.append(released);
    return released;
  }

  /** Where the first stop sequence begins, or -1. */
  private int firstStop(String candidate) {
    return stops.stream().mapToInt(candidate::indexOf).filter(at -> at >= 0).min().orElse(-1);
  }

  /** Length of the longest end of {@code candidate} that begins a stop sequence. */
  private int longestBeginning(String candidate) {
    int longest = 0;
    for (String stop : stops) {
      int most = Math.min(stop.length() - 1, candidate.length());
      for (int length = most; length > longest; length--) {
        if (candidate.endsWith(stop.substring(0, length))) {
          longest = length;
        }
      }
    }
    return longest;
  }

  /** Whether a stop sequence appeared. */
  boolean stopped() {
    return stopped;
  }

  /** All text released so far. */
  String text() {
    return text.toString();
  }
}
