package io.fovea.tools.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints whose modules are named as in the published training code (sat_fixtures.py). */
class SatSourceTest {
  private static final Path FILES =
      Path.of(System.getProperty("fovea.home"), "weights-tools/src/test/resources/sat");

  private static final String STATES = "1/mp_rank_00_model_states.pt";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"cogvlm", "cogvlm2"})
  void tensorsAreThoseOfTheLayout(String family) {
    try (SatSource source = SatSource.open(FILES.resolve(family))) {
      ModelLayout layout = layout(source);
      assertThat(source.tensors().stream().map(SourceTensor::name))
          .containsExactlyInAnyOrderElementsOf(
              layout.tensors().stream().map(TensorSpec::name).toList());
      for (SourceTensor tensor : source.tensors()) {
        TensorSpec spec = Objects.requireNonNull(layout.find(tensor.name()));
        assertThat(tensor.shape()).as(tensor.name()).isEqualTo(spec.shape());
      }
    }
  }

  @Test
  void cogAgentsTensorsAreInItsLayout() {
    try (SatSource source = SatSource.open(FILES.resolve("cogagent"))) {
      ModelLayout layout = layout(source);
      assertThat(layout.family()).isEqualTo("CogAgent");
      assertThat(source.tensors())
          .hasSizeGreaterThan(60)
          .allMatch(tensor -> layout.find(tensor.name()) != null);
    }
  }

  private static ModelLayout layout(SatSource source) {
    Map<String, List<Long>> shapes = new HashMap<>();
    source.tensors().forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
    return ModelLayout.of(Path.of("config.json"), source.config(), new StoredShapes(shapes));
  }

  /** Each tensor of a file is filled with a number of its own. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cogvlm | model.embed_tokens.weight | transformer.word_embeddings.weight
          cogvlm | model.norm.weight | transformer.final_layernorm.weight
          cogvlm | lm_head.weight | mixins.lm.lm_head.weight
          cogvlm | model.layers.1.input_layernorm.weight | transformer.layers.1.input_layernorm.weight
          cogvlm | model.layers.1.post_attention_layernorm.weight | transformer.layers.1.post_attention_layernorm.weight
          cogvlm | model.layers.1.self_attn.language_expert_query_key_value.weight | transformer.layers.1.attention.query_key_value.weight
          cogvlm | model.layers.1.self_attn.language_expert_dense.weight | transformer.layers.1.attention.dense.weight
          cogvlm | model.layers.1.self_attn.vision_expert_query_key_value.weight | mixins.rotary.vision_query_key_value_list.1.weight
          cogvlm | model.layers.1.self_attn.vision_expert_dense.weight | mixins.rotary.vision_dense_list.1.weight
          cogvlm | model.layers.0.self_attn.rotary_emb.inv_freq | mixins.rotary.rotary_emb.inv_freq
          cogvlm | model.layers.1.self_attn.rotary_emb.inv_freq | mixins.rotary.rotary_emb.inv_freq
          cogvlm | model.layers.1.mlp.language_mlp.gate_proj.weight | mixins.mlp.gate_proj.1.weight
          cogvlm | model.layers.1.mlp.language_mlp.up_proj.weight | transformer.layers.1.mlp.dense_h_to_4h.weight
          cogvlm | model.layers.1.mlp.language_mlp.down_proj.weight | transformer.layers.1.mlp.dense_4h_to_h.weight
          cogvlm | model.layers.1.mlp.vision_mlp.gate_proj.weight | mixins.mlp.vision_gate_proj.1.weight
          cogvlm | model.layers.1.mlp.vision_mlp.up_proj.weight | mixins.mlp.vision_dense_h_to_4h_list.1.weight
          cogvlm | model.layers.1.mlp.vision_mlp.down_proj.weight | mixins.mlp.vision_dense_4h_to_h_list.1.weight
          cogvlm | model.vision.boi | mixins.eva.boi
          cogvlm | model.vision.eoi | mixins.eva.eoi
          cogvlm | model.vision.linear_proj.gate_proj.weight | mixins.eva.linear_proj.gate_proj.weight
          cogvlm | model.vision.linear_proj.dense_h_to_4h.weight | mixins.eva.linear_proj.dense_h_to_4h.weight
          cogvlm | model.vision.patch_embedding.cls_embedding | mixins.eva.vit_model.transformer.word_embeddings.weight
          cogvlm | model.vision.patch_embedding.position_embedding.weight | mixins.eva.vit_model.transformer.position_embeddings.weight
          cogvlm | model.vision.patch_embedding.proj.bias | mixins.eva.vit_model.mixins.patch_embedding.proj.bias
          cogvlm | model.vision.transformer.layers.0.mlp.fc1.weight | mixins.eva.vit_model.transformer.layers.0.mlp.dense_h_to_4h.weight
          cogvlm | model.vision.transformer.layers.0.mlp.fc2.bias | mixins.eva.vit_model.transformer.layers.0.mlp.dense_4h_to_h.bias
          cogvlm | model.vision.transformer.layers.0.attention.dense.bias | mixins.eva.vit_model.transformer.layers.0.attention.dense.bias
          cogvlm | model.vision.transformer.layers.0.input_layernorm.weight | mixins.eva.vit_model.transformer.layers.0.input_layernorm.weight
          cogvlm2 | model.vision.conv.bias | mixins.eva.conv.bias
          cogvlm2 | model.layers.0.self_attn.vision_expert_query_key_value.bias | mixins.rotary.vision_query_key_value_list.0.bias
          cogagent | model.layers.1.cross_attn.key_value.weight | transformer.layers.1.cross_attention.key_value.weight
          cogagent | model.layers.1.post_cross_attention_layernorm.weight | transformer.layers.1.post_cross_attention_layernorm.weight
          cogagent | model.vision.pos_embed | mixins.eva.pos_embed
          cogagent | model.cross_vision.pos_embed | mixins.encoder.pos_embed
          cogagent | model.cross_vision.vit.model.rope.freqs_sin | mixins.encoder.vit.model.rope.freqs_sin
          cogagent | model.cross_vision.vit.model.blocks.0.attn.q_proj.weight | mixins.encoder.vit.model.blocks.0.attn.q_proj.weight
          """)
  void names(String family, String published, String stored) throws IOException {
    JsonNode table = JSON.readTree(FILES.resolve(family).resolve("tensors.json").toFile());
    try (SatSource source = SatSource.open(FILES.resolve(family))) {
      SourceTensor tensor =
          source.tensors().stream()
              .collect(Collectors.toMap(SourceTensor::name, Function.identity()))
              .get(published);
      assertThat(tensor).as(published).isNotNull();
      float[] first = new float[1];
      Objects.requireNonNull(tensor).read(0, first, 1);
      assertThat(first[0]).isEqualTo(table.get(stored).get(1).floatValue());
    }
  }

  @Test
  void configFromModelConfig() throws IOException {
    try (SatSource source = SatSource.open(FILES.resolve("cogagent"))) {
      assertThat(source.format()).isEqualTo("SwissArmyTransformer");
      assertThat(JSON.readTree(source.config()))
          .isEqualTo(
              JSON.readTree(
                  """
                  {"architectures": ["CogAgentForCausalLM"], "hidden_size": 4,
                   "intermediate_size": 6, "num_hidden_layers": 2, "num_attention_heads": 2,
                   "hidden_act": "silu", "max_position_embeddings": 4096, "rms_norm_eps": 1e-05,
                   "vocab_size": 10, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
                   "tie_word_embeddings": false, "template_version": "chat",
                   "cross_hidden_size": 8, "cross_compute_hidden_size": 8, "cross_image_size": 28,
                   "vision_config": {"dropout_prob": 0.0, "hidden_act": "gelu", "hidden_size": 3,
                     "image_size": 4, "in_channels": 3, "intermediate_size": 5,
                     "layer_norm_eps": 1e-06, "num_heads": 1, "num_hidden_layers": 1,
                     "num_positions": 5, "patch_size": 2}}
                  """));
    }
    try (SatSource source = SatSource.open(FILES.resolve("cogvlm2"))) {
      JsonNode config = JSON.readTree(source.config());
      assertThat(config.get("num_multi_query_heads").intValue()).isEqualTo(1);
      assertThat(config.get("template_version").textValue()).isEqualTo("chat");
    }
  }

  @Test
  void directoryFolderOrFile() {
    for (Path path :
        List.of(
            FILES.resolve("cogvlm"),
            FILES.resolve("cogvlm/1"),
            FILES.resolve("cogvlm").resolve(STATES))) {
      assertThat(SatSource.recognises(path)).isTrue();
      try (SatSource source = SatSource.open(path)) {
        assertThat(source.tensors()).hasSize(53);
      }
    }
    assertThat(SatSource.recognises(folder)).isFalse();
    assertThat(SatSource.recognises(FILES.resolve("cogvlm/latest"))).isFalse();
  }

  @Test
  void whatDoesNotFit() throws IOException {
    Path states = copy();
    byte[] sound = Files.readAllBytes(states);
    String text = new String(sound, StandardCharsets.ISO_8859_1);
    Files.writeString(
        states, text.replace("mixins.eva.boi", "mixins.eva.b0i"), StandardCharsets.ISO_8859_1);
    refused("mixins.eva.b0i: are 1 tensors that no model of the CogVLM family has");
    Files.write(states, sound);
    Files.writeString(folder.resolve("latest"), "../elsewhere");
    refused("latest: file: names no folder beside it");
    Files.writeString(folder.resolve("latest"), "2");
    refused("cannot be read");
    Files.writeString(folder.resolve("latest"), "1\n");
    Files.writeString(folder.resolve("model_config.json"), "{}");
    refused("hidden_size: is missing");
    Files.writeString(folder.resolve("model_config.json"), "{\"model_parallel_size\": 2}");
    refused("model_parallel_size: is 2");
    Files.write(states.resolveSibling("mp_rank_01_model_states.pt"), new byte[0]);
    refused("split for parallel use");
  }

  private Path copy() throws IOException {
    Files.createDirectory(folder.resolve("1"));
    for (String name : List.of("latest", "model_config.json", STATES)) {
      Files.copy(FILES.resolve("cogvlm").resolve(name), folder.resolve(name));
    }
    return folder.resolve(STATES);
  }

  private void refused(String message) {
    assertThatThrownBy(() -> SatSource.open(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }
}
