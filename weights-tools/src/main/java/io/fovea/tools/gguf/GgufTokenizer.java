package io.fovea.tools.gguf;

import io.fovea.text.SentencePieceTokenizer;
import io.fovea.tools.gguf.SentencePieceFile.Bytes;
import io.fovea.tools.gguf.SentencePieceFile.Ids;
import io.fovea.tools.gguf.SentencePieceFile.Piece;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Makes a {@code tokenizer.model} of the vocabulary that a GGUF file carries. */
final class GgufTokenizer {
  private GgufTokenizer() {}

  /** How llama.cpp's converter fills a vocabulary up to the rows of the embedding. */
  static Piece filler(int id) {
    return new Piece("[PAD" + id + "]", -1000, SentencePieceFile.UNUSED);
  }

  /**
   * The tokenizer of the model.
   *
   * @throws io.fovea.ModelLoadException where it is missing, incomplete or no SentencePiece model
   */
  static SentencePieceFile read(GgufMetadata metadata) {
    String kind = metadata.text(GgufKeys.TOKENIZER);
    if (!kind.equals("llama")) {
      throw metadata.bad(GgufKeys.TOKENIZER, "is '" + kind + "', CogVLM's is 'llama'");
    }
    List<Piece> pieces = pieces(metadata);
    Ids ids =
        new Ids(
            id(metadata, pieces, GgufKeys.UNKNOWN, 0),
            id(metadata, pieces, GgufKeys.BOS, 1),
            id(metadata, pieces, GgufKeys.EOS, 2),
            metadata.has(GgufKeys.PADDING) ? id(metadata, pieces, GgufKeys.PADDING, 0) : -1);
    SentencePieceFile file =
        new SentencePieceFile(
            pieces,
            characterMap(metadata),
            metadata.flag(GgufKeys.SPACE_PREFIX, true),
            metadata.flag(GgufKeys.EXTRA_SPACES, false),
            ids);
    SentencePieceTokenizer.parse(metadata.file(), file.toBytes()); // refuses what does not work
    return file;
  }

  private static int id(GgufMetadata metadata, List<Piece> pieces, String key, int otherwise) {
    int id = metadata.count(key, otherwise);
    if (id >= pieces.size()) {
      throw metadata.bad(key, id + " is beyond the " + pieces.size() + " tokens");
    }
    return id;
  }

  private static List<Piece> pieces(GgufMetadata metadata) {
    List<String> tokens = metadata.texts(GgufKeys.TOKENS);
    float[] scores = metadata.reals(GgufKeys.SCORES);
    long[] types = metadata.integers(GgufKeys.TOKEN_TYPES);
    if (scores.length != tokens.size() || types.length != tokens.size()) {
      throw metadata.bad(
          GgufKeys.TOKENS,
          "%d tokens have %d scores and %d types"
              .formatted(tokens.size(), scores.length, types.length));
    }
    int used = tokens.size();
    while (used > 0 && tokens.get(used - 1).equals(filler(used - 1).text())) {
      used--;
    }
    List<Piece> pieces = new ArrayList<>();
    for (int id = 0; id < used; id++) {
      pieces.add(new Piece(tokens.get(id), scores[id], (int) types[id]));
    }
    return List.copyOf(pieces);
  }

  private static Bytes characterMap(GgufMetadata metadata) {
    if (!metadata.has(GgufKeys.CHARACTER_MAP)) {
      return Bytes.NONE;
    }
    long[] values = metadata.integers(GgufKeys.CHARACTER_MAP);
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (long value : values) {
      bytes.put((byte) value);
    }
    return new Bytes(bytes.flip());
  }
}
