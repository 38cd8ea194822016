package io.fovea.tools.synthetic;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A {@code qwen.tiktoken}: all bytes, then made-up words. The tokens with a role follow the ranks
 * and are in no file; a few rows of the embedding after them belong to none, as in the published
 * model.
 */
final class RankVocabulary {
  private static final int ROLES = 208;
  private static final int MARKUP = 9;

  /** Place of {@code <img>} among the markup. */
  private static final int IMAGE = 6;

  private static final int ROWS_FOR_A_SPARE_ONE = 2_000;

  private RankVocabulary() {}

  /** Tokens of the file. */
  static long ranks(long vocabulary) {
    return vocabulary - ROLES - MARKUP - spareRows(vocabulary);
  }

  private static long spareRows(long vocabulary) {
    return (vocabulary + ROWS_FOR_A_SPARE_ONE - 1) / ROWS_FOR_A_SPARE_ONE;
  }

  /** Id of the token before a picture. */
  static long imageStart(long vocabulary) {
    return ranks(vocabulary) + ROLES + IMAGE;
  }

  /**
   * @throws io.fovea.InvalidRequestException where there is no room for all bytes
   */
  static byte[] of(long vocabulary) {
    MadeUpWords.requireRoom(vocabulary, ranks(vocabulary), MadeUpWords.BYTES, "bytes");
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    for (int rank = 0; rank < ranks(vocabulary); rank++) {
      byte[] token =
          rank < MadeUpWords.BYTES
              ? new byte[] {(byte) rank}
              : (" " + MadeUpWords.word(rank)).getBytes(StandardCharsets.UTF_8);
      String line = Base64.getEncoder().encodeToString(token) + " " + rank + "\n";
      file.writeBytes(line.getBytes(StandardCharsets.UTF_8));
    }
    return file.toByteArray();
  }
}
