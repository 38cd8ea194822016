package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.GroundingDialect;
import io.fovea.model.ModelSizes;
import io.fovea.model.VisionLanguageModel;
import io.fovea.ops.Ops;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.tensor.DType;
import io.fovea.text.Tokenizer;
import io.fovea.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;

/** A model as its {@code config.json} describes it; no weights are read yet. Immutable. */
public interface ModelDescription {
  /** Its kind. */
  ModelFamily family();

  /** What it takes and holds. */
  ModelSizes sizes();

  /** What its tokenizer must be, and the ids that it states. */
  TokenNeeds tokens();

  /** Whether a question without a picture makes sense to it. */
  boolean answersWithoutPicture();

  /**
   * The prompt form that its weights were tuned on.
   *
   * @throws ModelLoadException where the file names none that is known
   */
  PromptTemplate template();

  /**
   * A prompt, part after part.
   *
   * @param pictures how many come with the query
   * @param history the turns before it, oldest first; each says how many pictures came with it
   * @throws InvalidRequestException where the model takes no such prompt
   */
  List<PromptPart> prompt(PromptTemplate template, int pictures, String query, List<Turn> history);

  /**
   * The turns of a conversation that are told again: those that the model's published code keeps,
   * from some turn to the last. The others take their pictures along.
   *
   * @param length tokens that some parts take
   */
  default List<Turn> remembered(
      PromptTemplate template, List<Turn> history, ToIntFunction<List<PromptPart>> length) {
    return history;
  }

  /**
   * Length of the n-grams that a free answer may not repeat, those of the prompt included; 0: none.
   */
  default int noRepeat() {
    return 0;
  }

  /**
   * Tokens that its prompts are marked up with and that were added to its tokenizer: no text is
   * split into them, whatever the tokenizer's files say. The first stands in the rows of pictures.
   * None: those files say all, and the pad token stands there.
   */
  default List<String> markup() {
    return List.of();
  }

  /** What it is asked to have something done. */
  Tasks tasks();

  /** How it writes boxes. */
  GroundingDialect dialect();

  /**
   * The rules of its boxes in the tokens of its tokenizer.
   *
   * @throws InvalidRequestException where the tokenizer has no way to spell them
   */
  BoxGrammar grammar(Tokenizer tokenizer);

  /**
   * Does nothing where the model can run here.
   *
   * @param directory for the message
   * @throws UnsupportedModelException where it can only be converted
   */
  default void requireRunnable(Path directory) {}

  /**
   * Reads and packs all weights.
   *
   * @param dtype of the arithmetic: f32 (the reference mode) or bf16
   * @param contextTokens longest sequence to prepare tables for
   * @throws ModelLoadException where a tensor is missing or of the wrong shape
   */
  VisionLanguageModel load(
      Ops ops, Weights weights, DType dtype, int contextTokens, ProgressListener progress);
}
