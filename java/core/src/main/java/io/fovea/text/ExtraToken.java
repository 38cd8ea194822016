package io.fovea.text;

/**
 * A token that was added to a SentencePiece vocabulary after its training, in files of its own.
 *
 * @param id beyond those of the model file
 * @param text what it matches and reads as, not empty
 * @param special whether it stands for a role and is never a part of plain text
 */
public record ExtraToken(int id, String text, boolean special) {}
