package io.fovea.tools.synthetic;

import io.fovea.tools.gguf.SentencePieceFile;
import io.fovea.tools.gguf.SentencePieceFile.Bytes;
import io.fovea.tools.gguf.SentencePieceFile.Ids;
import io.fovea.tools.gguf.SentencePieceFile.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A tokenizer.model of Llama's kind: three tokens with a role, all bytes, made-up words. */
final class SentencePieceVocabulary {
  private static final List<String> ROLES = List.of("<s>", "</s>");

  private SentencePieceVocabulary() {}

  /**
   * @throws io.fovea.InvalidRequestException where there is no room for all bytes
   */
  static byte[] of(long vocabulary) {
    MadeUpWords.requireRoom(vocabulary, vocabulary - 1 - ROLES.size(), MadeUpWords.BYTES, "bytes");
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece("<unk>", 0, SentencePieceFile.UNKNOWN));
    ROLES.forEach(role -> pieces.add(new Piece(role, 0, SentencePieceFile.CONTROL)));
    for (int i = 0; i < MadeUpWords.BYTES; i++) {
      String text = String.format(Locale.ROOT, "<0x%02X>", i);
      pieces.add(new Piece(text, 0, SentencePieceFile.BYTE));
    }
    while (pieces.size() < vocabulary) {
      int id = pieces.size();
      pieces.add(new Piece("\u2581" + MadeUpWords.word(id), -id, SentencePieceFile.NORMAL));
    }
    return new SentencePieceFile(pieces, Bytes.NONE, true, false, new Ids(0, 1, 2, -1)).toBytes();
  }
}
