package io.fovea.family;

import io.fovea.ModelLoadException;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.text.SpecialTokens;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.text.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokenizer and the ids of its tokens with a role: those of {@code config.json}, else the
 * tokenizer's own, as the published code has them.
 *
 * @param begin begins every sequence
 * @param filler stands in the slots of a picture, whose embeddings are replaced: no result depends
 *     on it
 * @param end tokens that end an answer, at least one
 */
public record ModelTokens(Tokenizer tokenizer, int begin, int filler, Set<Integer> end) {
  /** What is wrong with any file, whatever tokenizer was meant. */
  private static final Set<String> OWN = Set.of("file", "size", "tokenizer");

  public ModelTokens {
    end = Set.copyOf(end);
  }

  /**
   * Loads the tokenizer of a model.
   *
   * @param directory of the model
   * @param tokenizer file or directory to take it from; null for the model's own
   * @throws ModelLoadException if there is none, it is damaged, or it does not fit the model
   */
  public static ModelTokens load(Path directory, @Nullable Path tokenizer, CogVlmConfig config) {
    Path file = file(tokenizer == null ? directory : tokenizer, config);
    List<Integer> stated = config.eosTokenIds();
    SpecialTokens special =
        new SpecialTokens(
            orNone(config.bosTokenId()),
            stated.isEmpty() ? SpecialTokens.NONE : stated.get(0),
            orNone(config.padTokenId()));
    Tokenizer loaded = tokenizer(file, special, config);
    requireEmbedded(file, loaded, config.vocabSize());
    Path json = directory.resolve("config.json");
    return new ModelTokens(
        loaded,
        role(file, loaded, loaded.bos(), "bos_token", config)
            .orElseThrow(() -> missing(json, "bos_token_id")),
        role(file, loaded, loaded.pad(), "pad_token", config).orElse(0),
        end(directory, file, loaded, config));
  }

  /** What of the files' tokens with a role is not used, for people. */
  public static List<String> notes(Path directory, CogVlmConfig config) {
    return EndTokens.ignored(directory, config.vocabSize());
  }

  private static Tokenizer tokenizer(Path file, SpecialTokens special, CogVlmConfig config) {
    try {
      return Tokenizers.load(file, preferred(config), special, ExtraTokens.beside(file));
    } catch (ModelLoadException e) {
      boolean pieces = preferred(config) == TokenizerFormat.SENTENCE_PIECE;
      if (!pieces
          || !file.toString().endsWith(".json")
          || !file.equals(e.file())
          || OWN.contains(e.field())) {
        throw e;
      }
      throw new ModelLoadException(
          file,
          e.field(),
          "is not of a byte-level tokenizer, and Llama's pieces are not read from such a file",
          "put the tokenizer.model of Vicuna 7B v1.5, which "
              + config.family().displayName()
              + " uses, into the folder, or name it with --tokenizer PATH or tokenizer(path)",
          e);
    }
  }

  /** The tokenizer's file, which need not exist. */
  public static Path file(Path fileOrDirectory, CogVlmConfig config) {
    return Tokenizers.find(fileOrDirectory, preferred(config));
  }

  private static TokenizerFormat preferred(CogVlmConfig config) {
    return config.family().secondGeneration()
        ? TokenizerFormat.BYTE_LEVEL
        : TokenizerFormat.SENTENCE_PIECE;
  }

  private static int orNone(@Nullable Integer id) {
    return id == null ? SpecialTokens.NONE : id;
  }

  /**
   * Tokens without a row in the embedding may be there, as a pad token often is, if no text is
   * spelt with them.
   */
  private static void requireEmbedded(Path file, Tokenizer tokenizer, int rows) {
    for (int id = rows; id < tokenizer.vocabularySize(); id++) {
      if (!tokenizer.isSpecial(id)) {
        throw new ModelLoadException(
            file,
            "vocabulary",
            "has "
                + tokenizer.vocabularySize()
                + " pieces, the model's vocab_size is "
                + rows
                + ": text may hold '"
                + tokenizer.piece(id)
                + "', which has no embedding",
            "use the tokenizer this model was trained with");
      }
    }
  }

  /** What config.json states, else the tokenizer's own; none that has no embedding. */
  private static OptionalInt role(
      Path file, Tokenizer tokenizer, int own, String role, CogVlmConfig config) {
    Integer stated = role.equals("bos_token") ? config.bosTokenId() : config.padTokenId();
    OptionalInt id =
        stated != null
            ? OptionalInt.of(stated)
            : own != SpecialTokens.NONE ? OptionalInt.of(own) : named(file, tokenizer, role);
    return id.isPresent() && id.getAsInt() < config.vocabSize() ? id : OptionalInt.empty();
  }

  private static OptionalInt named(Path file, Tokenizer tokenizer, String role) {
    return ExtraTokens.named(file, role).map(tokenizer::id).orElse(OptionalInt.empty());
  }

  private static Set<Integer> end(
      Path directory, Path file, Tokenizer tokenizer, CogVlmConfig config) {
    Set<Integer> ids = EndTokens.read(directory, config.eosTokenIds(), config.vocabSize());
    if (!ids.isEmpty()) {
      return ids;
    }
    OptionalInt own =
        tokenizer.eos() != SpecialTokens.NONE
            ? OptionalInt.of(tokenizer.eos())
            : named(file, tokenizer, "eos_token");
    if (own.isEmpty() || own.getAsInt() >= config.vocabSize()) {
      throw missing(directory.resolve("config.json"), "eos_token_id");
    }
    return Set.of(own.getAsInt());
  }

  private static ModelLoadException missing(Path json, String key) {
    return new ModelLoadException(
        json,
        key,
        "is missing, and the tokenizer names no such token either",
        "add the id to config.json");
  }
}
