package io.fovea.tools.zoo;

import io.fovea.weights.QuantizationScheme.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Checkpoints that the engine runs, or that {@code convert} makes plain. */
final class ReadAnimals {
  private static final String COMPRESSED = "compressed-tensors";
  private static final String INT8 = "bitsandbytes LLM.int8";
  private static final String FP8 = "{'quant_method': 'fp8', 'activation_scheme': 'static'}";
  private static final String GPTQ4 =
      "{'quant_method': 'gptq', 'bits': 4, 'group_size': 32, 'sym': true, 'desc_act': false}";
  private static final String AWQ =
      "{'quant_method': 'awq', 'bits': 4, 'group_size': 32, 'version': 'gemm'}";

  private final List<Animal> all = new ArrayList<>();

  private ReadAnimals() {}

  static List<Animal> list() {
    ReadAnimals animals = new ReadAnimals();
    animals.plain();
    animals.compressed();
    animals.bitsandbytes();
    animals.gptq();
    animals.awq();
    animals.blocks();
    return animals.all;
  }

  private void add(
      String name,
      Use use,
      String title,
      String config,
      BiFunction<Draft, String, float[]> weight,
      Consumer<Draft> rest) {
    all.add(
        new Animal(
            name,
            use,
            title,
            false,
            draft -> {
              Map<String, float[]> values = new LinkedHashMap<>();
              draft.projections().forEach(w -> values.put(w, weight.apply(draft, w)));
              if (!config.isEmpty()) {
                draft.config(config.replace('\'', '"'));
              }
              rest.accept(draft);
              return values;
            }));
  }

  private void add(
      String name,
      Use use,
      String title,
      String config,
      BiFunction<Draft, String, float[]> weight) {
    add(name, use, title, config, weight, draft -> {});
  }

  private Animal last() {
    return all.get(all.size() - 1);
  }

  private void plain() {
    BiFunction<Draft, String, float[]> asIs = (draft, name) -> draft.original(name).values();
    String plain = "plain numbers";
    add("no quantisation but null", Use.RUN, plain, "null", asIs);
    add("no quantisation but {}", Use.RUN, plain, "{}", asIs);
    add(
        "plain, to be quantised by bitsandbytes while loading",
        Use.RUN,
        plain,
        "{'quant_method': 'bitsandbytes', 'load_in_8bit': true}",
        asIs);
    add("the same, as it was written first", Use.RUN, plain, "{'load_in_4bit': true}", asIs);
    add(
        "plain, beside the file of a quantiser",
        Use.RUN,
        plain,
        "",
        asIs,
        draft -> draft.file("quantize_config.json", "{\"bits\": 4}"));
  }

  private void compressed() {
    String tensor = "{'quant_method': 'compressed-tensors', 'format': 'float-quantized'}";
    add(
        "fp8, a scale a weight",
        Use.RUN,
        COMPRESSED,
        tensor,
        (draft, name) -> Bytes.storeFloat8(draft, name, ".weight_scale"));
    add(
        "fp8, a scalar a weight",
        Use.RUN,
        COMPRESSED,
        tensor,
        (draft, name) -> {
          float[] w = Bytes.storeFloat8(draft, name, ".weight_scale");
          draft.put(Bytes.module(name) + ".weight_scale", "F32", List.of(), Codes.f32(0.0021f));
          return w;
        });
    add(
        "fp8 with scales of inputs",
        Use.RUN,
        COMPRESSED,
        FP8,
        (draft, name) -> {
          draft.put(Bytes.module(name) + ".input_scale", "F32", List.of(1L), Codes.f32(0.5f));
          return Bytes.storeFloat8(draft, name, ".weight_scale");
        });
    add(
        "fp8, inputs rounded while running",
        Use.RUN,
        COMPRESSED,
        "{'quant_method': 'compressed-tensors', 'format': 'float-quantized', 'config_groups':"
            + " {'group_0': {'targets': ['Linear'], 'weights': {'num_bits': 8, 'type': 'float',"
            + " 'symmetric': true, 'strategy': 'channel'}, 'input_activations': {'num_bits': 8,"
            + " 'type': 'float', 'dynamic': true, 'strategy': 'token'}}}}",
        (draft, name) -> {
          int rows = draft.original(name).rows();
          int inputs = draft.original(name).inputs();
          return Bytes.storeFloat8(draft, name, Bytes.scales(rows), 1, inputs, ".weight_scale");
        });
  }

