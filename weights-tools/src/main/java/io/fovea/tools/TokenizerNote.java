package io.fovea.tools;

import io.fovea.FoveaException;
import io.fovea.family.Families;
import io.fovea.family.ModelDescription;
import io.fovea.family.ModelTokens;
import io.fovea.weights.StoredShapes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Says of a model that was written where the engine cannot use the tokenizer that came with it. */
final class TokenizerNote {
  private TokenizerNote() {}

  /** The note; empty where the tokenizer is sound, or there is none. */
  static Optional<String> of(Path directory, StoredShapes shapes) {
    try {
      ModelDescription model = Families.describe(directory, shapes);
      if (Files.exists(ModelTokens.file(directory, model))) {
        ModelTokens.load(directory, null, model);
      }
      return Optional.empty();
    } catch (FoveaException e) {
      return Optional.of(
          "the tokenizer is carried on as it is, and cannot be used: " + e.getMessage());
    }
  }
}
