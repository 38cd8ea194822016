package io.fovea.tools.zoo;

import io.fovea.weights.QuantizationScheme.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Checkpoints that nothing reads. */
final class RefusedAnimals {
  private static final String UNKNOWN = "a scheme that is not known";

  private final List<Animal> all = new ArrayList<>();

  private RefusedAnimals() {}

  static List<Animal> list() {
    RefusedAnimals animals = new RefusedAnimals();
    animals.byTensors();
    animals.byMethod();
    animals.variantsOfCompressedTensors();
    animals.variantsOfOthers();
    animals.withoutAName();
    return animals.all;
  }

  private void add(String name, String title, String config, BiConsumer<Draft, String> weight) {
    all.add(
        new Animal(
            name,
            Use.REFUSE,
            title,
            false,
            draft -> {
              draft.projections().forEach(w -> weight.accept(draft, w));
              if (!config.isEmpty()) {
                draft.config(config.replace('\'', '"'));
              }
              return Map.of();
            }));
  }

  /**
   * Takes weights away and puts other tensors in their place.
   *
   * @param ends "dtype end" of the names of those tensors, which have 32 bytes
   */
  private static BiConsumer<Draft, String> instead(String... ends) {
    return (draft, weight) -> {
      draft.remove(weight);
      beside(ends).accept(draft, weight);
    };
  }

  private static BiConsumer<Draft, String> beside(String... ends) {
    return (draft, weight) -> {
      for (String end : ends) {
        String[] both = end.split(" ", 2);
        int bytes =
            switch (both[0]) {
              case "I8", "U8", "F8_E4M3", "F8_E5M2" -> 1;
              case "F16", "BF16" -> 2;
              case "I64" -> 8;
              default -> 4;
            };
        String name = Bytes.module(weight) + both[1];
        draft.put(name, both[0], List.of(32L / bytes), new byte[32]);
      }
    };
  }

  /** The weight itself in another dtype, all zeros. */
  private static BiConsumer<Draft, String> stored(String dtype, String... beside) {
    return (draft, weight) -> {
      int elements = draft.original(weight).values().length;
      draft.put(weight, dtype, draft.original(weight).shape(), new byte[elements]);
      beside(beside).accept(draft, weight);
    };
  }

  private void byTensors() {
    add("FP4", "bitsandbytes FP4", "", (draft, name) -> Bytes.storeNf4(draft, name, "fp4"));
    add("HQQ", "HQQ", "", instead("U8 .W_q", "F16 .scale", "F16 .zero"));
    add("EETQ", "EETQ", "", stored("I8", "F16 .weight_scales"));
    add("FBGEMM", "FBGEMM fp8", "", stored("F8_E4M3", "F32 .weight_scale", "F32 .input_scale_ub"));
    add("torchao", "torchao", "", instead("I8 ._weight_qdata", "F32 ._weight_scale"));
    add("quanto", "quanto", "", instead("I8 .weight._data", "F16 .weight._scale"));
    add("AQLM", "AQLM", "", instead("I8 .codes", "F16 .codebooks", "F16 .scales"));
    add("VPTQ", "VPTQ", "", instead("I32 .indices", "F16 .centroids.weight"));
    add("SpQR", "SpQR", "", instead("I32 .dense_weights", "F16 .row_offsets"));
    add("QuIP#", "QuIP#", "", instead("I64 .Qidxs", "F16 .SU", "F16 .SV"));
    add("HIGGS", "HIGGS", "", stored("I8", "F16 .scales", "F16 .tables", "F16 .tables2"));
    add("MXFP4", "MXFP4", "", instead("U8 .weight_blocks", "U8 .weight_scales_e8"));
    add(
        "NVFP4",
        "NVIDIA ModelOpt (fp8 or NVFP4)",
        "",
        stored("U8", "F8_E4M3 .weight_scale", "F32 .weight_scale_2"));
    add("Marlin", "Marlin", "", instead("I32 .B", "F16 .s", "I32 .workspace"));
    add("Marlin 2:4", "Marlin 2:4", "", instead("I32 .B_24", "I32 .B_meta", "F16 .s"));
    add("ExLlamaV2", "ExLlamaV2", "", instead("I32 .q_weight", "I32 .q_scale", "I32 .q_groups"));
    add("ExLlamaV3", "ExLlamaV3", "", instead("I32 .trellis", "F16 .suh", "F16 .svh"));
    add("SmoothQuant", "SmoothQuant", "", stored("I8", "F32 .dequant_scale"));
    add("FP-Quant", "FP-Quant", "", instead("U8 .dqweight", "U8 .scales"));
    String codes = "GPTQ or AWQ without quantization_config";
    add("codes without a word of them", codes, "", instead("I32 .qweight", "F16 .scales"));
  }

