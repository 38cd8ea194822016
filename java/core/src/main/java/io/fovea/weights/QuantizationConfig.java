package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What the files beside the weights say of their quantisation.
 *
 * @param method by the name of {@code quant_method}; empty where none is given
 * @param settings the object that describes it; missing where there is none
 * @param evidence where that is written: file and key
 * @param inConfig whether config.json says so, and not only a file that it does not need
 */
record QuantizationConfig(String method, JsonNode settings, String evidence, boolean inConfig) {
  private static final String CONFIG = "config.json";
  private static final long MAX_BYTES = 1 << 20;
  private static final String REMEDY = "use the file published with the weights";

  /** Files that programs write instead of, or beside, the key in config.json. */
  private record SideFile(String name, String method) {}

  private static final List<SideFile> SIDE_FILES =
      List.of(
          new SideFile("quantize_config.json", "gptq"),
          new SideFile("quant_config.json", "awq"),
          new SideFile("hf_quant_config.json", "modelopt"),
          new SideFile("quanto_qmap.json", "quanto"));

  /**
   * Reads the files of {@code directory}; config.json need not be there.
   *
   * @throws io.fovea.ModelLoadException where a file is no JSON object
   */
  static QuantizationConfig read(Path directory) {
    Path file = directory.resolve(CONFIG);
    if (Files.isRegularFile(file)) {
      JsonNode root = JsonFile.read(file, MAX_BYTES, REMEDY);
      for (String key : List.of("quantization_config", "compression_config")) {
        JsonNode settings = root.path(key);
        boolean empty = settings.isMissingNode() || settings.isNull();
        if (!empty && !(settings.isObject() && settings.isEmpty())) {
          return new QuantizationConfig(method(settings, key), settings, key + " in " + file, true);
        }
      }
    }
    return sideFile(directory);
  }

  private static QuantizationConfig sideFile(Path directory) {
    for (SideFile side : SIDE_FILES) {
      Path file = directory.resolve(side.name());
      if (Files.isRegularFile(file)) {
        JsonNode settings = JsonFile.read(file, MAX_BYTES, REMEDY);
        String method = settings.path("quant_method").asText(side.method());
        return new QuantizationConfig(lower(method), settings, file.toString(), false);
      }
    }
    return new QuantizationConfig("", MissingNode.getInstance(), "", false);
  }

  /** The method's name; bitsandbytes and compressed-tensors did not always write it. */
  private static String method(JsonNode settings, String key) {
    JsonNode method = settings.path("quant_method");
    if (!method.isMissingNode() && !method.isNull()) {
      return lower(method.asText());
    }
    if (settings.has("load_in_8bit") || settings.has("load_in_4bit")) {
      return "bitsandbytes";
    }
    boolean compressed = settings.has("config_groups") || key.equals("compression_config");
    return compressed ? "compressed-tensors" : "";
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** The text of the first of these settings that is there, in lower case, or the default. */
  String text(String byDefault, String... keys) {
    for (String key : keys) {
      if (settings.hasNonNull(key)) {
        return lower(settings.get(key).asText());
      }
    }
    return byDefault;
  }
}
