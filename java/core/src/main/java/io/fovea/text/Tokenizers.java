package io.fovea.text;

import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Loads the tokenizer of a model, whatever file it comes in. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * Reads a tokenizer.
   *
   * @param fileOrDirectory a file of any {@link TokenizerFormat}, or a directory that has one under
   *     its usual name
   * @param preferred which file counts where a directory has several: that of the model's family
   * @param special ids of the model's {@code config.json}; a SentencePiece model has its own
   * @throws ModelLoadException if there is no such file, or it is damaged or of an unsupported kind
   */
  public static Tokenizer load(
      Path fileOrDirectory, TokenizerFormat preferred, SpecialTokens special) {
    return load(fileOrDirectory, preferred, special, List.of());
  }

  /**
   * As {@link #load(Path, TokenizerFormat, SpecialTokens)}.
   *
   * @param extra tokens that follow those of a SentencePiece model or a vocab.json; other files
   *     hold their own
   */
  public static Tokenizer load(
      Path fileOrDirectory,
      TokenizerFormat preferred,
      SpecialTokens special,
      List<ExtraToken> extra) {
    Path file = find(fileOrDirectory, preferred);
    if (!Files.exists(file)) {
      throw new ModelLoadException(
          file,
          "tokenizer",
          Downloads.whyMissing(file),
          "name a tokenizer.model, tokenizer.json, qwen.tiktoken or vocab.json with"
              + " tokenizer(path) or --tokenizer PATH;"
              + " CogVLM v1 and CogAgent use the tokenizer.model of Vicuna 7B v1.5");
    }
    Downloads.check(file);
    try {
      return switch (TokenizerFormat.of(file)) {
        case SENTENCE_PIECE -> SentencePieceTokenizer.load(file, extra);
        case BYTE_LEVEL -> ByteLevelTokenizer.load(file, special);
        case UNIGRAM -> UnigramTokenizer.load(file, special);
        case TIKTOKEN -> ByteLevelTokenizer.loadTiktoken(file, special);
        case GPT2 -> ByteLevelTokenizer.loadGpt2(file, special, extra);
      };
    } catch (IOException e) {
      throw new ModelLoadException(
          file, "tokenizer", "cannot be read (" + e + ")", "check that it is a readable file", e);
    }
  }

  /** A file itself; in a directory the preferred file, or another one if only that exists. */
  public static Path find(Path fileOrDirectory, TokenizerFormat preferred) {
    if (!Files.isDirectory(fileOrDirectory)) {
      return fileOrDirectory;
    }
    Path usual = fileOrDirectory.resolve(preferred.fileName());
    return Stream.of(TokenizerFormat.values())
        .map(format -> fileOrDirectory.resolve(format.fileName()))
        .filter(file -> Files.exists(file) && !Files.exists(usual))
        .findFirst()
        .orElse(usual);
  }
}