  private void bitsandbytes() {
    String eight = "{'quant_method': 'bitsandbytes', 'load_in_8bit': true}";
    add("LLM.int8", Use.CONVERT, INT8, eight, Bytes::storeInt8);
    all.add(last().inTorch());
    add("LLM.int8 without a word of it", Use.CONVERT, INT8, "", Bytes::storeInt8);
    add(
        "LLM.int8 in rows",
        Use.CONVERT,
        INT8,
        eight,
        (draft, name) -> {
          draft.put(Bytes.module(name) + ".weight_format", "U8", List.of(), new byte[] {0});
          return Bytes.storeInt8(draft, name);
        });
    add(
        "NF4",
        Use.CONVERT,
        "bitsandbytes NF4",
        "{'quant_method': 'bitsandbytes', 'load_in_4bit': true, 'bnb_4bit_quant_type': 'nf4'}",
        (draft, name) -> Bytes.storeNf4(draft, name, "nf4"));
    all.add(last().inTorch());
  }

  private void gptq(String name, String config, Packed packed, boolean index, boolean bf16) {
    add(
        name,
        Use.CONVERT,
        "GPTQ",
        config,
        (draft, weight) -> packed.storeGptq(draft, weight, index, bf16));
  }

  private void gptq() {
    Packed four = Packed.gptq(4, 32);
    gptq("GPTQ", GPTQ4, four, true, false);
    all.add(last().inTorch());
    gptq("GPTQ with scales in bf16", GPTQ4, four, true, true);
    gptq("GPTQ, asymmetric", GPTQ4, four.asymmetric(), true, false);
    gptq("GPTQ in act order", GPTQ4, four.asymmetric().inAnotherOrder(), true, false);
    gptq("GPTQ without g_idx", GPTQ4, four, false, false);
    gptq(
        "GPTQ, version 2",
        GPTQ4.replace("}", ", 'checkpoint_format': 'gptq_v2'}"),
        four.asymmetric().version2(),
        true,
        false);
    for (int bits : new int[] {2, 3, 8}) {
      gptq(
          "GPTQ of " + bits + " bits",
          GPTQ4.replace("'bits': 4", "'bits': " + bits),
          Packed.gptq(bits, 32).asymmetric(),
          true,
          false);
    }
    gptq(
        "GPTQ, modules left out",
        GPTQ4.replace("}", ", 'dynamic': {'-:lm_head': {}}}"),
        four,
        true,
        false);
    add(
        "GPTQ by a file of its own",
        Use.CONVERT,
        "GPTQ",
        "",
        (draft, weight) -> four.storeGptq(draft, weight, true, false),
        draft -> draft.file("quantize_config.json", "{\"bits\": 4, \"group_size\": 32}"));
  }

  private void awq() {
    BiFunction<Draft, String, float[]> store =
        (draft, weight) -> Packed.awq(32).storeAwq(draft, weight);
    add("AWQ", Use.CONVERT, "AWQ", AWQ, store);
    all.add(last().inTorch());
    add(
        "AWQ by a file of its own",
        Use.CONVERT,
        "AWQ",
        "",
        store,
        draft ->
            draft.file(
                "quant_config.json",
                "{\"w_bit\": 4, \"q_group_size\": 32, \"version\": \"GEMM\"}"));
  }

  private void blocks() {
    String title = "fp8 with scales of blocks";
    add(
        "fp8 in blocks",
        Use.CONVERT,
        title,
        "{'quant_method': 'fp8', 'weight_block_size': [40, 48]}",
        (draft, name) -> {
          int down = (draft.original(name).rows() + 39) / 40;
          int across = (draft.original(name).inputs() + 47) / 48;
          float[] scales = Bytes.scales(down * across);
          return Bytes.storeFloat8(draft, name, scales, 40, 48, ".weight_scale_inv");
        });
    add(
        "fp8 in one block",
        Use.CONVERT,
        title,
        "{'quant_method': 'fp8'}",
        (draft, name) -> Bytes.storeFloat8(draft, name, ".weight_scale_inv"));
  }
}
