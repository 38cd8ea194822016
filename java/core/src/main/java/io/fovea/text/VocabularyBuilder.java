package io.fovea.text;

import io.fovea.text.PieceTable.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts the tokens of a byte-level vocabulary together by id and proves that they are one: ids 0, 1,
 * 2 and so on, every byte among them, and merges of tokens into tokens.
 */
final class VocabularyBuilder {
  static final int MAX_TOKENS = 1 << 20; // the largest published vocabularies have 2^18

  private final VocabularySource source;
  private final Map<String, Integer> vocabulary;
  private final Map<String, Integer> added = new HashMap<>();
  private final List<AddedToken> addedTokens = new ArrayList<>();

  /**
   * @param vocabulary ids of the model's tokens, spelt in the {@link ByteAlphabet}
   */
  VocabularyBuilder(VocabularySource source, Map<String, Integer> vocabulary) {
    this.source = source;
    this.vocabulary = vocabulary;
  }

  void add(AddedToken token) {
    Integer id = vocabulary.get(token.text());
    if (id != null && id != token.id()) {
      throw source.badToken(
          token.field() + ".id", "is " + token.id() + ", in " + source.tokens() + " it is " + id);
    }
    if (added.put(token.text(), token.id()) != null) {
      throw source.badToken(token.field() + ".content", "repeats '" + token.text() + "'");
    }
    addedTokens.add(token);
  }

  /**
   * The vocabulary.
   *
   * @param merges left and right halves in turn
   * @param ignoreMerges whether a word that is a token is that token, merges or not
   * @param found whether added tokens are found in text
   */
  ByteLevelModel build(
      List<String> merges, boolean ignoreMerges, WordSplitter splitter, boolean found) {
    PieceTable pieces = pieces();
    PieceIndex index = new PieceIndex(pieces);
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.kind(id) == Kind.NORMAL) {
        index.add(id); // bytes are as different as the spellings are
      }
    }
    return new ByteLevelModel(
        pieces,
        index,
        byteIds(index),
        Optional.of(merges(merges, pieces)),
        ignoreMerges,
        splitter,
        Map.copyOf(added),
        found ? List.of(finder(false), finder(true)) : List.of(),
        false);
  }

  private PieceTable pieces() {
    String[] spellings = new String[tokens()];
    vocabulary.forEach((text, id) -> place(source.tokens(), text, id, spellings));
    Kind[] kinds = new Kind[spellings.length];
    Arrays.fill(kinds, Kind.NORMAL);
    for (AddedToken token : addedTokens) {
      if (!vocabulary.containsKey(token.text())) {
        place(token.field(), token.text(), token.id(), spellings);
        kinds[token.id()] = Kind.USER_DEFINED;
      }
      if (token.special()) {
        kinds[token.id()] = Kind.CONTROL;
      }
    }
    ByteAppender bytes = new ByteAppender(1 << 16);
    int[] ends = new int[spellings.length];
    for (int id = 0; id < ends.length; id++) {
      bytes.append(bytes(spellings[id], kinds[id]));
      ends[id] = bytes.length();
    }
    PieceTable pieces = new PieceTable(bytes.toArray());
    for (int id = 0; id < ends.length; id++) {
      pieces.add(id == 0 ? 0 : ends[id - 1], ends[id], 0, kinds[id]);
    }
    return pieces;
  }

  private int tokens() {
    long beyond = added.keySet().stream().filter(text -> !vocabulary.containsKey(text)).count();
    long tokens = vocabulary.size() + beyond;
    if (tokens > MAX_TOKENS) {
      throw source.badTokens("has " + tokens + " tokens, at most " + MAX_TOKENS + " allowed");
    }
    return (int) tokens;
  }

  /** As many different ids below their number as there are tokens leave no id free. */
  private void place(String field, String text, int id, @Nullable String[] spellings) {
    if (id < 0 || id >= spellings.length) {
      throw source.badToken(field, "gives '" + text + "' the id " + id + " of " + spellings.length);
    }
    if (spellings[id] != null) {
      throw source.badToken(
          field, "gives the id " + id + " to '" + spellings[id] + "' and '" + text + "'");
    }
    spellings[id] = text;
  }

  private byte[] bytes(String spelling, Kind kind) {
    if (kind != Kind.NORMAL) {
      return Utf8.encode(spelling);
    }
    if (spelling.isEmpty() || !ByteAlphabet.canRead(spelling)) {
      throw source.badTokens("token '" + spelling + "' is not spelt in the byte-level alphabet");
    }
    return ByteAlphabet.read(spelling);
  }

  private int[] byteIds(PieceIndex index) {
    int[] ids = new int[256];
    for (int value = 0; value < ids.length; value++) {
      byte[] single = {(byte) value};
      ids[value] = index.find(single, 0, 1);
      if (ids[value] == PieceIndex.ABSENT) {
        String spelling = ByteAlphabet.spell(single, 0, 1);
        throw source.badTokens("has no token '" + spelling + "' for the byte " + value);
      }
    }
    return ids;
  }

  private MergeTable merges(List<String> halves, PieceTable pieces) {
    MergeTable merges = new MergeTable(halves.size() / 2);
    for (int rank = 0; rank < halves.size() / 2; rank++) {
      String left = halves.get(2 * rank);
      String right = halves.get(2 * rank + 1);
      merges.put(
          mergeable(left, rank, pieces),
          mergeable(right, rank, pieces),
          rank,
          mergeable(left + right, rank, pieces));
    }
    return merges;
  }

  private int mergeable(String token, int rank, PieceTable pieces) {
    Integer id = vocabulary.get(token);
    if (id == null || pieces.kind(id) == Kind.CONTROL) {
      String fault = id == null ? "not in " + source.tokens() : "special";
      throw source.badMerge(rank, "needs '" + token + "', which is " + fault);
    }
    return id;
  }

  private AddedTokenFinder finder(boolean normalized) {
    return AddedTokenFinder.of(
        addedTokens.stream().filter(token -> token.normalized() == normalized).toList());
  }
}
