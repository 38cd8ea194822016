package io.fovea.family;

import io.fovea.model.ConfigObject;
import io.fovea.model.kosmos2.Kosmos2Config;
import io.fovea.weights.StoredShapes;

/** Kosmos-2 (arXiv:2306.14824). */
final class Kosmos2Family implements ModelFamily {
  @Override
  public String displayName() {
    return "Kosmos-2";
  }

  @Override
  public String architecture() {
    return "Kosmos2ForConditionalGeneration";
  }

  @Override
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return true;
  }

  @Override
  public Kosmos2Description read(ConfigObject config, StoredShapes stored) {
    return new Kosmos2Description(this, Kosmos2Config.read(config));
  }
}
