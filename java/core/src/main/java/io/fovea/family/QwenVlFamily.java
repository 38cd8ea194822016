package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fovea.UnsupportedModelException;
import io.fovea.model.ConfigObject;
import io.fovea.model.qwenvl.QwenVlConfig;
import io.fovea.weights.JsonFile;
import io.fovea.weights.StoredShapes;
import java.nio.file.Files;
import java.nio.file.Path;

/** Qwen-VL and Qwen-VL-Chat (arXiv:2308.12966), which differ in how they are asked alone. */
final class QwenVlFamily implements ModelFamily {
  /** Tokens of the system message and the turns before a question, as published. */
  private static final int WINDOW = 6144;

  @Override
  public String displayName() {
    return "Qwen-VL";
  }

  @Override
  public String architecture() {
    return "QWenLMHeadModel";
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedModelException for a Qwen that sees no pictures
   */
  @Override
  public QwenVlDescription read(ConfigObject config, StoredShapes stored) {
    if (!config.has("visual")) {
      throw new UnsupportedModelException(
          config.file() + " describes a Qwen without 'visual': one for text alone",
          "use Qwen-VL or Qwen-VL-Chat");
    }
    ConfigObject generation = generation(config.file());
    return new QwenVlDescription(
        this,
        QwenVlConfig.read(config),
        generation.file(),
        generation.text("chat_format", QwenVlDescription.CHAT_FORMAT),
        generation.size("max_window_size", WINDOW));
  }

  /** What lies beside a config.json; an object without keys where nothing does. */
  private static ConfigObject generation(Path config) {
    Path file = config.resolveSibling(EndTokens.FILE);
    JsonNode node =
        Files.exists(file)
            ? JsonFile.read(file, EndTokens.MAX_FILE_BYTES, EndTokens.REMEDY)
            : MissingNode.getInstance();
    return new ConfigObject(file, "", node);
  }
}
