package io.fovea.text;

import io.fovea.ModelLoadException;
import java.nio.file.Path;
import java.util.function.IntFunction;

/**
 * Where a byte-level byte-pair vocabulary was read, for what is said of a faulty one.
 *
 * @param tokenFile has the tokens and their ids
 * @param tokens what of it has them
 * @param mergeFile has the merges
 * @param merge what of it has the merge with a rank
 * @param remedy what to do about a fault
 */
record VocabularySource(
    Path tokenFile, String tokens, Path mergeFile, IntFunction<String> merge, String remedy) {
  static VocabularySource tokenizerJson(Path file) {
    return new VocabularySource(
        file,
        "model.vocab",
        file,
        rank -> "model.merges[" + rank + "]",
        TokenizerJsonSections.REMEDY);
  }

  ModelLoadException badTokens(String problem) {
    return badToken(tokens, problem);
  }

  /**
   * @param field which token is meant
   */
  ModelLoadException badToken(String field, String problem) {
    return new ModelLoadException(tokenFile, field, problem, remedy);
  }

  ModelLoadException badMerge(int rank, String problem) {
    return new ModelLoadException(mergeFile, merge.apply(rank), problem, remedy);
  }
}
