package io.fovea.text;

/**
 * An entry of {@code added_tokens}: a token that is found in the text before it is cut into words.
 *
 * @param field where the entry is, for messages
 * @param text what it matches, not empty
 * @param special whether it stands for a role and is never a part of plain text
 * @param normalized whether it is looked for after the others, in what they leave of the text
 */
record AddedToken(String field, int id, String text, boolean special, boolean normalized) {}
