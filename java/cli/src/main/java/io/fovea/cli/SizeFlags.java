package io.fovea.cli;

import io.fovea.InvalidRequestException;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.layout.ModelSizes.Cross;
import io.fovea.tools.layout.ModelSizes.Encoder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Sizes of a model; each is the preset's unless it is given. */
final class SizeFlags {
  @Option(names = "--hidden", paramLabel = "N", description = "Width of the language model.")
  private @Nullable Long hidden;

  @Option(names = "--intermediate", paramLabel = "N", description = "Width of its MLPs.")
  private @Nullable Long intermediate;

  @Option(names = "--layers", paramLabel = "N", description = "Its layers.")
  private @Nullable Long layers;

  @Option(names = "--heads", paramLabel = "N", description = "Its attention heads.")
  private @Nullable Long heads;

  @Option(names = "--key-heads", paramLabel = "N", description = "Its key heads; v2 only.")
  private @Nullable Long keyHeads;

  @Option(names = "--vocab", paramLabel = "N", description = "Tokens in the vocabulary.")
  private @Nullable Long vocab;

  @Option(names = "--vision-hidden", paramLabel = "N", description = "Width of the encoder.")
  private @Nullable Long visionHidden;

  @Option(names = "--vision-intermediate", paramLabel = "N", description = "Width of its MLPs.")
  private @Nullable Long visionIntermediate;

  @Option(names = "--vision-layers", paramLabel = "N", description = "Its layers.")
  private @Nullable Long visionLayers;

  @Option(names = "--vision-heads", paramLabel = "N", description = "Its attention heads.")
  private @Nullable Long visionHeads;

  @Option(names = "--image", paramLabel = "PIXELS", description = "Side of its pictures.")
  private @Nullable Long image;

  @Option(names = "--patch", paramLabel = "PIXELS", description = "Side of a patch.")
  private @Nullable Long patch;

  @Option(
      names = "--cross-hidden",
      paramLabel = "N",
      description = "Width of the high-resolution encoder; cogagent only, as all that follow.")
  private @Nullable Long crossHidden;

  @Option(names = "--cross-intermediate", paramLabel = "N", description = "Width of its MLPs.")
  private @Nullable Long crossIntermediate;

  @Option(names = "--cross-blocks", paramLabel = "N", description = "Its blocks; the last idles.")
  private @Nullable Long crossBlocks;

  @Option(names = "--cross-heads", paramLabel = "N", description = "Its attention heads.")
  private @Nullable Long crossHeads;

  @Option(names = "--cross-image", paramLabel = "PIXELS", description = "Side of its pictures.")
  private @Nullable Long crossImage;

  @Option(names = "--cross-patch", paramLabel = "PIXELS", description = "Side of its patches.")
  private @Nullable Long crossPatch;

  @Option(
      names = "--cross-compute",
      paramLabel = "N",
      description = "Width of the attention to it.")
  private @Nullable Long crossCompute;

  /**
   * The preset's sizes with those given in their place.
   *
   * @throws InvalidRequestException where a size is given that the family does not have
   */
  ModelSizes over(ModelSizes preset) {
    if (keyHeads != null && !preset.family().secondGeneration()) {
      throw new InvalidRequestException(
          "--key-heads was given for " + preset.family().title(), "only CogVLM2 has it");
    }
    Encoder vision = preset.vision();
    long allHeads = or(heads, preset.heads());
    return new ModelSizes(
        preset.family(),
        or(hidden, preset.hidden()),
        or(intermediate, preset.intermediate()),
        or(layers, preset.layers()),
        allHeads,
        preset.family().secondGeneration() ? or(keyHeads, preset.keyValueHeads()) : allHeads,
        or(vocab, preset.vocabulary()),
        new Encoder(
            or(visionHidden, vision.hidden()),
            or(visionIntermediate, vision.intermediate()),
            or(visionLayers, vision.layers()),
            or(visionHeads, vision.heads()),
            or(image, vision.image()),
            or(patch, vision.patch()),
            vision.channels()),
        cross(preset.cross()));
  }

  private @Nullable Cross cross(@Nullable Cross preset) {
    if (preset == null) {
      if (crossHidden != null
          || crossIntermediate != null
          || crossBlocks != null
          || crossHeads != null
          || crossImage != null
          || crossPatch != null
          || crossCompute != null) {
        throw new InvalidRequestException(
            "a size of the high-resolution encoder was given", "only CogAgent has one");
      }
      return null;
    }
    long width = or(crossHidden, preset.hidden());
    long count = or(crossHeads, preset.hidden() / preset.headSize());
    if (count < 1 || width % (4 * count) != 0) {
      throw new InvalidRequestException(
          "--cross-hidden " + width + " does not split into " + count + " heads",
          "make it a multiple of four times the heads");
    }
    return new Cross(
        width,
        or(crossCompute, preset.compute()),
        or(crossImage, preset.image()),
        or(crossPatch, preset.patch()),
        or(crossBlocks, preset.blocks()),
        or(crossIntermediate, preset.intermediate()),
        width / count,
        preset.classes());
  }

  private static long or(@Nullable Long given, long preset) {
    return given == null ? preset : given;
  }
}
