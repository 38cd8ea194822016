package io.fovea.text;

/**
 * A token that was added to a vocabulary after its training, and is not in the vocabulary's file.
 * Between a {@code vocab.json} and the first of them lie OFA's codes of pictures.
 *
 * @param id beyond those of the model file
 * @param text what it matches and reads as, not empty
 * @param special whether it stands for a role and is never a part of plain text
 */
public record ExtraToken(int id, String text, boolean special) {}
