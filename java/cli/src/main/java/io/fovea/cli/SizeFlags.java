package io.fovea.cli;

import io.fovea.tools.synthetic.Size;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Sizes of a model; each is the preset's unless it is given. */
final class SizeFlags {
  private final Map<Size, Long> given = new EnumMap<>(Size.class);

  /** Those given. */
  Map<Size, Long> given() {
    return given;
  }

  @Option(names = "--hidden", paramLabel = "N", description = "Width of the language model.")
  void hidden(long value) {
    given.put(Size.HIDDEN, value);
  }

  @Option(
      names = "--intermediate",
      paramLabel = "N",
      description = "Width of the language model's MLPs.")
  void intermediate(long value) {
    given.put(Size.INTERMEDIATE, value);
  }

  @Option(names = "--layers", paramLabel = "N", description = "Layers of the language model.")
  void layers(long value) {
    given.put(Size.LAYERS, value);
  }

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Attention heads of the language model.")
  void heads(long value) {
    given.put(Size.HEADS, value);
  }

  @Option(
      names = "--key-heads",
      paramLabel = "N",
      description = "Key heads of the language model; v2 only.")
  void keyHeads(long value) {
    given.put(Size.KEY_HEADS, value);
  }

  @Option(names = "--vocab", paramLabel = "N", description = "Tokens in the vocabulary.")
  void vocab(long value) {
    given.put(Size.VOCAB, value);
  }

  @Option(
      names = "--queries",
      paramLabel = "N",
      description = "Rows that a picture takes; kosmos2, qwen-vl.")
  void queries(long value) {
    given.put(Size.QUERIES, value);
  }

  @Option(names = "--vision-hidden", paramLabel = "N", description = "Width of the encoder.")
  void visionHidden(long value) {
    given.put(Size.VISION_HIDDEN, value);
  }

  @Option(
      names = "--vision-intermediate",
      paramLabel = "N",
      description = "Width of the encoder's MLPs.")
  void visionIntermediate(long value) {
    given.put(Size.VISION_INTERMEDIATE, value);
  }

  @Option(names = "--vision-layers", paramLabel = "N", description = "Layers of the encoder.")
  void visionLayers(long value) {
    given.put(Size.VISION_LAYERS, value);
  }

  @Option(
      names = "--vision-heads",
      paramLabel = "N",
      description = "Attention heads of the encoder.")
  void visionHeads(long value) {
    given.put(Size.VISION_HEADS, value);
  }

  @Option(names = "--image", paramLabel = "PIXELS", description = "Side of the encoder's pictures.")
  void image(long value) {
    given.put(Size.IMAGE, value);
  }

  @Option(names = "--patch", paramLabel = "PIXELS", description = "Side of the encoder's patches.")
  void patch(long value) {
    given.put(Size.PATCH, value);
  }

  @Option(
      names = "--cross-hidden",
      paramLabel = "N",
      description = "Width of CogAgent's high-resolution encoder.")
  void crossHidden(long value) {
    given.put(Size.CROSS_HIDDEN, value);
  }

  @Option(
      names = "--cross-intermediate",
      paramLabel = "N",
      description = "Width of that encoder's MLPs.")
  void crossIntermediate(long value) {
    given.put(Size.CROSS_INTERMEDIATE, value);
  }

  @Option(
      names = "--cross-blocks",
      paramLabel = "N",
      description = "Blocks of that encoder; the last idles.")
  void crossBlocks(long value) {
    given.put(Size.CROSS_BLOCKS, value);
  }

  @Option(
      names = "--cross-heads",
      paramLabel = "N",
      description = "Attention heads of that encoder.")
  void crossHeads(long value) {
    given.put(Size.CROSS_HEADS, value);
  }

  @Option(
      names = "--cross-image",
      paramLabel = "PIXELS",
      description = "Side of that encoder's pictures.")
  void crossImage(long value) {
    given.put(Size.CROSS_IMAGE, value);
  }

  @Option(
      names = "--cross-patch",
      paramLabel = "PIXELS",
      description = "Side of that encoder's patches.")
  void crossPatch(long value) {
    given.put(Size.CROSS_PATCH, value);
  }

  @Option(
      names = "--cross-compute",
      paramLabel = "N",
      description = "Width of the attention to that encoder.")
  void crossCompute(long value) {
    given.put(Size.CROSS_COMPUTE, value);
  }
}
