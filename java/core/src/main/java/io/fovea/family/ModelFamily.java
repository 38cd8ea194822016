package io.fovea.family;

import io.fovea.ModelLoadException;
import io.fovea.model.ConfigObject;
import io.fovea.weights.StoredShapes;

/**
 * One kind of model that runs here: how it is recognised, and what else there is to know. To add a
 * kind, write this, {@link ModelDescription} and a {@link io.fovea.model.VisionLanguageModel}, and
 * list it in {@link Families}. Stateless.
 */
public interface ModelFamily {
  /** The name for people, such as "CogVLM2". */
  String displayName();

  /** The class that {@code architectures} of its {@code config.json} names. */
  String architecture();

  /**
   * Whether a file that names {@link #architecture} describes one of these.
   *
   * @param stored shapes of its weights; none where there are no weights yet
   */
  boolean describes(ConfigObject config, StoredShapes stored);

  /**
   * Reads such a file.
   *
   * @param stored as in {@link #describes}
   * @throws ModelLoadException where a key is missing or makes no sense
   */
  ModelDescription read(ConfigObject config, StoredShapes stored);
}
