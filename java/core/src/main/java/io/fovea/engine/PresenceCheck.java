package io.fovea.engine;

/** Whether a model is asked if what it shall locate is there at all. */
public enum PresenceCheck {
  /**
   * It is asked, and there are no boxes where it thinks not: {@link Grounding#absent}. The default.
   * Models without a {@code presence.json}, whose yes and no nobody measured, are asked only where
   * {@code leastPresence} is given.
   */
  REQUIRE,
  /**
   * It is asked; the boxes come in any case, of which {@link Grounding#absent} says what to think.
   */
  REPORT,
  /** It is not asked, which saves a question of one token, and there is always a box. */
  SKIP
}
