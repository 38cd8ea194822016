package io.fovea.tools.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.FoveaException;
import io.fovea.ProgressListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.Inspector;
import io.fovea.tools.Verification;
import io.fovea.tools.Verifier;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parts that do not fit each other: all paths say the same, and none sends to another. */
class MisfitsTest {
  private static final String INT8 = "{'quant_method':'bitsandbytes','load_in_8bit':true}";
  private static final String FP8 = "{'quant_method':'fp8','weight_block_size':[64,64]}";
  private static final String GPTQ = "{'quant_method':'gptq','bits':4,'group_size':32}";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private enum Misfit {
    SCALES_TOO_FEW(INT8, "SCB: has shape", (d, w) -> int8(d, w).put(scb(w), "F32", n(d, w, -1))),
    SCALES_OF_ANOTHER_DTYPE(
        INT8, "SCB: is BF16", (d, w) -> int8(d, w).put(scb(w), "BF16", n(d, w, 0))),
    SCALES_MISSING(INT8, "without a scale", (d, w) -> int8(d, w).draft().remove(scb(w))),
    CODES_THAT_ARE_NUMBERS(INT8, "weight: is F32", (d, w) -> plain(int8(d, w).draft(), w)),
    BLOCKS_OF_ANOTHER_SIZE(FP8, "for blocks of 64x64", (d, w) -> fp8(d, w, 5)),
    GPTQ_WITHOUT_SCALES(GPTQ, "scales: is missing", MisfitsTest::gptq);

    private final String config;
    private final String mentioned;
    private final BiConsumer<Draft, String> change;

    Misfit(String config, String mentioned, BiConsumer<Draft, String> change) {
      this.config = config;
      this.mentioned = mentioned;
      this.change = change;
    }
  }

  /** Puts tensors of zeros. */
  private record Zeros(Draft draft) {
    Zeros put(String name, String dtype, List<Long> shape) {
      int bytes = dtype.equals("F32") || dtype.equals("I32") ? 4 : dtype.equals("BF16") ? 2 : 1;
      long elements = shape.stream().reduce(1L, Math::multiplyExact);
      draft.put(name, dtype, shape, new byte[(int) elements * bytes]);
      return this;
    }
  }

  private static String scb(String weight) {
    return weight.replaceFirst("weight$", "SCB");
  }

  private static List<Long> n(Draft draft, String weight, int more) {
    return List.of(draft.original(weight).shape().get(0) + more);
  }

  private static Zeros int8(Draft draft, String weight) {
    return new Zeros(draft)
        .put(weight, "I8", draft.original(weight).shape())
        .put(scb(weight), "F32", n(draft, weight, 0));
  }

  private static void plain(Draft draft, String name) {
    new Zeros(draft).put(name, "F32", draft.original(draft.projections().get(0)).shape());
  }

  private static void fp8(Draft draft, String weight, long blocks) {
    new Zeros(draft)
        .put(weight, "F8_E4M3", draft.original(weight).shape())
        .put(weight + "_scale_inv", "F32", List.of(blocks, blocks));
  }

  private static void gptq(Draft draft, String weight) {
    List<Long> shape = draft.original(weight).shape();
    new Zeros(draft.remove(weight))
        .put(
            weight.replaceFirst("weight$", "qweight"),
            "I32",
            List.of(shape.get(1) / 8, shape.get(0)));
  }

  private Path write(Draft draft) throws IOException {
    Path model = folder.resolve("model");
    draft.writeSafetensors(model);
    return model;
  }

  private static Path convert(Path model, Formats formats) {
    Path out = model.resolveSibling("out");
    Converter.convert(model, formats, OutputOptions.to(out), ProgressListener.none());
    return out;
  }

  private static List<String> verdicts(Path model) {
    List<String> verdicts = new ArrayList<>();
    List<Runnable> paths =
        List.of(
            () -> FoveaEngine.builder().model(model).threads(1).build().close(),
            () -> convert(model, Formats.plain(PlainType.KEEP)),
            () -> convert(model, Formats.all(WeightFormat.INT8)),
            () -> Inspector.inspect(model),
            () -> Verifier.verify(model, 1, ProgressListener.none()));
    for (Runnable path : paths) {
      try {
        path.run();
        verdicts.add("read");
      } catch (FoveaException e) {
        verdicts.add(String.valueOf(e.getMessage()));
      }
    }
    return verdicts;
  }

