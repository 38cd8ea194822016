package io.fovea.micrometer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an expression of Prometheus' language refers to: as much of the language as dashboards need.
 * Anything else is refused, so that nothing passes unread.
 */
final class PromQl {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(\"(?:[^\"\\\\]|\\\\.)*\")|([a-zA-Z_:][\\w:]*)|(\\d+(?:\\.\\d+)?)|(=~|!~|!=|==|[-+*/(){},=<>])"
              + "|(\\[[^\\]]*\\]))");
  private static final Set<String> FUNCTIONS =
      Set.of("sum", "max", "avg", "rate", "increase", "histogram_quantile", "clamp_min");

  /** Matchers of a metric: the label, how it is compared, and the value without quotes. */
  record Matching(String label, String how, String value) {}

  /** A metric and what is asked of its labels. */
  record Selector(String metric, List<Matching> matchings) {}

  private final String expression;
  private final List<String> tokens = new ArrayList<>();
  private int next;
  private final List<Selector> selectors = new ArrayList<>();
  private final Set<String> groupings = new HashSet<>();

  PromQl(String expression) {
    this.expression = expression;
    Matcher matcher = TOKEN.matcher(expression.strip());
    int end = 0;
    while (end < matcher.regionEnd()) {
      if (!matcher.find(end) || matcher.start() != end) {
        throw unread(expression.strip().substring(end));
      }
      tokens.add(matcher.group().strip());
      end = matcher.end();
    }
    while (next < tokens.size()) {
      read();
    }
  }

  List<Selector> selectors() {
    return selectors;
  }

  /** Labels after {@code by}. */
  Set<String> groupings() {
    return groupings;
  }

  private IllegalArgumentException unread(String what) {
    return new IllegalArgumentException("cannot read '" + what + "' in " + expression);
  }

  private boolean is(String token) {
    return next < tokens.size() && tokens.get(next).equals(token);
  }

  private String take() {
    if (next == tokens.size()) {
      throw unread("the end");
    }
    return tokens.get(next++);
  }

  private void take(String token) {
    if (!is(token)) {
      throw unread(next < tokens.size() ? tokens.get(next) : "the end");
    }
    next++;
  }

  private void read() {
    String token = take();
    if (!Character.isLetter(token.charAt(0))) {
      return; // a number, an operator or a range: nothing to look up
    }
    if (token.equals("by")) {
      readGroupings();
    } else if (is("(") || is("by")) {
      if (!FUNCTIONS.contains(token)) {
        throw unread(token);
      }
    } else {
      selectors.add(new Selector(token, readMatchings()));
    }
  }

  private void readGroupings() {
    take("(");
    do {
      groupings.add(take());
    } while (takeComma());
    take(")");
  }

  private List<Matching> readMatchings() {
    List<Matching> matchings = new ArrayList<>();
    if (is("{")) {
      take("{");
      do {
        String label = take();
        String how = take();
        String quoted = take();
        matchings.add(new Matching(label, how, quoted.substring(1, quoted.length() - 1)));
      } while (takeComma());
      take("}");
    }
    return matchings;
  }

  private boolean takeComma() {
    if (is(",")) {
      next++;
      return true;
    }
    return false;
  }
}
