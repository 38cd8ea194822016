package io.fovea.engine;

/** Why an answer ended. */
public enum FinishReason {
  /** The model said it is complete. */
  STOP,
  /** The token limit or the end of the context was reached. */
  LENGTH,
  /** One of the request's stop sequences appeared; it is not part of the text. */
  STOP_SEQUENCE,
  /** The request was cancelled. */
  CANCELLED,
  /** The request's deadline passed. */
  DEADLINE
}
