package io.fovea.tools.synthetic;

import io.fovea.InvalidRequestException;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.layout.ModelSizes.Cross;
import io.fovea.tools.layout.ModelSizes.Encoder;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** CogVLM v1, CogVLM2 or CogAgent. */
record CogVlmSynthesis(ModelSizes sizes) implements SyntheticModel {
  private static final int COLOURS = 3;

  /** Rows of the high-resolution encoder's classification head, which nothing computes with. */
  private static final long PUBLISHED_CLASSES = 768;

  private static final long SMALL_CLASSES = 5;
  private static final long SMALL_WIDTH = 256;

  /** Makes image rows as large as embeddings of text. */
  private static final float ADAPTER_GAIN = 3;

  /**
   * Those sizes; {@code KEY_HEADS} only of CogVLM2, {@code CROSS_*} only of CogAgent.
   *
   * @throws InvalidRequestException where the high-resolution encoder does not split into heads
   */
  static CogVlmSynthesis of(CogVlmVariant variant, SizeTable table) {
    long heads = table.get(Size.HEADS);
    return new CogVlmSynthesis(
        new ModelSizes(
            variant,
            table.get(Size.HIDDEN),
            table.get(Size.INTERMEDIATE),
            table.get(Size.LAYERS),
            heads,
            variant.secondGeneration() ? table.get(Size.KEY_HEADS) : heads,
            table.get(Size.VOCAB),
            new Encoder(
                table.get(Size.VISION_HIDDEN),
                table.get(Size.VISION_INTERMEDIATE),
                table.get(Size.VISION_LAYERS),
                table.get(Size.VISION_HEADS),
                table.get(Size.IMAGE),
                table.get(Size.PATCH),
                COLOURS),
            variant == CogVlmVariant.COGAGENT ? cross(table) : null));
  }

  private static Cross cross(SizeTable table) {
    long width = table.get(Size.CROSS_HIDDEN);
    long heads = table.get(Size.CROSS_HEADS);
    if (width % (4 * heads) != 0) {
      throw new InvalidRequestException(
          "--cross-hidden " + width + " does not split into " + heads + " heads",
          "make it a multiple of four times the heads");
    }
    return new Cross(
        width,
        table.get(Size.CROSS_COMPUTE),
        table.get(Size.CROSS_IMAGE),
        table.get(Size.CROSS_PATCH),
        table.get(Size.CROSS_BLOCKS),
        table.get(Size.CROSS_INTERMEDIATE),
        width / heads,
        width < SMALL_WIDTH ? SMALL_CLASSES : PUBLISHED_CLASSES);
  }

  @Override
  public String config() {
    return CogVlmConfigFile.of(sizes, SpecialIds.of(sizes));
  }

  @Override
  public Map<String, byte[]> companions() {
    if (!sizes.family().secondGeneration()) {
      return Map.of("tokenizer.model", SentencePieceVocabulary.of(sizes.vocabulary()));
    }
    int first = SpecialIds.firstSpecial(sizes);
    return Map.of("tokenizer.json", ByteLevelVocabulary.of(first, sizes.vocabulary()));
  }

  /** Shapes tell sizes of CogAgent that no config.json says. */
  @Override
  public ModelLayout layout() {
    Map<String, List<Long>> shapes = new HashMap<>();
    ModelLayout.of(sizes).tensors().forEach(spec -> shapes.put(spec.name(), spec.shape()));
    return ModelLayout.of(CONFIG, config(), new StoredShapes(shapes));
  }

  @Override
  public Spread spread(TensorSpec spec) {
    Spread usual = Spread.of(spec);
    if (spec.name().endsWith("dense_4h_to_h.weight")) {
      return usual.times(ADAPTER_GAIN);
    }
    boolean fused = spec.name().contains("_expert_query_key_value.weight");
    long queriesAndKeys = sizes.hidden() + sizes.keyValueHeads() * sizes.headSize();
    return fused ? usual.sharpened(queriesAndKeys * sizes.hidden()) : usual;
  }

  @Override
  public SourceTensor constant(TensorSpec spec) {
    return new RotaryTensor(spec, sizes);
  }
}
