package io.fovea.grounding;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the parts of an operation are in a text, its place excluded: {@code [type] label -> action:
 * argument}. Ranges of parts that are missing are empty. Any text gives some answer.
 *
 * <p>Without an arrow, words after a type are its label and words without a type are the action. An
 * arrow after a colon is a part of the argument where there is no type. Without a colon, the first
 * word is the action and the rest its argument ("press home").
 */
record OperationSpans(Span type, Span label, Span action, Span argument) {
  /** What joins an operation to one before it. */
  private static final Pattern LEAD_IN =
      Pattern.compile("[\\s.,;]*+(?:(?i:and|then)\\b[\\s.,;]*+){0,2}+");

  /** Leads up to a place that is cut off or was taken out already. */
  private static final Pattern LEAD_OUT =
      Pattern.compile("(?i)(?<!\\s)\\s*+\\bat(?: the)? (?:box|point|position)\\b[\\[0-9,;:\\s]*+$");

  private static final Pattern ACTION = Pattern.compile("\\s*+([^\\s:]*+)(?:\\s*+:)?+");

  private static final String ARROW = "->";

  /** The parts of the operation {@code text[from, to)}. */
  static OperationSpans read(String text, int from, int to) {
    String operation = text.substring(from, to);
    Matcher leadIn = LEAD_IN.matcher(operation);
    int start = leadIn.lookingAt() ? leadIn.end() : 0; // always does
    Matcher leadOut = LEAD_OUT.matcher(operation);
    int end = leadOut.find(start) ? leadOut.start() : operation.length();

    Span type = new Span(start, start);
    int close = operation.indexOf(']', start);
    if (operation.startsWith("[", start) && close > 0 && close < end) {
      type = new Span(start + 1, close);
      start = close + 1;
    }
    int arrow = operation.indexOf(ARROW, start);
    int colon = operation.indexOf(':', start);
    boolean inArgument = type.isEmpty() && colon >= 0 && colon < arrow;
    boolean pointed = arrow >= 0 && arrow < end && !inArgument;
    int body = pointed ? arrow + ARROW.length() : type.isEmpty() ? start : end;
    Span label = new Span(start, pointed ? arrow : body);
    Matcher action = ACTION.matcher(operation).region(body, end);
    action.lookingAt(); // always does
    return new OperationSpans(
        trimmed(text, type, from),
        trimmed(text, label, from),
        new Span(from + action.start(1), from + action.end(1)),
        trimmed(text, new Span(action.end(), end), from));
  }

  /** A range of the operation as a range of the text, without blanks at its ends. */
  private static Span trimmed(String text, Span span, int offset) {
    int start = offset + span.start();
    int end = offset + span.end();
    while (start < end && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    while (start < end && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    return new Span(start, end);
  }
}