  @ParameterizedTest
  @EnumSource
  void allPathsRefuseItInOneSentence(Misfit misfit) throws IOException {
    Draft draft = Draft.small(folder);
    List<String> weights = draft.projections();
    if (misfit.config.equals(INT8)) { // one of many does not fit
      weights.forEach(weight -> int8(draft, weight));
    }
    misfit.change.accept(draft, weights.get(0));
    List<String> verdicts = verdicts(write(draft.config(misfit.config.replace('\'', '"'))));
    assertThat(verdicts.get(0)).contains(misfit.mentioned).doesNotContain("./fovea convert");
    assertThat(verdicts).containsOnly(verdicts.get(0));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsYetToBeMergedIsRefusedInOneSentence(Unmerged unmerged) throws IOException {
    Draft draft = Draft.small(folder);
    unmerged.change.accept(draft, draft.projections().get(0));
    List<String> verdicts = verdicts(write(draft));
    assertThat(verdicts.get(0)).contains(unmerged.remedy);
    assertThat(verdicts).containsOnly(verdicts.get(0));
  }

  private enum Unmerged {
    PRUNED(
        "torch.nn.utils.prune.remove(module, 'weight')",
        (d, w) -> {
          plain(d.remove(w), w + "_orig");
          plain(d, w + "_mask");
        }),
    PARAMETRIZED(
        "remove_parametrizations(module, 'weight')",
        (d, w) -> {
          String module = w.replaceFirst("weight$", "parametrizations.weight.");
          plain(d.remove(w), module + "original0");
          plain(d, module + "original1");
        }),
    ROTATED("merge_and_unload", (d, w) -> plain(d, w.replaceFirst("weight$", "oft_r")));

    private final String remedy;
    private final BiConsumer<Draft, String> change;

    Unmerged(String remedy, BiConsumer<Draft, String> change) {
      this.remedy = remedy;
      this.change = change;
    }
  }

  @Test
  void anAdapterBesideTheModelIsNoted() throws IOException {
    for (boolean torch : new boolean[] {false, true}) {
      Draft draft = Draft.small(folder).file("adapter_config.json", "{}");
      Path model = folder.resolve("model" + torch);
      if (torch) {
        draft.writeTorch(model);
      } else {
        draft.file("adapter_model.safetensors", "not read").writeSafetensors(model);
        FoveaEngine.builder().model(model).threads(1).build().close();
      }
      assertThat(Inspector.inspect(model).notes())
          .singleElement()
          .asString()
          .contains("adapter_config.json", "not used", "merge_and_unload");
      Verification verified = Verifier.verify(model, 1, ProgressListener.none());
      assertThat(verified.problems()).isEmpty();
      assertThat(verified.notes()).containsAll(Inspector.inspect(model).notes());
    }
  }

  /** The index of other shards, or one that was edited. */
  @Test
  void aTensorThatTheIndexDoesNotNameIsNamedWithItsShard() throws IOException {
    Path model = write(Draft.small(folder));
    Path shard = model.resolve("model-00001-of-00001.safetensors");
    Files.move(model.resolve("model.safetensors"), shard);
    StringBuilder map = new StringBuilder();
    for (String name : Draft.small(folder).originals().keySet()) {
      if (!name.equals("lm_head.weight")) {
        map.append(map.length() == 0 ? "" : ",").append('"').append(name);
        map.append("\":\"").append(shard.getFileName()).append('"');
      }
    }
    Files.writeString(
        model.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
    List<String> verdicts = verdicts(model);
    verdicts.set(3, String.join("", Inspector.inspect(model).missing()));
    verdicts.set(
        4, String.join("; ", Verifier.verify(model, 1, ProgressListener.none()).problems()));
    assertThat(verdicts)
        .allMatch(verdict -> verdict.contains("lm_head.weight"))
        .filteredOn(verdict -> verdict.contains(shard.getFileName() + ": lm_head.weight"))
        .hasSize(4)
        .allMatch(verdict -> verdict.contains("is missing from the index"));
  }
}
