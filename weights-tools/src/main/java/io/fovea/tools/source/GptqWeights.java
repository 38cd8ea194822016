package io.fovea.tools.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.weights.CompressedWeight;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Weights of GPTQ (arXiv:2210.17323) as AutoGPTQ stores them: {@code X.qweight} I32 [K·bits/32, N],
 * {@code X.qzeros} I32 [G, N·bits/32], {@code X.scales} float [G, N] and {@code X.g_idx} I32 [K],
 * the group of each input. The form "gptq" stores zeros less one, "gptq_v2" as they are.
 *
 * @param settings say {@code bits}, the form, and the group size where there is no g_idx
 */
record GptqWeights(Parts parts, JsonNode settings) implements WeightDecoder {
  private static final String CODES = ".qweight";
  private static final int MAX_INPUTS = 1 << 20;

  @Override
  public boolean isCodes(String name) {
    return name.endsWith(CODES);
  }

  @Override
  public boolean isPart(String name) {
    return parts.isBeside(name, List.of(".qzeros", ".scales", ".g_idx"), CODES);
  }

  @Override
  public SourceTensor weight(String codesName) {
    String module = CompressedWeight.module(codesName);
    int bits = settings.path("bits").asInt();
    PlainTensor codes = parts.plain(codesName, Set.of("I32"), 2);
    long inputBits = Math.multiplyExact(32, codes.shape().get(0));
    long inputs = inputBits / bits;
    long outputs = codes.shape().get(1);
    Parts.require(
        codes,
        inputBits % bits == 0 && inputs > 0 && inputs <= MAX_INPUTS,
        "has shape " + codes.shape() + " for codes of " + bits + " bits");
    PlainTensor scales = parts.groupScales(module, inputs, outputs);
    long groups = scales.shape().get(0);
    Parts.require(
        codes, outputs * bits % 32 == 0, "has " + outputs + " outputs, which do not fill words");
    List<Long> zeroShape = List.of(groups, outputs * bits / 32);
    String form = settings.path("checkpoint_format").asText(settings.path("format").asText());
    return new PackedTensor(
        new Packing.Gptq(bits),
        codes,
        parts.plain(module + ".qzeros", Set.of("I32"), zeroShape),
        scales,
        groupOf(module, codes, Math.toIntExact(inputs), groups),
        form.equalsIgnoreCase("gptq_v2") ? 0 : 1,
        module + ".weight",
        List.of(outputs, inputs));
  }

  private int[] groupOf(String module, PlainTensor codes, int inputs, long groups) {
    String name = module + ".g_idx";
    if (!parts.has(name) || parts.find(name).tensor().shape().equals(List.of(0L))) {
      return Parts.groups(codes, settings.path("group_size").asInt(-1), inputs, groups);
    }
    PlainTensor index = parts.plain(name, Set.of("I32", "I64"), List.of((long) inputs));
    float[] values = Parts.values(index);
    int[] groupOf = new int[inputs];
    Arrays.setAll(groupOf, k -> (int) values[k]); // exact: fewer than 2^24 groups
    Parts.require(
        index,
        Arrays.stream(groupOf).allMatch(g -> g >= 0 && g < groups),
        "names a group outside the " + groups + " that have scales");
    return groupOf;
  }
}
