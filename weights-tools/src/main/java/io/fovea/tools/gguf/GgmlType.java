package io.fovea.tools.gguf;

import java.util.Arrays;
import java.util.Optional;

/**
 * The types that tensors of GGUF files have, by the format's numbers. Values of quantised types lie
 * in blocks of consecutive elements of a row.
 */
enum GgmlType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9),
  Q2_K(10),
  Q3_K(11),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15),
  IQ2_XXS(16),
  IQ2_XS(17),
  IQ3_XXS(18),
  IQ1_S(19),
  IQ4_NL(20),
  IQ3_S(21),
  IQ2_S(22),
  IQ4_XS(23),
  I8(24),
  I16(25),
  I32(26),
  I64(27),
  F64(28),
  IQ1_M(29),
  BF16(30, 1, 2),
  TQ1_0(34),
  TQ2_0(35),
  MXFP4(39);

  private final int number;
  private final int blockElements;
  private final int blockBytes;

  /** A type that is known by name but not read. */
  GgmlType(int number) {
    this(number, 0, 0);
  }

  GgmlType(int number, int blockElements, int blockBytes) {
    this.number = number;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  static Optional<GgmlType> of(int number) {
    return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
  }

  /** Its number in files. */
  int number() {
    return number;
  }

  /** Whether its values can be read. */
  boolean isReadable() {
    return blockBytes > 0;
  }

  /** Elements of a block; 1 for plain types. */
  int blockElements() {
    return blockElements;
  }

  /** Bytes of a block. */
  int blockBytes() {
    return blockBytes;
  }
}
