package io.fovea.text;

/**
 * Ids of the tokens with a role, as a model's {@code config.json} gives them; {@link #NONE} where
 * it gives none.
 *
 * @param bos begins every sequence
 * @param eos ends an answer
 * @param pad fills a slot without text, such as an image's
 */
public record SpecialTokens(int bos, int eos, int pad) {
  /** Stands for a role that no id was given for. */
  public static final int NONE = -1;
}
