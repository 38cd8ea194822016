package io.fovea.family;

import io.fovea.model.ConfigObject;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.weights.StoredShapes;

/** CogVLM v1, CogVLM2, CogVLM2-Video, CogAgent: one object each. */
record CogVlmFamily(CogVlmVariant variant) implements ModelFamily {
  @Override
  public String displayName() {
    return variant.displayName();
  }

  @Override
  public String architecture() {
    return variant.architecture();
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return variant.describes(config, stored);
  }

  @Override
  public CogVlmDescription read(ConfigObject config, StoredShapes stored) {
    return new CogVlmDescription(this, config.file(), CogVlmConfig.read(variant, config, stored));
  }
}
