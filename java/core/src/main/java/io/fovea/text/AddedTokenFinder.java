package io.fovea.text;

import io.fovea.text.AddedToken.Spaces;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * Cuts text at added tokens as the Hugging Face tokenizers library does: the first match counts,
 * the longest of those that begin at one place, and none that overlaps an earlier one.
 */
final class AddedTokenFinder {
  private final List<AddedToken> tokens;
  private final PrefixTree tree = new PrefixTree(); // to places in the list

  /**
   * @param texts what each of the tokens looks like in the texts to be cut, not empty
   */
  AddedTokenFinder(List<AddedToken> tokens, List<String> texts) {
    this.tokens = List.copyOf(tokens);
    for (int i = 0; i < tokens.size(); i++) {
      tree.put(texts.get(i), i);
    }
  }

  /** A finder of tokens as they are. */
  static AddedTokenFinder of(List<AddedToken> tokens) {
    return new AddedTokenFinder(tokens, tokens.stream().map(AddedToken::text).toList());
  }

  /**
   * Hands over what a text consists of, in order.
   *
   * @param accepted ids of tokens that count; a match of another one stays text
   * @param between gets the text between tokens, never empty
   * @param found gets the tokens' ids
   */
  void cut(String text, IntPredicate accepted, Consumer<String> between, IntConsumer found) {
    StepLimit limit = new StepLimit("added_tokens", text.length());
    int done = 0;
    for (int start = 0; start < text.length(); ) {
      int length = longestAt(text, start, limit);
      int end = start + Math.max(1, length);
      if (length > 0) {
        AddedToken token = tokenAt(text, start, end);
        if (accepted.test(token.id()) && fits(token.spaces(), text, start, end)) {
          int from = token.spaces().eatLeft() ? spacesBefore(text, done, start) : start;
          if (done < from) {
            between.accept(text.substring(done, from));
          }
          found.accept(token.id());
          done = token.spaces().eatRight() ? spacesAfter(text, end) : end;
        }
      }
      start = end;
    }
    if (done < text.length()) {
      between.accept(text.substring(done));
    }
  }

  /** Chars of the longest token at a place; 0 if none begins there. */
  private int longestAt(String text, int start, StepLimit limit) {
    int longest = 0;
    int node = PrefixTree.ROOT;
    for (int i = start; i < text.length(); i++) {
      limit.step();
      node = tree.child(node, text.charAt(i));
      if (node == PrefixTree.NONE) {
        break;
      }
      if (tree.value(node) != PrefixTree.NONE) {
        longest = i + 1 - start;
      }
    }
    return longest;
  }

  private AddedToken tokenAt(String text, int start, int end) {
    int node = PrefixTree.ROOT;
    for (int i = start; i < end; i++) {
      node = tree.child(node, text.charAt(i));
    }
    return tokens.get(tree.value(node));
  }

  private static boolean fits(Spaces spaces, String text, int start, int end) {
    return !spaces.singleWord()
        || !(start > 0 && isWord(text.codePointBefore(start)))
            && !(end < text.length() && isWord(text.codePointAt(end)));
  }

  /** What regular expressions call {@code \w} (Unicode technical standard 18, annex C). */
  private static boolean isWord(int codePoint) {
    return Character.isAlphabetic(codePoint)
        || switch (Character.getType(codePoint)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.CONNECTOR_PUNCTUATION ->
              true;
          default -> codePoint == 0x200C || codePoint == 0x200D; // joiners
        };
  }

  private static int spacesBefore(String text, int from, int start) {
    int at = start;
    while (at > from && WhiteSpace.is(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  private static int spacesAfter(String text, int end) {
    int at = end;
    while (at < text.length() && WhiteSpace.is(text.charAt(at))) {
      at++;
    }
    return at;
  }
}
