package io.fovea.family;

import io.fovea.model.ConfigObject;
import io.fovea.model.shikra.ShikraConfig;
import io.fovea.model.shikra.ShikraModel;
import io.fovea.weights.StoredShapes;

/** Shikra (arXiv:2306.15195). */
final class ShikraFamily implements ModelFamily {
  @Override
  public String displayName() {
    return "Shikra";
  }

  @Override
  public String architecture() {
    return "ShikraLlamaForCausalLM";
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return true;
  }

  @Override
  public ShikraDescription read(ConfigObject config, StoredShapes stored) {
    return new ShikraDescription(
        this,
        ShikraConfig.read(config),
        stored.isEmpty() || stored.has(ShikraModel.VISION + "embeddings.class_embedding"));
  }
}
