package io.fovea.text;

import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the words that are encoded one by one. What an expression matches is a word, what
 * lies between two matches is one too; each further expression cuts those words again.
 */
final class WordSplitter {
  private final List<Pattern> expressions;

  WordSplitter(List<Pattern> expressions) {
    this.expressions = List.copyOf(expressions);
  }

  /**
   * Hands over the words of a text, in order and not empty; joined they are the text.
   *
   * @throws io.fovea.InvalidRequestException if an expression backtracks without end on this text
   */
  void split(String text, Consumer<String> words) {
    split(text, 0, words);
  }

  private void split(String text, int done, Consumer<String> words) {
    if (text.isEmpty()) {
      return;
    }
    if (done == expressions.size()) {
      words.accept(text);
      return;
    }
    Matcher matcher = expressions.get(done).matcher(new CountedText(text));
    int at = 0;
    while (matcher.find()) {
      split(text.substring(at, matcher.start()), done + 1, words);
      split(text.substring(matcher.start(), matcher.end()), done + 1, words);
      at = matcher.end();
    }
    split(text.substring(at), done + 1, words);
  }

  /** A text that can be looked at so many times: an expression from a file may be a bad one. */
  private static final class CountedText implements CharSequence {
    private final String text;
    private final StepLimit looks;

    CountedText(String text) {
      this.text = text;
      looks = new StepLimit("pre_tokenizer", text.length());
    }

    @Override
    public char charAt(int index) {
      looks.step();
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
