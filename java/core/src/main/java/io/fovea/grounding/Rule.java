package io.fovea.grounding;

import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing that a dialect writes between words: a tag with its box, a tag that means nothing.
 * Patterns are possessive throughout, so that matching takes linear time and no deep stack.
 *
 * @param openers the chars that it can begin with, ASCII
 * @param pattern matched at one of them; it must not look behind
 * @param limit most chars that it may have, and so most that a stream holds back for it; what is
 *     longer is text
 * @param applies whether it can stand here, by what came before
 * @param inside chars that leave it as undecided as it was once it has {@link #BEGINNING} chars;
 *     spares vain attempts
 * @param action what to do where it stands
 * @param truncated what to do where the text ends inside of it
 */
record Rule(
    String openers,
    Pattern pattern,
    int limit,
    Predicate<Reading> applies,
    IntPredicate inside,
    Action action,
    Action truncated) {
  /** Boxes, points and long lists of them. */
  static final int LONG = 8192;

  /** A tag, an attribute, a phrase. */
  static final int SHORT = 1024;

  /** Chars by which a rule tells whether it applies at all. */
  static final int BEGINNING = 64;

  /** What to do with a match. */
  interface Action {
    void take(Reading reading, Matcher match);
  }

  Rule(String openers, String pattern, int limit, Action action) {
    this(
        openers,
        Pattern.compile(pattern),
        limit,
        reading -> true,
        c -> false,
        action,
        (reading, match) -> {});
  }

  /** Only where this holds. */
  Rule when(Predicate<Reading> condition) {
    return new Rule(openers, pattern, limit, condition, inside, action, truncated);
  }

  /** Going on over these chars. */
  Rule over(IntPredicate chars) {
    return new Rule(openers, pattern, limit, applies, chars, action, truncated);
  }

  /** With something to do where the text ends inside of it; the match has failed. */
  Rule orTruncated(Action incomplete) {
    return new Rule(openers, pattern, limit, applies, inside, action, incomplete);
  }

  /** Tags that mean nothing here: left out of the cleaned text. */
  static Rule dropped(String openers, String tags) {
    return new Rule(openers, tags, SHORT, (reading, m) -> reading.cut(m.start(), m.end()));
  }

  /** A phrase between two tags; a box that touches it belongs to it. */
  static Rule phrase(String open, String close) {
    String quotedOpen = Pattern.quote(open);
    String quotedClose = Pattern.quote(close);
    String words = "((?:(?!" + quotedOpen + "|" + quotedClose + ")[\\s\\S]){0,1000}+)";
    return new Rule(
        open.substring(0, 1),
        quotedOpen + words + quotedClose,
        SHORT + open.length() + close.length(),
        (reading, m) -> {
          reading.cut(m.start(), m.start(1));
          reading.cut(m.end(1), m.end());
          reading.endItem(reading.named(m.start(1), m.end(1)), m.end());
        });
  }
}
