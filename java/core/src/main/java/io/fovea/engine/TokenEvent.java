package io.fovea.engine;

/** What a {@link TokenStream} delivers. */
public sealed interface TokenEvent {
  /** Text that became certain with this event; whole characters, often empty. */
  String text();

  /**
   * One more token of the answer.
   *
   * @param logProbability natural logarithm of its probability among the tokens allowed; 0 where it
   *     was forced
   */
  record Token(int id, String text, double logProbability) implements TokenEvent {}

  /** The last event; its answer's text is all texts before it, joined. */
  record Done(Answer answer) implements TokenEvent {
    @Override
    public String text() {
      return "";
    }
  }
}
