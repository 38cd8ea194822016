package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.source.SafetensorsSource;
import io.fovea.weights.SafetensorsHeader;
import io.fovea.weights.TensorEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Safetensors with weights of every scheme that is converted, and config.json beside them. */
public final class QuantizedFuzzer {
  private static final String CONFIG = "config.json";
  private static final List<String> CONFIGS =
      List.of(
          "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 32}}",
          "{\"quantization_config\": {\"quant_method\": \"awq\", \"w_bit\": 4, \"group_size\": 32}}",
          "{\"quantization_config\": {\"quant_method\": \"bitsandbytes\"}}",
          "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [8, 16]}}");

  private static final List<ScratchDirectory> DIRECTORIES =
      CONFIGS.stream()
          .map(text -> new ScratchDirectory().keep(CONFIG, text.getBytes(StandardCharsets.UTF_8)))
          .toList();

  private static final ScratchDirectory SETTINGS =
      new ScratchDirectory().keep("model.safetensors", gptq());

  private QuantizedFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  /** Reads weights beside each config.json; throws only where none of them fits. */
  static void read(byte[] input) throws IOException {
    FoveaException refusal = null;
    int sound = 0;
    for (ScratchDirectory directory : DIRECTORIES) {
      try (SafetensorsSource source =
          SafetensorsSource.open(directory.with("model.safetensors", input))) {
        SourceValues.readEnds(source);
        sound++;
      } catch (FoveaException e) {
        refusal = e;
      }
    }
    if (sound == 0 && refusal != null) {
      throw refusal;
    }
  }

  /** Reads GPTQ's weights beside a config.json. */
  static void readSettings(byte[] config) throws IOException {
    try (SafetensorsSource source = SafetensorsSource.open(SETTINGS.with(CONFIG, config))) {
      SourceValues.readEnds(source);
    }
  }

  static List<byte[]> sound() {
    byte[] int8 =
        file(
            new TensorEntry("x.weight", "I8", List.of(4L, 6L)),
            new TensorEntry("x.SCB", "F32", List.of(4L)),
            new TensorEntry("x.weight_format", "U8", List.of()));
    byte[] blocks =
        file(
            new TensorEntry("x.weight", "F8_E4M3", List.of(20L, 24L)),
            new TensorEntry("x.weight_scale_inv", "F32", List.of(3L, 2L)));
    byte[] awq =
        file(
            new TensorEntry("x.qweight", "I32", List.of(64L, 2L)),
            new TensorEntry("x.qzeros", "I32", List.of(2L, 2L)),
            new TensorEntry("x.scales", "F16", List.of(2L, 16L)));
    return List.of(gptq(), awq, int8, blocks);
  }

  static List<byte[]> soundSettings() {
    return List.of(CONFIGS.get(0).getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] gptq() {
    return file(
        new TensorEntry("x.qweight", "I32", List.of(8L, 16L)),
        new TensorEntry("x.qzeros", "I32", List.of(2L, 2L)),
        new TensorEntry("x.scales", "F16", List.of(2L, 16L)),
        new TensorEntry("x.g_idx", "I32", List.of(64L)));
  }

  /** A file of zeros. */
  private static byte[] file(TensorEntry... tensors) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(SafetensorsHeader.encode(Arrays.asList(tensors), Map.of()));
    for (TensorEntry tensor : tensors) {
      out.writeBytes(new byte[(int) tensor.bytes()]);
    }
    return out.toByteArray();
  }
}
