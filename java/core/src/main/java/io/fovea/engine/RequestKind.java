package io.fovea.engine;

/** What a request asks for. */
public enum RequestKind {
  /** A picture encoded. */
  ENCODE,
  /** Boxes of one phrase; a batch is as many requests as it has phrases. */
  LOCATE,
  /** A description with boxes. */
  CAPTION,
  /** Any other answer: asked, chatted, streamed or published. */
  CHAT,
  /** A trace or a profile: {@link Diagnostics}. */
  DIAGNOSIS
}
