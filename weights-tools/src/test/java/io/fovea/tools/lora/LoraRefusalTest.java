package io.fovea.tools.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.FoveaException;
import io.fovea.ProgressListener;
import io.fovea.tools.Additions;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.Synthesizer;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.synthetic.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What does not fit is named, before anything is written. */
class LoraRefusalTest {
  private static final String DENSE = "model.layers.1.mlp.language_mlp.down_proj";
  private static final String QUERY = "text_model.model.layers.0.self_attn.q_proj";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private final AdapterFolder adapter = new AdapterFolder();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'peft_type': 'IA3'} | of type 'IA3'",
        "{'peft_type': null} | not LORA",
        "{'r': 3} | wanted is [3, 96]",
        "{'r': 0} | r: is 0",
        "{'r': 2.5} | r: is 2.5",
        "{'lora_alpha': null} | lora_alpha",
        "{'lora_alpha': 'much'} | lora_alpha",
        "{'use_rslora': 1} | use_rslora",
        "{'rank_pattern': {'down_proj': 4}} | wanted is [4, 96]",
        "{'rank_pattern': {'down_proj': -4}} | rank_pattern.down_proj",
        "{'alpha_pattern': {'(': 4}} | alpha_pattern.(",
        "{'init_lora_weights': 'pissa_niter_4'} | pissa_niter_4",
        "{'init_lora_weights': 'olora'} | olora",
        "{'use_dora': true} | has no part MAGNITUDE",
        "{'target_parameters': ['x']} | target_parameters",
        "{'layer_replication': [[0, 1]]} | layer_replication",
        "{'use_qalora': true} | use_qalora",
      })
  void configsAreRead(String json, String culprit) throws IOException {
    adapter.lora(DENSE, 64, 96);
    adapter.config.setAll((ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"')));
    refused(Preset.SMALL_V1, culprit);
  }

  @Test
  void otherModules() throws IOException {
    adapter.lora("model.layers.7.mlp.language_mlp.down_proj", 64, 96);
    refused(Preset.SMALL_V1, "'model.layers.7.mlp.language_mlp.down_proj.weight', which the model");
  }

  @Test
  void otherShapes() throws IOException {
    adapter.lora(DENSE, 65, 96);
    refused(Preset.SMALL_V1, DENSE + ".lora_B.weight: has shape [65, 2], wanted is [64, 2]");
  }

  @Test
  void oneFactorAlone() throws IOException {
    adapter.tensor("base_model.model." + DENSE + ".lora_A.weight", 2, 96);
    refused(Preset.SMALL_V1, "has no part B");
  }

  @Test
  void twoAdaptersInOneFile() throws IOException {
    adapter.tensor("base_model.model." + DENSE + ".lora_A.one.weight", 2, 96);
    adapter.tensor("base_model.model." + DENSE + ".lora_A.two.weight", 2, 96);
    refused(Preset.SMALL_V1, "keep the tensors of one adapter only");
  }

  @Test
  void factorsOfProjectionsOnEmbeddings() throws IOException {
    adapter.lora("model.embed_tokens", 416, 64);
    refused(Preset.SMALL_V1, "does not fit model.embed_tokens.weight");
  }

  @Test
  void factorsOnNorms() throws IOException {
    adapter.lora("model.norm", 64, 1);
    refused(Preset.SMALL_V1, "does not fit model.norm.weight [64]");
  }

  @Test
  void replacementsOfOtherShape() throws IOException {
    adapter.tensor("base_model.model.lm_head.modules_to_save.default.weight", 420, 64);
    refused(Preset.SMALL_V1, "has shape [420, 64], wanted is [416, 64]");
  }

  @Test
  void unknownTensors() throws IOException {
    adapter.tensor("base_model.model.prompt_encoder.weight", 4);
    refused(Preset.SMALL_V1, "'prompt_encoder.weight', which the model lacks");
  }

  @Test
  void nothingAtAll() throws IOException {
    refused(Preset.SMALL_V1, "has no tensors");
  }

  @Test
  void headsThatAreTheEmbedding() throws IOException {
    adapter.lora(QUERY, 64, 64).lora("text_model.lm_head", 1536, 64);
    refused(Preset.SMALL_KOSMOS2, "changes the head alone");
  }

  @Test
  void embeddingsThatAreTheHead() throws IOException {
    adapter
        .tensor("base_model.model.text_model.model.embed_tokens.lora_embedding_A", 2, 1536)
        .tensor("base_model.model.text_model.model.embed_tokens.lora_embedding_B", 64, 2);
    refused(Preset.SMALL_KOSMOS2, "changes the embedding alone");
  }

  @Test
  void quantisedModels() throws IOException {
    Path model = synthesize(Preset.SMALL_V1, Formats.all(WeightFormat.INT8));
    adapter.lora(DENSE, 64, 96);
    refused(model, List.of(adapter.write(folder.resolve("a"))), "--dtype bf16");
  }

  @Test
  void replacementsOfWhatAnotherAdapterChanged() throws IOException {
    Path model = synthesize(Preset.SMALL_V1, Formats.plain(PlainType.BF16));
    Path first = adapter.lora(DENSE, 64, 96).write(folder.resolve("a"));
    Path second =
        new AdapterFolder()
            .tensor("base_model.model." + DENSE + ".weight", 64, 96)
            .write(folder.resolve("b"));
    refused(model, List.of(first, second), "another adapter has changed");
  }

  @Test
  void foldersThatAreNone() throws IOException {
    Path model = synthesize(Preset.SMALL_V1, Formats.plain(PlainType.BF16));
    refused(model, List.of(model), "adapter_config.json");
    Path bare = adapter.write(folder.resolve("bare"));
    Files.delete(bare.resolve("adapter_model.safetensors"));
    refused(model, List.of(bare), "neither adapter_model.safetensors nor adapter_model.bin");
  }

  private void refused(Preset preset, String culprit) throws IOException {
    Path model = synthesize(preset, Formats.plain(PlainType.BF16));
    refused(model, List.of(adapter.write(folder.resolve("a"))), culprit);
  }

  private void refused(Path model, List<Path> adapters, String culprit) {
    Path out = folder.resolve("out");
    assertThatThrownBy(
            () ->
                Converter.convert(
                    model,
                    Additions.lora(adapters),
                    Formats.plain(PlainType.KEEP),
                    OutputOptions.to(out),
                    ProgressListener.none()))
        .isInstanceOf(FoveaException.class)
        .hasMessageContaining(culprit);
    assertThat(out).doesNotExist();
    assertThat(folder.resolve("out.part")).doesNotExist();
  }

  private Path synthesize(Preset preset, Formats formats) {
    Path model = folder.resolve("model");
    Synthesizer.synthesize(
        preset.model(), 4, formats, OutputOptions.to(model), ProgressListener.none());
    return model;
  }
}
