package io.fovea.text;

import io.fovea.ModelLoadException;
import io.fovea.text.PieceTable.Kind;
import io.fovea.text.UnigramModel.Words;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Puts the tokens of a {@code tokenizer.json} with a unigram vocabulary together by id: pieces have
 * their places in the list, added tokens that are none follow without a gap.
 */
final class UnigramBuilder {
  private final Path file;
  private final List<String> pieces;
  private final double[] scores;
  private final int unknown;
  private final Map<String, Integer> ids = new HashMap<>();

  /**
   * @param scores of the pieces; there may be more of them
   */
  UnigramBuilder(Path file, List<String> pieces, double[] scores, int unknown) {
    this.file = file;
    this.pieces = pieces;
    this.scores = scores;
    this.unknown = unknown;
    for (int id = 0; id < pieces.size(); id++) {
      ids.put(pieces.get(id), id); // of a repeated piece the last counts
    }
  }

  UnigramModel build(List<AddedToken> added, List<UnaryOperator<String>> normalizer, Words words) {
    @Nullable String[] texts = texts(added);
    List<AddedToken> raw = added.stream().filter(token -> !token.normalized()).toList();
    List<AddedToken> late = added.stream().filter(AddedToken::normalized).toList();
    List<String> spelt = late.stream().map(token -> spelt(token, normalizer)).toList();
    for (int i = 0; i < late.size(); i++) {
      texts[late.get(i).id()] = spelt.get(i); // the library decodes it so
    }
    PieceTable table = table(texts, added);
    return new UnigramModel(
        table,
        Map.copyOf(ids),
        pieces(table),
        unknown,
        AddedTokenFinder.of(raw),
        normalizer,
        new AddedTokenFinder(late, spelt),
        words);
  }

  /** What a token looks like in normalised text. */
  private String spelt(AddedToken token, List<UnaryOperator<String>> normalizer) {
    String text = token.text();
    for (UnaryOperator<String> step : normalizer) {
      text = step.apply(text);
    }
    if (text.isEmpty()) {
      throw fail(token.field() + ".content", "is normalised to nothing");
    }
    return text;
  }

  private PieceTable table(@Nullable String[] texts, List<AddedToken> added) {
    Kind[] kinds = new Kind[texts.length];
    Arrays.fill(kinds, Kind.NORMAL);
    kinds[unknown] = Kind.UNKNOWN;
    for (AddedToken token : added) {
      if (token.special()) {
        kinds[token.id()] = Kind.CONTROL;
      } else if (token.id() >= pieces.size()) {
        kinds[token.id()] = Kind.USER_DEFINED;
      }
    }
    ByteAppender bytes = new ByteAppender(1 << 16);
    int[] ends = new int[texts.length];
    for (int id = 0; id < ends.length; id++) {
      bytes.append(Utf8.encode(Objects.requireNonNull(texts[id])));
      ends[id] = bytes.length();
    }
    PieceTable table = new PieceTable(bytes.toArray());
    for (int id = 0; id < ends.length; id++) {
      float score = id < pieces.size() ? (float) scores[id] : 0;
      table.add(id == 0 ? 0 : ends[id - 1], ends[id], score, kinds[id]);
    }
    return table;
  }

  /** As many different ids below their number as there are tokens leave no id free. */
  private @Nullable String[] texts(List<AddedToken> added) {
    Set<String> beyond = new HashSet<>();
    Set<String> all = new HashSet<>();
    for (AddedToken token : added) {
      Integer id = ids.get(token.text());
      if (id != null && id != token.id()) {
        throw fail(token.field() + ".id", "is " + token.id() + ", in model.vocab it is " + id);
      }
      if (!all.add(token.text())) {
        throw fail(token.field() + ".content", "repeats '" + token.text() + "'");
      }
      if (id == null) {
        beyond.add(token.text());
      }
    }
    int count = pieces.size() + beyond.size();
    if (count > VocabularyBuilder.MAX_TOKENS) {
      throw fail("added_tokens", "make " + count + " tokens of the vocabulary");
    }
    @Nullable String[] texts = Arrays.copyOf(pieces.toArray(new String[0]), count);
    for (AddedToken token : added) {
      if (beyond.contains(token.text())) {
        place(token, texts);
      }
    }
    return texts;
  }

  private void place(AddedToken token, @Nullable String[] texts) {
    int id = token.id();
    if (id < pieces.size() || id >= texts.length || texts[id] != null) {
      throw fail(
          token.field() + ".id",
          "is " + id + ", of " + pieces.size() + " pieces and " + texts.length + " tokens");
    }
    texts[id] = token.text();
    ids.put(token.text(), id);
  }

  /** The library's unknown penalty counts from the lowest score of all, tokens with a role too. */
  private UnigramPieces pieces(PieceTable table) {
    PrefixTree tree = new PrefixTree();
    double lowest = Double.POSITIVE_INFINITY;
    for (int id = 0; id < pieces.size(); id++) {
      lowest = Math.min(lowest, scores[id]);
      byte[] piece = Utf8.encode(pieces.get(id));
      if (table.kind(id) == Kind.NORMAL && piece.length > 0) {
        tree.put(piece, 0, piece.length, id);
      }
    }
    double unknownScore = lowest - UnigramPieces.UNKNOWN_PENALTY;
    return new UnigramPieces(tree, Arrays.copyOf(scores, pieces.size()), unknownScore, false);
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(file, field, problem, TokenizerJsonSections.REMEDY);
  }
}
