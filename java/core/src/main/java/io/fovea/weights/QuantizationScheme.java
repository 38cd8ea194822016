package io.fovea.weights;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The ways to store weights that are known by name, and what is done with each. Told by what
 * config.json calls them, and by how the names of their tensors end; where a tensor's name fits
 * several, the first counts.
 */
public enum QuantizationScheme {
  /** Numbers of their own. */
  PLAIN("plain numbers", Use.RUN, Set.of(), List.of()),

  /** 4 bits, a table of 16 values. */
  BNB_NF4(
      "bitsandbytes NF4",
      Use.CONVERT,
      Set.of("bitsandbytes"),
      List.of(".quant_state.bitsandbytes__nf4")),
  /** 8 bits, a scale a row. */
  BNB_INT8("bitsandbytes LLM.int8", Use.CONVERT, Set.of("bitsandbytes"), List.of(".SCB")),
  /** As {@link #BNB_NF4} with another table. */
  BNB_FP4(
      "bitsandbytes FP4",
      Use.REFUSE,
      Set.of("bitsandbytes"),
      List.of(".quant_state.bitsandbytes__fp4")),

  /** Schemes that no reader knows; of two such names that fit, the first counts. */
  AUTO_ROUND("AutoRound", Use.REFUSE, Set.of("auto-round", "intel/auto-round"), List.of()),
  MARLIN(
      "Marlin",
      Use.REFUSE,
      Set.of("marlin", "gptq_marlin", "awq_marlin"),
      List.of(".B", ".workspace")),
  MARLIN_24("Marlin 2:4", Use.REFUSE, Set.of("gptq_marlin_24"), List.of(".B_24", ".scale_packed")),
  EXL2("ExLlamaV2", Use.REFUSE, Set.of("exl2"), List.of(".q_weight", ".q_invperm")),
  EXL3("ExLlamaV3", Use.REFUSE, Set.of("exl3"), List.of(".trellis", ".suh")),
  HQQ("HQQ", Use.REFUSE, Set.of("hqq"), List.of(".W_q")),
  EETQ("EETQ", Use.REFUSE, Set.of("eetq"), List.of(".weight_scales")),
  FBGEMM_FP8("FBGEMM fp8", Use.REFUSE, Set.of("fbgemm_fp8"), List.of(".input_scale_ub")),
  TORCHAO("torchao", Use.REFUSE, Set.of("torchao"), List.of("weight_qdata")),
  QUANTO(
      "quanto",
      Use.REFUSE,
      Set.of("quanto"),
      List.of(".weight._data", ".weight._data._data", ".weight._scale")),
  AQLM("AQLM", Use.REFUSE, Set.of("aqlm"), List.of(".codebooks")),
  VPTQ("VPTQ", Use.REFUSE, Set.of("vptq"), List.of(".centroids.weight", ".centroids")),
  SPQR("SpQR", Use.REFUSE, Set.of("spqr"), List.of(".dense_weights")),
  QUIP("QuIP#", Use.REFUSE, Set.of("quip", "quip_sharp"), List.of(".Qidxs")),
  HIGGS("HIGGS", Use.REFUSE, Set.of("higgs"), List.of(".tables2")),
  BITNET("BitNet", Use.REFUSE, Set.of("bitnet"), List.of()),
  MXFP4("MXFP4", Use.REFUSE, Set.of("mxfp4"), List.of("_blocks")),
  FP_QUANT("FP-Quant", Use.REFUSE, Set.of("fp_quant"), List.of(".dqweight")),
  MODELOPT(
      "NVIDIA ModelOpt (fp8 or NVFP4)",
      Use.REFUSE,
      Set.of("modelopt", "modelopt_fp4", "nvfp4"),
      List.of(".weight_scale_2")),
  SMOOTHQUANT(
      "SmoothQuant", Use.REFUSE, Set.of("smoothquant", "smooth_quant"), List.of(".dequant_scale")),
  QUARK("AMD Quark", Use.REFUSE, Set.of("quark"), List.of()),

  /** 2, 3, 4 or 8 bits, packed along the inputs. */
  GPTQ("GPTQ", Use.CONVERT, Set.of("gptq"), List.of(".qweight")),
  /** 4 bits, packed along the outputs; its tensors have GPTQ's names. */
  AWQ("AWQ", Use.CONVERT, Set.of("awq"), List.of()),
  /** e4m3 with a scale for each block of outputs and inputs. */
  FP8_BLOCKS("fp8 with scales of blocks", Use.CONVERT, Set.of("fp8"), List.of(".weight_scale_inv")),

  /** int8, int4 or e4m3 with scales of rows, groups of inputs, or the whole weight. */
  COMPRESSED_TENSORS(
      "compressed-tensors",
      Use.RUN,
      Set.of("compressed-tensors", "fp8"),
      List.of(QuantizedNames.PACKED, QuantizedNames.SCALE, ".bitmask", ".weight_global_scale")),

  /** What carries scales or codes, and is none of these. */
  UNKNOWN("a scheme that is not known", Use.REFUSE, Set.of(), List.of());

  /** What is done with weights. */
  public enum Use {
    /** The engine runs them; the tools read them. */
    RUN,
    /** The tools read them as plain numbers; the engine sends to {@code convert}. */
    CONVERT,
    /** Nothing reads them. */
    REFUSE
  }

  private final String title;
  private final Use use;
  private final Set<String> methods;
  private final List<String> markers;

  @SuppressWarnings("ImmutableEnumChecker") // Set.of and List.of
  QuantizationScheme(String title, Use use, Set<String> methods, List<String> markers) {
    this.title = title;
    this.use = use;
    this.methods = methods;
    this.markers = markers;
  }

  /** Its name for people. */
  public String title() {
    return title;
  }

  /** What is done with it, where no variant of it is refused. */
  public Use use() {
    return use;
  }

  /** Whether {@code quant_method} may call it that. */
  boolean isCalled(String method) {
    return methods.contains(method.toLowerCase(Locale.ROOT));
  }

  /** The first scheme that {@code quant_method} may mean. */
  static Optional<QuantizationScheme> called(String method) {
    return Stream.of(values()).filter(scheme -> scheme.isCalled(method)).findFirst();
  }

  /** Whether only this scheme has tensors of that name. */
  boolean marks(String tensor) {
    return markers.stream().anyMatch(tensor::endsWith);
  }

  /** The first scheme that has tensors of that name. */
  static Optional<QuantizationScheme> marked(String tensor) {
    return Stream.of(values()).filter(scheme -> scheme.marks(tensor)).findFirst();
  }
}
