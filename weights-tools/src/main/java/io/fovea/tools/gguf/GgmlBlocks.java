package io.fovea.tools.gguf;

import io.fovea.tools.source.ElementType;
import java.nio.ByteBuffer;

/**
 * Values of ggml's block types as f32. Every formula rounds where ggml's own code does (each
 * product and each sum to f32), so that the values are the same to the bit. Layouts are those of
 * ggml-common.h; numbers of several bytes are little-endian, scales are IEEE binary16.
 */
final class GgmlBlocks {
  private GgmlBlocks() {}

  /**
   * Widens {@code blocks} blocks from the start of {@code in} into {@code out[at..]}.
   *
   * @param in little-endian
   */
  static void dequantise(GgmlType type, ByteBuffer in, int blocks, float[] out, int at) {
    switch (type) {
      case F32 -> ElementType.F32.widen(in, out, at, blocks);
      case F16 -> ElementType.F16.widen(in, out, at, blocks);
      case BF16 -> ElementType.BF16.widen(in, out, at, blocks);
      default -> {
        for (int i = 0; i < blocks; i++) {
          block(type, in, i * type.blockBytes(), out, at + i * type.blockElements());
        }
      }
    }
  }

  private static void block(GgmlType type, ByteBuffer in, int from, float[] out, int at) {
    switch (type) {
      case Q4_0 -> q4(in, half(in, from), from + 2, out, at);
      case Q4_1 -> q41(in, from, out, at);
      case Q5_0 -> q50(in, from, out, at);
      case Q5_1 -> q51(in, from, out, at);
      case Q8_0 -> q80(in, from, out, at);
      case Q4_K -> q4k(in, from, out, at);
      case Q5_K -> q5k(in, from, out, at);
      case Q6_K -> q6k(in, from, out, at);
      default -> throw new IllegalArgumentException(type + " has no blocks that are read");
    }
  }

  private static float half(ByteBuffer in, int at) {
    return ElementType.half(in.getShort(at));
  }

  /** Low and high nibble of byte i are elements i and i + 16. */
  private static int nibble(ByteBuffer in, int from, int i) {
    int both = in.get(from + (i & 15));
    return (i < 16 ? both : both >> 4) & 15;
  }

  /** 4 bits q: d (q - 8). */
  private static void q4(ByteBuffer in, float d, int from, float[] out, int at) {
    for (int i = 0; i < 32; i++) {
      out[at + i] = d * (nibble(in, from, i) - 8);
    }
  }

  /** 4 bits q: d q + m. */
  private static void q41(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from);
    float m = half(in, from + 2);
    for (int i = 0; i < 32; i++) {
      out[at + i] = d * nibble(in, from + 4, i) + m;
    }
  }

  /** 4 bits and, as bit i of a word before them, a fifth: d (q - 16). */
  private static void q50(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from);
    int high = in.getInt(from + 2);
    for (int i = 0; i < 32; i++) {
      out[at + i] = d * ((nibble(in, from + 6, i) | (high >>> i & 1) << 4) - 16);
    }
  }

  /** As Q5_0, with a minimum: d q + m. */
  private static void q51(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from);
    float m = half(in, from + 2);
    int high = in.getInt(from + 4);
    for (int i = 0; i < 32; i++) {
      out[at + i] = d * (nibble(in, from + 8, i) | (high >>> i & 1) << 4) + m;
    }
  }

  /** 8 signed bits: d q. */
  private static void q80(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from);
    for (int i = 0; i < 32; i++) {
      out[at + i] = d * in.get(from + 2 + i);
    }
  }

  /**
   * Scale of the {@code group}th 32 elements of a Q4_K or Q5_K block: 6 bits. Of 12 bytes, the
   * first four hold the scales 0 to 3 in their low bits, the next four the minima 0 to 3; scale and
   * minimum 4 to 7 have their low 4 bits in the last four, their high 2 above those before.
   */
  private static int groupScale(ByteBuffer in, int from, int group) {
    return group < 4
        ? in.get(from + group) & 63
        : (in.get(from + 4 + group) & 15) | (in.get(from + group - 4) & 0xc0) >> 2;
  }

  /** Minimum of a group, packed as {@link #groupScale} says. */
  private static int groupMinimum(ByteBuffer in, int from, int group) {
    return group < 4
        ? in.get(from + 4 + group) & 63
        : (in.get(from + 4 + group) & 0xf0) >> 4 | (in.get(from + group) & 0xc0) >> 2;
  }

  /**
   * d, dmin, 12 bytes of scales and minima, 128 bytes of nibbles: 32 bytes hold the low nibbles of
   * one group and the high ones of the next. Value: (d scale) q - (dmin minimum).
   */
  private static void q4k(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from);
    float dmin = half(in, from + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * groupScale(in, from + 4, group);
      float minimum = dmin * groupMinimum(in, from + 4, group);
      int nibbles = from + 16 + group / 2 * 32;
      int shift = group % 2 * 4;
      for (int i = 0; i < 32; i++) {
        out[at + group * 32 + i] = scale * (in.get(nibbles + i) >> shift & 15) - minimum;
      }
    }
  }

  /** As Q4_K; bit {@code group} of 32 bytes before the nibbles is the fifth bit. */
  private static void q5k(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from);
    float dmin = half(in, from + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * groupScale(in, from + 4, group);
      float minimum = dmin * groupMinimum(in, from + 4, group);
      int nibbles = from + 48 + group / 2 * 32;
      int shift = group % 2 * 4;
      for (int i = 0; i < 32; i++) {
        int high = (in.get(from + 16 + i) >> group & 1) << 4;
        int q = (in.get(nibbles + i) >> shift & 15) | high;
        out[at + group * 32 + i] = scale * q - minimum;
      }
    }
  }

  /**
   * 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales for 16 elements each, d. In
   * each half of 128 elements, four runs of 32 take the low nibbles of bytes 0 to 31 and 32 to 63,
   * then the high ones, and the bit pairs 0 to 3 of 32 bytes. Value: (d scale) (q - 32).
   */
  private static void q6k(ByteBuffer in, int from, float[] out, int at) {
    float d = half(in, from + 208);
    for (int i = 0; i < 256; i++) {
      int part = i / 128;
      int run = i % 128 / 32;
      int low = in.get(from + part * 64 + run % 2 * 32 + i % 32) >> (run / 2 * 4) & 15;
      int high = in.get(from + 128 + part * 32 + i % 32) >> (2 * run) & 3;
      float scale = d * in.get(from + 192 + i / 16);
      out[at + i] = scale * ((low | high << 4) - 32);
    }
  }
}
