package io.fovea.tools.zoo;

import io.fovea.tools.numbers.Float8;
import io.fovea.tools.zoo.Draft.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Weights stored in a byte or half a byte each, and what they then stand for, in f64. */
final class Bytes {
  private Bytes() {}

  static String module(String weight) {
    return weight.substring(0, weight.length() - ".weight".length());
  }

  /** bitsandbytes' LLM.int8: the largest value of each row beside codes of 127ths of it. */
  static float[] storeInt8(Draft draft, String name) {
    Values weight = draft.original(name);
    float[] largest = new float[weight.rows()];
    byte[] codes = new byte[weight.values().length];
    float[] w = new float[codes.length];
    for (int i = 0; i < codes.length; i++) {
      int row = i / weight.inputs();
      if (i % weight.inputs() == 0) {
        for (int k = 0; k < weight.inputs(); k++) {
          largest[row] = Math.max(largest[row], Math.abs(weight.values()[i + k]));
        }
      }
      codes[i] = (byte) Math.round(weight.values()[i] / largest[row] * 127);
      w[i] = (float) (codes[i] * (double) largest[row] / 127);
    }
    draft.put(name, "I8", weight.shape(), codes);
    draft.put(module(name) + ".SCB", "F32", List.of((long) weight.rows()), Codes.f32(largest));
    return w;
  }

  /** e4m3 codes of weight / scale, where the scale of element i is that of its block. */
  static float[] storeFloat8(
      Draft draft, String name, float[] scales, int down, int across, String scaleName) {
    Values weight = draft.original(name);
    byte[] codes = new byte[weight.values().length];
    float[] w = new float[codes.length];
    int blocks = (weight.inputs() + across - 1) / across;
    for (int i = 0; i < codes.length; i++) {
      int row = i / weight.inputs();
      float scale = scales[row / down * blocks + i % weight.inputs() / across];
      codes[i] = Float8.fromFloat(weight.values()[i] / scale);
      w[i] = (float) ((double) Float8.toFloat(codes[i]) * scale);
    }
    draft.put(name, "F8_E4M3", weight.shape(), codes);
    long rows = (weight.rows() + down - 1) / down;
    List<Long> shape = scales.length == 1 ? List.of(1L) : List.of(rows, (long) blocks);
    draft.put(module(name) + scaleName, "F32", shape, Codes.f32(scales));
    return w;
  }

  /** One scale for the whole weight. */
  static float[] storeFloat8(Draft draft, String name, String scaleName) {
    int all = Integer.MAX_VALUE;
    return storeFloat8(draft, name, new float[] {0.0021f}, all, all, scaleName);
  }

  /** bitsandbytes' NF4, or a table of another name, in blocks of 64 with scales in f32. */
  static float[] storeNf4(Draft draft, String name, String type) {
    Values weight = draft.original(name);
    float[] table = new float[16];
    for (int i = 0; i < 16; i++) {
      table[i] = (i - 8) / 8f + (i == 15 ? 0.125f : 0);
    }
    float[] scales = new float[(weight.values().length + 63) / 64];
    byte[] codes = new byte[(weight.values().length + 1) / 2];
    float[] w = new float[weight.values().length];
    for (int i = 0; i < w.length; i++) {
      if (i % 64 == 0) {
        for (int k = i; k < Math.min(w.length, i + 64); k++) {
          scales[i / 64] = Math.max(scales[i / 64], Math.abs(weight.values()[k]));
        }
      }
      int code = nearest(table, weight.values()[i] / scales[i / 64]);
      codes[i / 2] |= (byte) (i % 2 == 0 ? code << 4 : code);
      w[i] = (float) ((double) table[code] * scales[i / 64]);
    }
    String state =
        "{\"quant_type\": \"%s\", \"blocksize\": 64, \"dtype\": \"float32\", \"shape\": %s}"
            .formatted(type, weight.shape());
    byte[] text = state.getBytes(StandardCharsets.UTF_8);
    draft.put(name, "U8", List.of((long) codes.length, 1L), codes);
    draft.put(name + ".absmax", "F32", List.of((long) scales.length), Codes.f32(scales));
    draft.put(name + ".quant_map", "F32", List.of(16L), Codes.f32(table));
    draft.put(name + ".quant_state.bitsandbytes__" + type, "U8", List.of((long) text.length), text);
    return w;
  }

  private static int nearest(float[] table, float value) {
    int best = 0;
    for (int i = 1; i < table.length; i++) {
      best = Math.abs(table[i] - value) < Math.abs(table[best] - value) ? i : best;
    }
    return best;
  }

  /** Scales that differ from block to block. */
  static float[] scales(int count) {
    float[] scales = new float[count];
    for (int i = 0; i < count; i++) {
      scales[i] = 0.0013f * (1 + i % 7);
    }
    return scales;
  }
}
