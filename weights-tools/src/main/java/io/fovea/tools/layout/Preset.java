package io.fovea.tools.layout;

import io.fovea.tools.layout.ModelSizes.Cross;
import io.fovea.tools.layout.ModelSizes.Encoder;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sizes of the published models, and small ones of each family to try things with. */
public enum Preset {
  /** {@code cogvlm-base-490-hf} and those of the same sizes. */
  COGVLM_490(v1(Family.COGVLM, 490, null)),
  /** {@code cogvlm-base-224-hf}. */
  COGVLM_224(v1(Family.COGVLM, 224, null)),
  /** {@code cogvlm2-llama3-chat-19B}. */
  COGVLM2(new ModelSizes(Family.COGVLM2, 4096, 14336, 32, 32, 8, 128256, published(1344), null)),
  /** {@code cogagent-chat-hf}. */
  COGAGENT(v1(Family.COGAGENT, 224, new Cross(1024, 1024, 1120, 14, 24, 2730, 64, 768))),
  /** A small CogVLM v1. */
  SMALL_V1(new ModelSizes(Family.COGVLM, 64, 96, 2, 4, 4, 416, small(), null)),
  /** A small CogVLM2. */
  SMALL_V2(new ModelSizes(Family.COGVLM2, 64, 96, 2, 4, 2, 416, small(), null)),
  /** A small CogAgent. */
  SMALL_COGAGENT(
      new ModelSizes(
          Family.COGAGENT, 64, 96, 2, 4, 4, 416, small(), new Cross(48, 32, 70, 14, 3, 42, 16, 5)));

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers
  private final ModelSizes sizes;

  Preset(ModelSizes sizes) {
    this.sizes = sizes;
  }

  /** All its sizes. */
  public ModelSizes sizes() {
    return sizes;
  }

  /** Its name in options, such as "cogvlm-490". */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static ModelSizes v1(Family family, long image, @Nullable Cross cross) {
    return new ModelSizes(family, 4096, 11008, 32, 32, 32, 32000, published(image), cross);
  }

  private static Encoder published(long image) {
    return new Encoder(1792, 15360, 63, 16, image, 14, 3);
  }

  private static Encoder small() {
    return new Encoder(48, 80, 2, 3, 56, 14, 3);
  }
}