  private void byMethod() {
    String[][] methods = {
      {"hqq", "HQQ"},
      {"eetq", "EETQ"},
      {"fbgemm_fp8", "FBGEMM fp8"},
      {"torchao", "torchao"},
      {"quanto", "quanto"},
      {"aqlm", "AQLM"},
      {"vptq", "VPTQ"},
      {"spqr", "SpQR"},
      {"higgs", "HIGGS"},
      {"bitnet", "BitNet"},
      {"mxfp4", "MXFP4"},
      {"modelopt", "NVIDIA ModelOpt"},
      {"quark", "AMD Quark"},
      {"fp_quant", "FP-Quant"},
      {"smoothquant", "SmoothQuant"},
      {"gptq_marlin", "Marlin"},
      {"sinq", "'sinq'"},
    };
    for (String[] method : methods) {
      String config = "{'quant_method': '" + method[0] + "', 'bits': 4}";
      add(method[0] + " by its name", method[1], config, stored("I8", "F16 .weight_scale"));
    }
    all.add(all.get(all.size() - 1).inTorch());
    add("a method that is not known", "'newquant'", "{'quant_method': 'newquant'}", (d, w) -> {});
    add("a method without a name", "a method without a name", "{'bits': 4}", (d, w) -> {});
    add("settings that are a list", "a method without a name", "[4]", (d, w) -> {});
    add(
        "GPTQ of which no tensor shows",
        "GPTQ",
        "{'quant_method': 'gptq', 'bits': 4}",
        (d, w) -> {});
    for (String packing : new String[] {"auto_round:auto_gptq", "auto_round:auto_awq"}) {
      add(
          packing,
          "AutoRound",
          "{'quant_method': 'auto-round', 'bits': 4, 'packing_format': '" + packing + "'}",
          instead("I32 .qweight", "I32 .qzeros", "F16 .scales"));
    }
  }

  private void compressed(
      String name, String variant, String settings, BiConsumer<Draft, String> weight) {
    String config = "{'quant_method': 'compressed-tensors'" + settings + "}";
    add(name, "compressed-tensors " + variant, config, weight);
  }

  private void variantsOfCompressedTensors() {
    BiConsumer<Draft, String> bytes = stored("I8", "F32 .weight_scale");
    String weights = ", 'config_groups': {'group_0': {'weights': {%s}}}";
    compressed("zero points", "with zero points", "", stored("I8", "I8 .weight_zero_point"));
    compressed(
        "zero points by config",
        "with zero points",
        weights.formatted("'num_bits': 8, 'type': 'int', 'symmetric': false"),
        bytes);
    compressed(
        "g_idx", "with reordered groups", "", instead("I32 .weight_packed", "I32 .weight_g_idx"));
    compressed(
        "NVFP4 of compressed-tensors",
        "in the form 'nvfp4-pack-quantized'",
        ", 'format': 'nvfp4-pack-quantized'",
        instead("U8 .weight_packed", "F8_E4M3 .weight_scale"));
    compressed(
        "NVFP4 of compressed-tensors, by tensors",
        "of 4-bit floats",
        "",
        instead("U8 .weight_packed", "F8_E4M3 .weight_scale", "F32 .weight_global_scale"));
    compressed(
        "half of the weights",
        "with half of the weights left out",
        "",
        instead("F16 .compressed", "U8 .bitmask", "I64 .row_offsets"));
    compressed(
        "marlin-24",
        "in the form 'marlin-24'",
        ", 'format': 'marlin-24'",
        instead("I32 .weight_packed"));
    compressed(
        "a quantised cache",
        "with a quantised cache",
        ", 'kv_cache_scheme': {'num_bits': 8}",
        bytes);
    compressed(
        "sparse",
        "in the form 'sparse-24-bitmask'",
        ", 'sparsity_config': {'format': 'sparse-24-bitmask'}",
        bytes);
    compressed(
        "a scale a block",
        "with a scale a block",
        weights.formatted("'num_bits': 8, 'type': 'float', 'strategy': 'block'"),
        stored("F8_E4M3", "F32 .weight_scale"));
    compressed(
        "8 bits, packed",
        "of 8-bit ints in the form 'pack-quantized'",
        ", 'format': 'pack-quantized'" + weights.formatted("'num_bits': 8, 'type': 'int'"),
        instead("I32 .weight_packed", "F16 .weight_scale"));
    compressed(
        "2 bits, packed",
        "of 2-bit ints in the form 'pack-quantized'",
        ", 'format': 'pack-quantized'" + weights.formatted("'num_bits': 2, 'type': 'int'"),
        instead("I32 .weight_packed", "F16 .weight_scale"));
  }

