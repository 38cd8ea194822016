package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.model.ConfigObject;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.weights.JsonFile;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All kinds of models that are known: those listed here, and those that a jar beside this one
 * offers as a service.
 */
public final class Families {
  private static final String FILE = "config.json";
  private static final long MAX_FILE_BYTES = 1 << 20;

  private static final List<ModelFamily> ALL =
      Stream.concat(
              Stream.concat(
                  Stream.of(CogVlmVariant.values()).map(CogVlmFamily::new),
                  Stream.of(new Kosmos2Family(), new QwenVlFamily(), new ShikraFamily())),
              ServiceLoader.load(ModelFamily.class, Families.class.getClassLoader()).stream()
                  .map(ServiceLoader.Provider::get))
          .toList();

  private Families() {}

  /** All of them, in the order in which they are asked. */
  public static List<ModelFamily> all() {
    return ALL;
  }

  /**
   * Reads the {@code config.json} of a model's folder.
   *
   * @param stored shapes of its weights, which may tell the kind
   * @throws ModelLoadException where the file is damaged, or a key is missing or makes no sense
   * @throws UnsupportedModelException where it describes a model of another kind
   */
  public static ModelDescription describe(Path directory, StoredShapes stored) {
    Path file = directory.resolve(FILE);
    return describe(file, JsonFile.read(file, MAX_FILE_BYTES, ConfigObject.REMEDY), stored);
  }

  /**
   * As {@link #describe(Path, StoredShapes)}, from the text of a config.json.
   *
   * @param file what messages call it
   */
  public static ModelDescription describe(Path file, String json, StoredShapes stored) {
    return describe(file, JsonFile.parse(file, json, ConfigObject.REMEDY), stored);
  }

  private static ModelDescription describe(Path file, JsonNode node, StoredShapes stored) {
    ConfigObject config = new ConfigObject(file, "", node);
    String architecture = architecture(config);
    return ALL.stream()
        .filter(family -> family.architecture().equals(architecture))
        .filter(family -> family.describes(config, stored))
        .findFirst()
        .orElseThrow(
            () ->
                new UnsupportedModelException(
                    file + " describes '" + architecture + "'", "supported are " + supported()))
        .read(config, stored);
  }

  /** The class of the model; programs that write no {@code architectures} leave an auto_map. */
  private static String architecture(ConfigObject config) {
    String named = config.node().path("architectures").path(0).asText("");
    if (!named.isEmpty()) {
      return named;
    }
    String mapped = config.within("auto_map").text("AutoModelForCausalLM", "");
    if (mapped.isEmpty()) {
      throw new ModelLoadException(
          config.file(),
          "architectures",
          "names no class, and there is no auto_map with AutoModelForCausalLM",
          "name the model's, such as \"architectures\": [\"CogVLMForCausalLM\"]; known are "
              + supported());
    }
    return mapped.substring(mapped.lastIndexOf('.') + 1);
  }

  private static String supported() {
    return ALL.stream()
        .map(family -> family.displayName() + " (" + family.architecture() + ")")
        .collect(Collectors.joining(", "));
  }
}
