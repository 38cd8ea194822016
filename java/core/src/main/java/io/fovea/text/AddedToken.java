package io.fovea.text;

/**
 * A token that is found in the text before it is cut into words: an entry of {@code added_tokens},
 * or one that a vocabulary without such a list is known to have.
 *
 * @param field where the entry is, for messages
 * @param text what it matches, not empty
 * @param special whether it stands for a role and is never a part of plain text
 * @param normalized whether it is looked for after the others, in what they leave of the text
 * @param spaces what else of the text around it counts
 */
record AddedToken(
    String field, int id, String text, boolean special, boolean normalized, Spaces spaces) {
  /**
   * What surrounds a match.
   *
   * @param singleWord whether it must not touch a letter, digit or the like
   * @param eatLeft whether white space before it belongs to it
   * @param eatRight whether white space after it belongs to it
   */
  record Spaces(boolean singleWord, boolean eatLeft, boolean eatRight) {
    /** Of no consequence. */
    static final Spaces FREE = new Spaces(false, false, false);
  }
}
