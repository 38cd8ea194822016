package io.fovea.tools.zoo;

import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.numbers.Float16;
import io.fovea.tools.source.ElementType;
import io.fovea.tools.zoo.Draft.Values;
import java.util.List;
import java.util.Random;

/**
 * Weights quantised as GPTQ and AWQ do, and packed by their own rules: written from the layouts,
 * not from the reader, and dequantised from the codes before they are packed, in f64.
 *
 * @param bits of a code
 * @param group inputs that share a scale
 * @param symmetric whether the code for zero is the middle one
 * @param reordered whether the groups are those of inputs in another order ("act order")
 * @param storedZero what is added to the code for zero when it is stored
 */
record Packed(int bits, int group, boolean symmetric, boolean reordered, int storedZero) {
  private static final int[] AWQ_ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

  static Packed gptq(int bits, int group) {
    return new Packed(bits, group, true, false, -1);
  }

  static Packed awq(int group) {
    return new Packed(4, group, false, false, 0);
  }

  Packed asymmetric() {
    return new Packed(bits, group, false, reordered, storedZero);
  }

  Packed inAnotherOrder() {
    return new Packed(bits, group, symmetric, true, storedZero);
  }

  Packed version2() {
    return new Packed(bits, group, symmetric, reordered, 0);
  }

  /** Codes [N][K], their zeros and scales [G][N], and what they stand for, [N, K]. */
  private record Quantised(
      int[][] codes, int[][] zeros, float[][] scales, int[] groupOf, float[] w) {}

  private Quantised quantise(Values weight, boolean bf16) {
    int rows = weight.rows();
    int inputs = weight.inputs();
    int groups = (inputs + group - 1) / group;
    Random random = new Random(bits * 100L + rows);
    int[] groupOf = new int[inputs];
    for (int k = 0; k < inputs; k++) {
      groupOf[k] = (reordered ? inputs - 1 - k * 5 % inputs : k) / group;
    }
    int[][] codes = new int[rows][inputs];
    int[][] zeros = new int[groups][rows];
    float[][] scales = new float[groups][rows];
    float[] w = new float[rows * inputs];
    int top = (1 << bits) - 1;
    for (int n = 0; n < rows; n++) {
      for (int g = 0; g < groups; g++) {
        float scale = 0.25f / top * (0.5f + random.nextFloat());
        scales[g][n] = bf16 ? BFloat16.round(scale) : ElementType.half(Float16.fromFloat(scale));
        zeros[g][n] = symmetric ? 1 << (bits - 1) : 1 + random.nextInt(top);
      }
      for (int k = 0; k < inputs; k++) {
        int g = groupOf[k];
        long q = Math.round(weight.values()[n * inputs + k] / scales[g][n]) + zeros[g][n];
        codes[n][k] = (int) Math.max(0, Math.min(top, q));
        w[n * inputs + k] = (float) ((double) scales[g][n] * (codes[n][k] - zeros[g][n]));
      }
    }
    return new Quantised(codes, zeros, scales, groupOf, w);
  }

  /** Stores a weight as AutoGPTQ does; returns its values. */
  float[] storeGptq(Draft draft, String name, boolean withIndex, boolean bf16) {
    Values weight = draft.original(name);
    Quantised quantised = quantise(weight, bf16);
    int rows = weight.rows();
    int inputs = weight.inputs();
    int groups = quantised.scales().length;
    int words = inputs * bits / 32;
    int[] qweight = new int[words * rows];
    for (int n = 0; n < rows; n++) {
      int[] column = new int[words];
      for (int k = 0; k < inputs; k++) {
        append(column, 0, k, quantised.codes()[n][k]);
      }
      for (int word = 0; word < words; word++) {
        qweight[word * rows + n] = column[word];
      }
    }
    int width = rows * bits / 32;
    int[] qzeros = new int[groups * width];
    for (int g = 0; g < groups; g++) {
      for (int n = 0; n < rows; n++) {
        append(qzeros, g * width, n, quantised.zeros()[g][n] + storedZero);
      }
    }
    String module = name.substring(0, name.length() - ".weight".length());
    draft.remove(name);
    draft.put(module + ".qweight", "I32", shape(words, rows), Codes.i32(qweight));
    draft.put(module + ".qzeros", "I32", shape(groups, width), Codes.i32(qzeros));
    putScales(draft, module, quantised.scales(), bf16);
    if (withIndex) {
      draft.put(module + ".g_idx", "I32", List.of((long) inputs), Codes.i32(quantised.groupOf()));
    }
    return quantised.w();
  }

  /** Puts a code behind {@code index} others, bit by bit, the lowest first. */
  private void append(int[] words, int from, int index, int code) {
    for (int bit = 0; bit < bits; bit++) {
      int at = index * bits + bit;
      words[from + at / 32] |= (code >> bit & 1) << (at % 32);
    }
  }

  /** Stores a weight as AutoAWQ's "gemm" does; returns its values. */
  float[] storeAwq(Draft draft, String name) {
    Values weight = draft.original(name);
    Quantised quantised = quantise(weight, false);
    int rows = weight.rows();
    int inputs = weight.inputs();
    int groups = quantised.scales().length;
    int[] qweight = new int[inputs * rows / 8];
    int[] qzeros = new int[groups * rows / 8];
    for (int word = 0; word < rows / 8; word++) {
      for (int i = 0; i < 8; i++) {
        int n = word * 8 + AWQ_ORDER[i];
        for (int k = 0; k < inputs; k++) {
          qweight[k * (rows / 8) + word] |= quantised.codes()[n][k] << (4 * i);
        }
        for (int g = 0; g < groups; g++) {
          qzeros[g * (rows / 8) + word] |= quantised.zeros()[g][n] << (4 * i);
        }
      }
    }
    String module = name.substring(0, name.length() - ".weight".length());
    draft.remove(name);
    draft.put(module + ".qweight", "I32", shape(inputs, rows / 8), Codes.i32(qweight));
    draft.put(module + ".qzeros", "I32", shape(groups, rows / 8), Codes.i32(qzeros));
    putScales(draft, module, quantised.scales(), false);
    return quantised.w();
  }

  private static void putScales(Draft draft, String module, float[][] scales, boolean bf16) {
    int groups = scales.length;
    int rows = scales[0].length;
    float[] flat = new float[groups * rows];
    for (int g = 0; g < groups; g++) {
      System.arraycopy(scales[g], 0, flat, g * rows, rows);
    }
    String dtype = bf16 ? "BF16" : "F16";
    byte[] bytes = bf16 ? Codes.bf16(flat) : Codes.f16(flat);
    draft.put(module + ".scales", dtype, shape(groups, rows), bytes);
  }

  private static List<Long> shape(int rows, int columns) {
    return List.of((long) rows, (long) columns);
  }
}
