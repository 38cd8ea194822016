package io.fovea.tools.synthetic;

import io.fovea.model.cogvlm.CogVlmVariant;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Sizes of the published models, and small ones of each family to try things with. */
public enum Preset {
  /** {@code cogvlm-base-490-hf} and those of the same sizes. */
  COGVLM_490(CogVlmVariant.COGVLM, vicuna().vision(1792, 15360, 63, 16, 490, 14)),
  /** {@code cogvlm-base-224-hf}. */
  COGVLM_224(CogVlmVariant.COGVLM, vicuna().vision(1792, 15360, 63, 16, 224, 14)),
  /** {@code cogvlm2-llama3-chat-19B}. */
  COGVLM2(
      CogVlmVariant.COGVLM2,
      SizeTable.text(4096, 14336, 32, 32, 128256)
          .with(Size.KEY_HEADS, 8)
          .vision(1792, 15360, 63, 16, 1344, 14)),
  /** {@code cogagent-chat-hf}. */
  COGAGENT(
      CogVlmVariant.COGAGENT,
      vicuna()
          .vision(1792, 15360, 63, 16, 224, 14)
          .with(Size.CROSS_HIDDEN, 1024)
          .with(Size.CROSS_INTERMEDIATE, 2730)
          .with(Size.CROSS_BLOCKS, 24)
          .with(Size.CROSS_HEADS, 16)
          .with(Size.CROSS_IMAGE, 1120)
          .with(Size.CROSS_PATCH, 14)
          .with(Size.CROSS_COMPUTE, 1024)),
  /** {@code kosmos-2-patch14-224}. */
  KOSMOS2(
      "Kosmos-2",
      Kosmos2Synthesis::new,
      SizeTable.text(2048, 8192, 24, 32, 65037)
          .with(Size.QUERIES, 64)
          .vision(1024, 4096, 24, 16, 224, 14)),
  /** {@code Qwen-VL} and {@code Qwen-VL-Chat}, asked as the latter. */
  QWEN_VL(
      "Qwen-VL",
      QwenVlSynthesis::new,
      SizeTable.text(4096, 11008, 32, 32, 151936)
          .with(Size.QUERIES, 256)
          .vision(1664, 8192, 48, 16, 448, 14)),
  /** {@code shikra-7b-delta-v1} with its base and CLIP. */
  SHIKRA(
      "Shikra",
      ShikraSynthesis::new,
      SizeTable.text(4096, 11008, 32, 32, 32003).vision(1024, 4096, 24, 16, 224, 14)),
  /** A small CogVLM v1. */
  SMALL_V1(CogVlmVariant.COGVLM, small(416)),
  /** A small CogVLM2. */
  SMALL_V2(CogVlmVariant.COGVLM2, small(416).with(Size.KEY_HEADS, 2)),
  /** A small CogAgent. */
  SMALL_COGAGENT(
      CogVlmVariant.COGAGENT,
      small(416)
          .with(Size.CROSS_HIDDEN, 48)
          .with(Size.CROSS_INTERMEDIATE, 42)
          .with(Size.CROSS_BLOCKS, 3)
          .with(Size.CROSS_HEADS, 3)
          .with(Size.CROSS_IMAGE, 70)
          .with(Size.CROSS_PATCH, 14)
          .with(Size.CROSS_COMPUTE, 32)),
  /** A small Kosmos-2. */
  SMALL_KOSMOS2("Kosmos-2", Kosmos2Synthesis::new, small(1536).with(Size.QUERIES, 9)),
  /** A small Qwen-VL. */
  SMALL_QWEN_VL(
      "Qwen-VL", QwenVlSynthesis::new, small(608).with(Size.HIDDEN, 128).with(Size.QUERIES, 9)),
  /** A small Shikra. */
  SMALL_SHIKRA("Shikra", ShikraSynthesis::new, small(416));

  private static final String SMALL = "small-";

  private final String family;

  @SuppressWarnings("ImmutableEnumChecker") // constructors and factories
  private final Function<SizeTable, SyntheticModel> maker;

  @SuppressWarnings("ImmutableEnumChecker") // a record with a copied map
  private final SizeTable sizes;

  Preset(CogVlmVariant variant, SizeTable sizes) {
    this(variant.displayName(), table -> CogVlmSynthesis.of(variant, table), sizes);
  }

  Preset(String family, Function<SizeTable, SyntheticModel> maker, SizeTable sizes) {
    this.family = family;
    this.maker = maker;
    this.sizes = sizes;
  }

  /** A model of these sizes. */
  public SyntheticModel model() {
    return model(Map.of());
  }

  /**
   * A model of these sizes but for those given.
   *
   * @throws io.fovea.InvalidRequestException where a size is given that the family does not have
   */
  public SyntheticModel model(Map<Size, Long> given) {
    return maker.apply(sizes.over(family, given));
  }

  /** Whether it is a family's small model and not a published one. */
  public boolean small() {
    return hyphenated().startsWith(SMALL);
  }

  /** Its name in options: "cogvlm-490" of a published model, "v1" of a family's small one. */
  public String id() {
    return small() ? hyphenated().substring(SMALL.length()) : hyphenated();
  }

  private String hyphenated() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The language model of Vicuna 7B. */
  private static SizeTable vicuna() {
    return SizeTable.text(4096, 11008, 32, 32, 32000);
  }

  private static SizeTable small(long vocabulary) {
    return SizeTable.text(64, 96, 2, 4, vocabulary).vision(48, 80, 2, 3, 56, 14);
  }
}
