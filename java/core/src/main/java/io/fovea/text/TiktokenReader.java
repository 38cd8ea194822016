package io.fovea.text;

import io.fovea.ModelLoadException;
import io.fovea.text.AddedToken.Spaces;
import io.fovea.text.PieceTable.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a rank file of the tiktoken library: on each line a token's bytes in base 64, a space and
 * its rank, which is its id. The tokens that follow and the expression that cuts words are those of
 * Qwen, which its files do not tell.
 */
final class TiktokenReader {
  private static final String REMEDY = "use the qwen.tiktoken published with the model";
  private static final int MAX_TOKEN_BYTES = 1_024; // the longest published ones have 128
  private static final int MAX_RANKS = VocabularyBuilder.MAX_TOKENS;
  private static final int EXTRA = 205;

  private static final Pattern LINE = Pattern.compile("(\\S*) ([0-9]{1,9})");

  private static final String EXPRESSION =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String END = "<|endoftext|>";
  private static final String PAD = "<imgpad>";

  /** Tokens with a role; their ids go on after the ranks, and those of the markup after theirs. */
  private static final List<String> SPECIAL =
      Stream.concat(
              Stream.of(END, "<|im_start|>", "<|im_end|>"),
              IntStream.range(0, EXTRA).mapToObj(i -> "<|extra_" + i + "|>"))
          .toList();

  private static final List<String> MARKUP =
      List.of("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<img>", "</img>", PAD);

  private final Path file;

  private TiktokenReader(Path file) {
    this.file = file;
  }

  /**
   * @throws ModelLoadException if the file cannot be read or is damaged
   */
  static ByteLevelModel read(Path file) {
    return parse(file, TokenizerFile.content(file, "qwen.tiktoken", REMEDY));
  }

  /** As {@link #read}, from the content of {@code file}. */
  static ByteLevelModel parse(Path file, byte[] content) {
    TiktokenReader reader = new TiktokenReader(file);
    return reader.model(reader.ranks(content));
  }

  /** A caller's special tokens, with Qwen's where it has none. */
  static SpecialTokens roles(ByteLevelModel model, SpecialTokens given) {
    return given.orElse(SpecialTokens.NONE, model.role(END), model.role(PAD));
  }

  /** The tokens by rank, which the file may have in any order. */
  private byte[][] ranks(byte[] content) {
    List<String> lines = new String(content, StandardCharsets.ISO_8859_1).lines().toList();
    int count = (int) lines.stream().filter(line -> !line.isEmpty()).count();
    if (count > MAX_RANKS) {
      throw fail("file", "has " + count + " tokens, at most " + MAX_RANKS + " allowed");
    }
    byte[][] tokens = new byte[count][];
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty()) {
        place("line " + (i + 1), lines.get(i), tokens);
      }
    }
    return tokens;
  }

  /** As many different ranks below their number as there are tokens leave no rank free. */
  private void place(String field, String line, byte[] @Nullable [] tokens) {
    Matcher parts = LINE.matcher(line);
    if (!parts.matches()) {
      throw fail(field, "is not a token in base 64, a space and a rank");
    }
    int rank = Integer.parseInt(parts.group(2));
    if (rank >= tokens.length || tokens[rank] != null) {
      String problem = rank >= tokens.length ? " of " + tokens.length : " again";
      throw fail(field, "has the rank " + rank + problem);
    }
    tokens[rank] = decode(field, parts.group(1));
  }

  private byte[] decode(String field, String base64) {
    byte[] token;
    try {
      token = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(file, field, "is not base 64: " + e.getMessage(), REMEDY, e);
    }
    if (token.length == 0 || token.length > MAX_TOKEN_BYTES) {
      throw fail(
          field, "has a token of " + token.length + " bytes, 1 to " + MAX_TOKEN_BYTES + " allowed");
    }
    return token;
  }

  private ByteLevelModel model(byte[][] ranks) {
    List<AddedToken> added = added(ranks.length);
    PieceTable pieces = pieces(ranks, added);
    PieceIndex index = new PieceIndex(pieces);
    for (int id = 0; id < ranks.length; id++) {
      if (!index.add(id)) {
        throw fail("rank " + id, "repeats a token");
      }
    }
    return new ByteLevelModel(
        pieces,
        index,
        byteIds(index),
        Optional.empty(),
        true,
        new WordSplitter(List.of(SplitExpression.compile(EXPRESSION))),
        added.stream().collect(Collectors.toUnmodifiableMap(AddedToken::text, AddedToken::id)),
        List.of(AddedTokenFinder.of(added)),
        true);
  }

  private static List<AddedToken> added(int firstId) {
    List<AddedToken> tokens = new ArrayList<>();
    for (List<String> texts : List.of(SPECIAL, MARKUP)) {
      for (String text : texts) {
        int id = firstId + tokens.size();
        boolean special = texts == SPECIAL;
        tokens.add(new AddedToken(text, id, text, special, false, Spaces.FREE));
      }
    }
    return tokens;
  }

  private static PieceTable pieces(byte[][] ranks, List<AddedToken> added) {
    ByteAppender bytes = new ByteAppender(1 << 16);
    int[] ends = new int[ranks.length + added.size()];
    for (int id = 0; id < ends.length; id++) {
      boolean rank = id < ranks.length;
      bytes.append(rank ? ranks[id] : Utf8.encode(added.get(id - ranks.length).text()));
      ends[id] = bytes.length();
    }
    PieceTable pieces = new PieceTable(bytes.toArray());
    for (int id = 0; id < ends.length; id++) {
      Kind kind = Kind.NORMAL;
      if (id >= ranks.length) {
        kind = added.get(id - ranks.length).special() ? Kind.CONTROL : Kind.USER_DEFINED;
      }
      pieces.add(id == 0 ? 0 : ends[id - 1], ends[id], 0, kind);
    }
    return pieces;
  }

  private int[] byteIds(PieceIndex index) {
    int[] ids = new int[256];
    for (int value = 0; value < ids.length; value++) {
      ids[value] = index.find(new byte[] {(byte) value}, 0, 1);
      if (ids[value] == PieceIndex.ABSENT) {
        throw fail("file", "has no token for the byte " + value);
      }
    }
    return ids;
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(file, field, problem, REMEDY);
  }
}
