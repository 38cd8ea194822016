package io.fovea.text;

import java.util.HexFormat;
import java.util.Optional;

/** Ids of the 256 pieces that spell single bytes: {@code <0x00>} to {@code <0xFF>}. */
final class BytePieces {
  static final int COUNT = 256;

  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final int[] ids;

  private BytePieces(int[] ids) {
    this.ids = ids;
  }

  /** Finds all of them; empty if one is missing. */
  static Optional<BytePieces> of(PieceTable pieces, PieceIndex index) {
    int[] ids = new int[COUNT];
    for (int value = 0; value < COUNT; value++) {
      ids[value] = index.find(name(value));
      if (ids[value] == PieceIndex.ABSENT || pieces.kind(ids[value]) != PieceTable.Kind.BYTE) {
        return Optional.empty();
      }
    }
    return Optional.of(new BytePieces(ids));
  }

  int id(byte value) {
    return ids[value & 0xFF];
  }

  /** The name of the piece for a byte 0..255. */
  static String name(int value) {
    return "<0x" + HEX.toHexDigits((byte) value) + ">";
  }

  /** The byte that the piece of this name stands for. */
  static byte value(String name) {
    return (byte) HexFormat.fromHexDigits(name, 3, 5);
  }
}
