package io.fovea.text;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Checks that a regular expression of a {@code tokenizer.json} means the same to {@link Pattern} as
 * to the Oniguruma library, which Hugging Face tokenizers use; then compiles it.
 *
 * <p>Accepted are literals, classes, general categories, {@code \s \S \d \D}, alternatives, groups,
 * lookahead, and quantifiers of single characters; groups may be optional but not repeated, so that
 * matching neither recurses with the text nor takes exponential time. Inside {@code (?i:...)} only
 * ASCII literals whose case folding the two engines agree on. That covers the expressions of GPT-2
 * and Llama 3 and their relatives.
 */
final class SplitExpression {
  private static final int MAX_LENGTH = 2_000; // matching recurses with its elements
  private static final int MAX_DEPTH = 8;
  private static final int MAX_REPEATS = 100;
  private static final int END = -1;

  private static final Set<String> CATEGORIES =
      Set.of(
          ("L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So"
                  + " Z Zs Zl Zp")
              .split(" "));

  /** Where simple and full case folding differ, or those of the JDK and Unicode. */
  private static final Pattern UNEQUAL_FOLDING = Pattern.compile("(?i)i|ss|st|f[fl]");

  /**
   * GPT-2's: contractions in small letters, words, numbers and signs with a space before them, and
   * white space.
   */
  static final Pattern GPT2 =
      compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

  private final String expression;
  private int at;

  private SplitExpression(String expression) {
    this.expression = expression;
  }

  /**
   * The compiled expression.
   *
   * @throws IllegalArgumentException if it is malformed or beyond what is accepted; the message
   *     says what and where
   */
  static Pattern compile(String expression) {
    if (expression.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "an expression of " + expression.length() + " characters, at most " + MAX_LENGTH);
    }
    SplitExpression checked = new SplitExpression(expression);
    checked.alternatives(0, false);
    if (checked.peek() != END) {
      throw checked.unexpected();
    }
    return Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE);
  }

  /** Up to the end or a closing parenthesis. */
  private void alternatives(int depth, boolean ignoreCase) {
    while (peek() != END && peek() != ')') {
      if (!skip("|")) {
        element(depth, ignoreCase);
      }
    }
  }

  private void element(int depth, boolean ignoreCase) {
    if (peek() == '(') {
      group(depth, ignoreCase);
      return;
    }
    if (peek() == '[' && !ignoreCase) {
      characterClass();
    } else if (peek() == '\\') {
      escape(ignoreCase);
    } else {
      literal(ignoreCase);
    }
    quantifier();
  }

  private void group(int depth, boolean ignoreCase) {
    if (depth == MAX_DEPTH) {
      throw unexpected();
    }
    int start = at;
    boolean lookahead = skip("(?!") || skip("(?=");
    boolean folding = !lookahead && skip("(?i:");
    if (!lookahead && !folding && !skip("(?:")) {
      throw unexpected();
    }
    alternatives(depth + 1, ignoreCase || folding);
    if (!skip(")")) {
      throw unexpected();
    }
    if (folding && UNEQUAL_FOLDING.matcher(expression.substring(start + 4, at)).find()) {
      at = start;
      throw unexpected();
    }
    if (!lookahead) {
      skip("?");
    }
  }

  private void characterClass() {
    at++;
    skip("^");
    do {
      if (peek() == '\\') {
        escape(false);
      } else {
        classCharacter();
        if (skip("-")) {
          classCharacter();
        }
      }
    } while (!skip("]"));
  }

  private void classCharacter() {
    if (peek() == END || "[]\\-".indexOf(peek()) >= 0 || expression.startsWith("&&", at)) {
      throw unexpected();
    }
    at += Character.charCount(peek());
  }

  private void escape(boolean ignoreCase) {
    int escaped = at + 1 < expression.length() ? expression.charAt(at + 1) : END;
    boolean punctuation =
        escaped > ' ' && escaped < 0x7F && !Character.isLetterOrDigit((char) escaped);
    if ((escaped == 'p' || escaped == 'P') && !ignoreCase) {
      category();
    } else if (punctuation || (escaped != END && "rntsSdD".indexOf(escaped) >= 0)) {
      at += 2;
    } else {
      throw unexpected();
    }
  }

  private void category() {
    int close = expression.indexOf('}', at);
    boolean braced = expression.startsWith("{", at + 2) && close > 0;
    if (!braced || !CATEGORIES.contains(expression.substring(at + 3, close))) {
      throw unexpected();
    }
    at = close + 1;
  }

  private void literal(boolean ignoreCase) {
    if ("^$.|?*+)[]{}".indexOf(peek()) >= 0 || (ignoreCase && peek() > 0x7F)) {
      throw unexpected();
    }
    at += Character.charCount(peek());
  }

  private void quantifier() {
    if (skip("?") || skip("*") || skip("+")) {
      skip("+"); // possessive
    } else if (skip("{")) {
      int least = number();
      int most = skip(",") ? number() : least;
      if (most < least || !skip("}")) {
        throw unexpected();
      }
    }
  }

  private int number() {
    int value = 0;
    int start = at;
    while (peek() >= '0' && peek() <= '9' && value <= MAX_REPEATS) {
      value = 10 * value + (peek() - '0');
      at++;
    }
    if (at == start || value > MAX_REPEATS) {
      throw unexpected();
    }
    return value;
  }

  private int peek() {
    return at < expression.length() ? expression.codePointAt(at) : END;
  }

  private boolean skip(String wanted) {
    boolean found = expression.startsWith(wanted, at);
    if (found) {
      at += wanted.length();
    }
    return found;
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException(
        "an expression that is not supported from character " + at + " on: " + start());
  }

  private String start() {
    String rest = expression.substring(at);
    return rest.length() <= 40 ? rest : rest.substring(0, 40) + "...";
  }
}