  private void variantsOfOthers() {
    BiConsumer<Draft, String> packed = instead("I32 .qweight", "I32 .qzeros", "F16 .scales");
    add("GPTQ of 5 bits", "GPTQ of 5 bits", "{'quant_method': 'gptq', 'bits': 5}", packed);
    add(
        "GPTQ as Marlin",
        "GPTQ in the form 'marlin'",
        "{'quant_method': 'gptq', 'bits': 4, 'checkpoint_format': 'marlin'}",
        packed);
    add(
        "GPTQ of several kinds",
        "GPTQ with settings of their own for some modules",
        "{'quant_method': 'gptq', 'bits': 4, 'dynamic': {'+:.*down.*': {'bits': 8}}}",
        packed);
    add(
        "AWQ as gemv",
        "AWQ in the form 'gemv'",
        "{'quant_method': 'awq', 'bits': 4, 'version': 'gemv'}",
        packed);
    add(
        "AWQ of 3 bits",
        "AWQ of 3 bits",
        "{'quant_method': 'awq', 'w_bit': 3, 'version': 'gemm'}",
        packed);
    add(
        "LLM.int8 in the order of a GPU",
        "bitsandbytes LLM.int8 in the order of a GPU",
        "{'quant_method': 'bitsandbytes', 'load_in_8bit': true}",
        (draft, name) -> {
          Bytes.storeInt8(draft, name);
          draft.put(Bytes.module(name) + ".weight_format", "U8", List.of(), new byte[] {2});
        });
    all.add(all.get(all.size() - 1).inTorch());
    add(
        "LLM.int8 that config.json calls GPTQ",
        "bitsandbytes LLM.int8 or 'gptq'",
        "{'quant_method': 'gptq', 'bits': 4}",
        Bytes::storeInt8);
    add(
        "GPTQ with something more",
        UNKNOWN,
        "{'quant_method': 'gptq', 'bits': 4, 'group_size': 32}",
        (draft, name) -> {
          Packed.gptq(4, 32).storeGptq(draft, name, true, false);
          beside("I32 .perm", "F16 .scale_2").accept(draft, name);
        });
  }

  private void withoutAName() {
    add("int8 alone", "without a scale that is understood", "", stored("I8"));
    all.add(all.get(all.size() - 1).inTorch());
    add("e4m3 alone", "without a scale that is understood", "", stored("F8_E4M3"));
    add("e5m2 alone", "without a scale that is understood", "", stored("F8_E5M2"));
    add("e5m2 with a scale", "is stored as F8_E5M2", "", stored("F8_E5M2", "F32 .weight_scale"));
    add("codes in place of weights", UNKNOWN, "", instead("U8 .blob", "F16 .lattice"));
    add("a scale beside plain weights", UNKNOWN, "", beside("F32 .scale"));
    add("zeros beside plain weights", UNKNOWN, "", beside("F32 .zeros"));
    add("a scale beside int8", UNKNOWN, "", stored("I8", "F32 .channel_absmax"));
    all.add(all.get(all.size() - 1).inTorch());
  }
}
