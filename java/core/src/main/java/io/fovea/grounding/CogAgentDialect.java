package io.fovea.grounding;

/**
 * CogAgent's dialect: boxes as in {@link CogVlmDialect}. A box of an operation such as {@code
 * [button] Log in -> CLICK at the box [[...]]} belongs to the element's label, or to its type where
 * it has no label; any other box to the noun phrase before it. {@link AgentAnswer} reads the
 * operations themselves.
 */
public final class CogAgentDialect extends CogVlmDialect {
  /** Reads and writes; it holds no state. */
  public CogAgentDialect() {
    super(
        "cogagent",
        "Grounded Operation:[combobox] Search -> TYPE: CogVLM at the box [[212,498,787,564]]",
        CogAgentDialect::phrase);
  }

  private static Span phrase(String text, int from, int to) {
    int start = lineStart(text, AgentAnswer.operationStart(text, from, to), to);
    if (text.substring(start, to).contains("->")) {
      OperationSpans operation = OperationSpans.read(text, start, to);
      Span element = operation.label().isEmpty() ? operation.type() : operation.label();
      if (!element.isEmpty()) {
        return element;
      }
    }
    return NounPhrase.before(text, from, to);
  }

  /** Where the last line of {@code text[from, to)} begins that is not blank. */
  private static int lineStart(String text, int from, int to) {
    int end = to;
    while (end > from && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    int start = end;
    while (start > from && text.charAt(start - 1) != '\n') {
      start--;
    }
    return start;
  }
}
