package io.fovea.text;

import io.fovea.ModelLoadException;
import java.nio.file.Path;

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

  /** These, and where one of them is {@link #NONE} the given one. */
  SpecialTokens orElse(int ownBos, int ownEos, int ownPad) {
    return new SpecialTokens(orElse(bos, ownBos), orElse(eos, ownEos), orElse(pad, ownPad));
  }

  private static int orElse(int id, int own) {
    return id == NONE ? own : id;
  }

  /**
   * @throws ModelLoadException if the begin or end token is none of a tokenizer's
   */
  void requireWithin(Path file, int vocabularySize) {
    requireWithin(file, vocabularySize, "begin", bos);
    requireWithin(file, vocabularySize, "end", eos);
  }

  private static void requireWithin(Path file, int vocabularySize, String role, int id) {
    if (id != NONE && (id < 0 || id >= vocabularySize)) {
      throw new ModelLoadException(
          file,
          "model.vocab",
          "has " + vocabularySize + " tokens; the model's " + role + " token is " + id,
          "use the tokenizer and the config.json of one model");
    }
  }
}
