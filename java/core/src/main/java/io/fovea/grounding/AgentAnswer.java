package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * CogAgent's answer to a question about a task on a screen (arXiv:2312.08914): {@code Plan: ...
 * Next Action: ... Grounded Operation:[button] Log in -> CLICK at the box [[...]]}. The operation
 * comes where the question asked for grounding.
 *
 * @param plan the steps to the goal; empty if there is none
 * @param nextAction the next one of them in words; empty if there is none
 * @param operations the next one as operations on the screen; usually one
 */
public record AgentAnswer(String plan, String nextAction, List<GroundedOperation> operations) {
  private static final Pattern HEADING =
      Pattern.compile("(?i)\\b(?:(plan)|(next\\s++action)|(grounded\\s++operation))\\s*+:");

  private static final int OPERATION = 3; // group of the pattern

  /** An operation without any heading. */
  private static final Pattern BARE_OPERATION =
      Pattern.compile("\\s*+\\[[^\\[\\]]++\\].*+", Pattern.DOTALL);

  public AgentAnswer {
    operations = List.copyOf(operations);
  }

  /**
   * Reads an answer. Tolerant: parts may be missing, an operation may stand alone, several may
   * follow one another on one line, on several, or each under its heading; a place that is cut off
   * is none. Headings come in the order above; one that stands after a later one is text. No text
   * is an error.
   */
  public static AgentAnswer parse(String text) {
    String[] sections = {"", "", "", ""}; // by group; what stands before any heading is not used
    List<GroundedOperation> operations = new ArrayList<>();
    int section = BARE_OPERATION.matcher(text).matches() ? OPERATION : 0;
    int from = 0;
    Matcher heading = HEADING.matcher(text);
    while (heading.find()) {
      int found = group(heading);
      if (found > section || found == OPERATION) {
        end(section, text.substring(from, heading.start()), sections, operations);
        section = found;
        from = heading.end();
      }
    }
    end(section, text.substring(from), sections, operations);
    return new AgentAnswer(sections[1], sections[2], operations);
  }

  private static int group(Matcher heading) {
    int group = OPERATION;
    while (heading.group(group) == null) {
      group--;
    }
    return group;
  }

  private static void end(
      int section, String content, String[] sections, List<GroundedOperation> operations) {
    if (section == OPERATION) {
      operations.addAll(operations(content));
    } else {
      sections[section] = content.strip();
    }
  }

  /** Where the last operation heading in {@code text[from, to)} ends; {@code from} without one. */
  static int operationStart(String text, int from, int to) {
    Matcher heading = HEADING.matcher(text).region(from, to);
    int start = from;
    while (heading.find()) {
      if (heading.group(OPERATION) != null) {
        start = heading.end();
      }
    }
    return start;
  }

  /** One operation for each place, and for each line that has text but no place. */
  private static List<GroundedOperation> operations(String section) {
    List<GroundedOperation> operations = new ArrayList<>();
    int from = 0;
    for (PlaceRun run : PlaceRun.all(section)) {
      addLines(section, from, run.start(), Optional.of(run.places().get(0)), operations);
      from = run.end();
    }
    addLines(section, from, section.length(), Optional.empty(), operations);
    return operations;
  }

  /** The last line with text has the place. */
  private static void addLines(
      String section, int from, int to, Optional<Place> place, List<GroundedOperation> operations) {
    List<Span> lines = lines(section, from, to);
    if (lines.isEmpty() && place.isPresent()) {
      operations.add(new GroundedOperation("", "", "", "", place));
    }
    for (int i = 0; i < lines.size(); i++) {
      Span line = lines.get(i);
      boolean last = i == lines.size() - 1;
      // What follows a place on its line is an operation of its own only if it looks like one.
      boolean rest = line.start() == from && from > 0 && !line.in(section).contains("->");
      if (!rest || (last && place.isPresent())) {
        operations.add(operation(section, line, last ? place : Optional.empty()));
      }
    }
  }

  /** Lines of {@code text[from, to)} with at least one letter or digit. */
  private static List<Span> lines(String text, int from, int to) {
    List<Span> lines = new ArrayList<>();
    int start = from;
    for (int i = from; i <= to; i++) {
      if (i == to || text.charAt(i) == '\n') {
        if (text.substring(start, i).codePoints().anyMatch(Character::isLetterOrDigit)) {
          lines.add(new Span(start, i));
        }
        start = i + 1;
      }
    }
    return lines;
  }

  private static GroundedOperation operation(String text, Span line, Optional<Place> place) {
    OperationSpans parts = OperationSpans.read(text, line.start(), line.end());
    return new GroundedOperation(
        parts.type().in(text),
        parts.label().in(text),
        parts.action().in(text),
        parts.argument().in(text),
        place);
  }

  /** The answer in the model's own form. */
  public String text() {
    String head =
        (plan.isEmpty() ? "" : "Plan: " + plan + "\n\n")
            + (nextAction.isEmpty() ? "" : "Next Action: " + nextAction + "\n\n");
    return operations.stream()
        .map(operation -> "Grounded Operation:" + operation.text())
        .collect(Collectors.joining("\n", head, ""));
  }
}
