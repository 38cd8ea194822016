package io.fovea.tools.source;

import java.io.IOException;

/** How a program packs codes of a few bits into words of 32. */
interface Packing {
  /** Its name as a dtype, such as "GPTQ-4". */
  String title();

  /** Bits of a code. */
  int bits();

  /**
   * Codes [inputs, count] of the outputs from {@code first} on.
   *
   * @param words I32 words of inputs × outputs codes
   */
  int[][] codes(PlainTensor words, int inputs, long first, int count) throws IOException;

  /**
   * Codes [groups, count] of the outputs from {@code first} on.
   *
   * @param words I32 words of groups × outputs codes
   */
  int[][] zeros(PlainTensor words, int groups, long first, int count) throws IOException;

  /** The {@code bits} of a row of words that begin at bit {@code at}, the lowest first. */
  static int bits(int[] words, long at, int bits) {
    int word = (int) (at / 32);
    int shift = (int) (at % 32);
    int low = words[word] >>> shift;
    int high = shift + bits > 32 ? words[word + 1] << (32 - shift) : 0;
    return (low | high) & ((1 << bits) - 1);
  }

  /** GPTQ: a column of words holds the codes of an output, a row of words the zeros of a group. */
  record Gptq(int bits) implements Packing {
    @Override
    public String title() {
      return "GPTQ-" + bits;
    }

    @Override
    public int[][] codes(PlainTensor words, int inputs, long first, int count) throws IOException {
      int rows = Math.toIntExact(words.shape().get(0));
      int[][] columns = new int[count][rows];
      for (int row = 0; row < rows; row++) {
        int[] across = words.words(row * words.shape().get(1) + first, count);
        for (int n = 0; n < count; n++) {
          columns[n][row] = across[n];
        }
      }
      int[][] codes = new int[inputs][count];
      for (int k = 0; k < inputs; k++) {
        for (int n = 0; n < count; n++) {
          codes[k][n] = Packing.bits(columns[n], (long) k * bits, bits);
        }
      }
      return codes;
    }

    @Override
    public int[][] zeros(PlainTensor words, int groups, long first, int count) throws IOException {
      long width = words.shape().get(1);
      long from = first * bits / 32;
      int span = (int) (((first + count) * bits + 31) / 32 - from);
      int[][] zeros = new int[groups][count];
      for (int g = 0; g < groups; g++) {
        int[] row = words.words(g * width + from, span);
        for (int n = 0; n < count; n++) {
          zeros[g][n] = Packing.bits(row, (first + n) * bits - from * 32, bits);
        }
      }
      return zeros;
    }
  }

  /**
   * AWQ's "gemm": a row of words holds eight outputs a word of an input or group. Outputs 0 to 7
   * lie in the nibbles 0, 4, 1, 5, 2, 6, 3, 7, counted from the lowest bits.
   */
  record Awq() implements Packing {
    private static final int[] NIBBLE = {0, 4, 1, 5, 2, 6, 3, 7};

    @Override
    public String title() {
      return "AWQ-4";
    }

    @Override
    public int bits() {
      return 4;
    }

    @Override
    public int[][] codes(PlainTensor words, int inputs, long first, int count) throws IOException {
      long width = words.shape().get(1);
      long from = first / 8;
      int span = (int) ((first + count + 7) / 8 - from);
      int[][] codes = new int[inputs][count];
      for (int k = 0; k < inputs; k++) {
        int[] row = words.words(k * width + from, span);
        for (int n = 0; n < count; n++) {
          int word = row[(int) ((first + n) / 8 - from)];
          codes[k][n] = word >>> (4 * NIBBLE[(int) ((first + n) % 8)]) & 15;
        }
      }
      return codes;
    }

    @Override
    public int[][] zeros(PlainTensor words, int groups, long first, int count) throws IOException {
      return codes(words, groups, first, count);
    }
  }
}
