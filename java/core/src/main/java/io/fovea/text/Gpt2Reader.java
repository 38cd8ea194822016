package io.fovea.text;

import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import io.fovea.text.AddedToken.Spaces;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads a byte-level byte-pair vocabulary in the two files of GPT-2, as BART and OFA have them:
 * {@code vocab.json}, an object of tokens and their ids, and {@code merges.txt}, a merge on each
 * line, the one to be made first on top. In text, what looks like a token with a role is text.
 *
 * <p>Tokens beyond the vocabulary follow it in number; what ids lie between are OFA's codes of
 * pictures, {@code <code_0>} and so on.
 */
final class Gpt2Reader {
  static final String VOCABULARY = "vocab.json";
  static final String MERGES = "merges.txt";
  static final String REMEDY = "use the vocab.json and merges.txt published with the model";

  private static final String BEGIN = "<s>";
  private static final String END = "</s>";
  private static final String PAD = "<pad>";

  /** Tokens of the vocabulary that are no text. */
  private static final List<String> ROLES = List.of(BEGIN, PAD, END, "<unk>", "<mask>");

  private final Path mergeFile;
  private final List<String> merges = new ArrayList<>(); // left and right halves in turn
  private final List<Integer> lines = new ArrayList<>(); // of the merges, counted from 1
  private final VocabularySource source;

  private Gpt2Reader(Path file) {
    mergeFile = file.resolveSibling(MERGES);
    source =
        new VocabularySource(
            file, "vocabulary", mergeFile, rank -> "line " + lines.get(rank), REMEDY);
  }

  /**
   * @param file the {@code vocab.json}; {@code merges.txt} is beside it
   * @param extra tokens that follow the vocabulary
   * @throws ModelLoadException if a file cannot be read or is damaged
   */
  static ByteLevelModel read(Path file, List<ExtraToken> extra) {
    Path mergeFile = file.resolveSibling(MERGES);
    if (!Files.exists(mergeFile)) {
      throw new ModelLoadException(
          mergeFile,
          "file",
          Downloads.whyMissing(mergeFile),
          "put the merges.txt published with the model beside its vocab.json");
    }
    Downloads.check(mergeFile);
    return parse(
        file,
        TokenizerFile.content(file, VOCABULARY, REMEDY),
        TokenizerFile.content(mergeFile, MERGES, REMEDY),
        extra);
  }

  /** As {@link #read}, from the content of the two files. */
  static ByteLevelModel parse(Path file, byte[] vocabulary, byte[] merges, List<ExtraToken> extra) {
    Gpt2Reader reader = new Gpt2Reader(file);
    Map<String, Integer> ids =
        TokenizerJson.read(file, vocabulary, REMEDY, json -> TokenIds.read(json, reader.source));
    reader.readMerges(merges);
    return reader.model(ids, extra);
  }

  /** A caller's special tokens, with BART's where it has none. */
  static SpecialTokens roles(ByteLevelModel model, SpecialTokens given) {
    return given.orElse(model.role(BEGIN), model.role(END), model.role(PAD));
  }

  private void readMerges(byte[] content) {
    if (!Utf8.isWellFormed(content, 0, content.length)) {
      throw fail("file", "is not UTF-8");
    }
    int number = 0;
    for (String line : (Iterable<String>) Utf8.decode(content).lines()::iterator) {
      number++;
      if (!line.isEmpty() && !(number == 1 && line.startsWith("#version"))) {
        readMerge(number, line);
      }
    }
    if (merges.isEmpty()) {
      throw fail("file", "has no merges");
    }
  }

  private void readMerge(int number, String line) {
    int space = line.indexOf(' ');
    if (space < 1 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
      throw fail("line " + number, "is not two tokens and a space between them");
    }
    if (lines.size() == TokenizerJsonReader.MAX_MERGES) {
      throw fail("file", "has more than " + TokenizerJsonReader.MAX_MERGES + " merges");
    }
    merges.add(line.substring(0, space));
    merges.add(line.substring(space + 1));
    lines.add(number);
  }

  private ByteLevelModel model(Map<String, Integer> ids, List<ExtraToken> extra) {
    VocabularyBuilder builder = new VocabularyBuilder(source, ids);
    tokens(ids, extra)
        .distinct() // files beside the vocabulary may name its tokens again
        .map(each -> token(each.id(), each.text(), each.special()))
        .forEach(builder::add);
    WordSplitter splitter = new WordSplitter(List.of(SplitExpression.GPT2));
    return builder.build(merges, false, splitter, false);
  }

  /** All that are not words: those with a role, codes, and what follows. */
  private Stream<ExtraToken> tokens(Map<String, Integer> ids, List<ExtraToken> extra) {
    int end = ids.size();
    Stream<ExtraToken> codes =
        IntStream.range(end, firstBeyond(end, extra))
            .mapToObj(id -> new ExtraToken(id, "<code_" + (id - end) + ">", false));
    Stream<ExtraToken> given =
        extra.stream()
            .map(each -> ROLES.contains(each.text()) ? role(each.id(), each.text()) : each);
    return Stream.of(ROLES.stream().map(text -> role(ids, text)), codes, given)
        .flatMap(Function.identity());
  }

  private ExtraToken role(Map<String, Integer> ids, String text) {
    Integer id = ids.get(text);
    if (id == null) {
      throw source.badTokens("has no token '" + text + "'");
    }
    return role(id, text);
  }

  private static ExtraToken role(int id, String text) {
    return new ExtraToken(id, text, true);
  }

  /** Where the tokens begin that lie beyond the vocabulary; its end if none does. */
  private int firstBeyond(int end, List<ExtraToken> extra) {
    int first = extra.stream().mapToInt(ExtraToken::id).filter(id -> id >= end).min().orElse(end);
    if (first >= VocabularyBuilder.MAX_TOKENS) {
      throw source.badTokens(
          "is followed by the id "
              + first
              + ", below "
              + VocabularyBuilder.MAX_TOKENS
              + " allowed");
    }
    return first;
  }

  private static AddedToken token(int id, String text, boolean special) {
    return new AddedToken("token '" + text + "'", id, text, special, false, Spaces.FREE);
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(mergeFile, field, problem, REMEDY);
  }
}
