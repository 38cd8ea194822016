package io.fovea.tools.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layouts against the element counts and byte totals of the published checkpoints. */
class ModelLayoutTest {
  private static final String V1 = config("CogVLMForCausalLM", 11008, 32000, "", 490, 1226);
  private static final String V1_224 = config("CogVLMForCausalLM", 11008, 32000, "", 224, 257);
  private static final String V2 = config("CogVLMForCausalLM", 14336, 128256, "", 1344, 9217);
  private static final String VIDEO =
      config("CogVLMVideoForCausalLM", 14336, 128256, ",\"num_multi_query_heads\":8", 224, 257);
  private static final String AGENT =
      config(
          "CogAgentForCausalLM",
          11008,
          32000,
          ",\"cross_hidden_size\":1024,\"cross_compute_hidden_size\":1024,"
              + "\"cross_image_size\":1120",
          224,
          257);
  private static final Map<String, String> CONFIGS =
      Map.of("v1-490", V1, "v1-224", V1_224, "v2", V2, "video", VIDEO, "agent", AGENT);

  private static String config(
      String architecture,
      int intermediate,
      int vocabulary,
      String more,
      int image,
      int positions) {
    return """
    {"architectures":["%s"],"hidden_size":4096,"intermediate_size":%d,"num_hidden_layers":32,
     "num_attention_heads":32,"rms_norm_eps":1e-05,"vocab_size":%d%s,
     "vision_config":{"hidden_size":1792,"intermediate_size":15360,"num_hidden_layers":63,
      "num_heads":16,"image_size":%d,"patch_size":14,"layer_norm_eps":1e-06,"num_positions":%d}}"""
        .formatted(architecture, intermediate, vocabulary, more, image, positions);
  }

  private static ModelLayout published(String model) {
    return layout(Objects.requireNonNull(CONFIGS.get(model)));
  }

  private static ModelLayout layout(String json) {
    return ModelLayout.of(Path.of("config.json"), json, StoredShapes.none());
  }

  /** kosmos-2-patch14-224: what its published config.json says are the defaults. */
  @Test
  void kosmos2HasItsPublishedParameters() {
    ModelLayout layout = layout("{\"architectures\": [\"Kosmos2ForConditionalGeneration\"]}");
    assertThat(layout.family()).isEqualTo("Kosmos-2");
    assertThat(layout.elements(Part.ENCODER)).isEqualTo(303_179_776L);
    assertThat(layout.elements(Part.ADAPTER)).isEqualTo(19_015_680L);
    assertThat(layout.elements(Part.EMBEDDING)).isEqualTo(133_195_776L);
    assertThat(layout.elements(Part.LANGUAGE) + layout.elements(Part.NORMS))
        .isEqualTo(1_342_289_920L - 133_195_776L);
    assertThat(layout.elements()).isEqualTo(1_664_485_376L);
  }

  /** Qwen-VL: what its published config.json says are the defaults. */
  @Test
  void qwenVlHasItsPublishedParameters() {
    ModelLayout layout = layout("{\"architectures\": [\"QWenLMHeadModel\"], \"visual\": {}}");
    assertThat(layout.family()).isEqualTo("Qwen-VL");
    assertThat(layout.elements(Part.ENCODER)).isEqualTo(1_842_770_688L);
    assertThat(layout.elements(Part.ADAPTER)).isEqualTo(92_839_936L);
    assertThat(layout.elements()).isEqualTo(9_656_935_168L);
  }

  /** LLaMA-7B with three more tokens, CLIP ViT-L/14 and a linear layer. */
  @Test
  void shikraHasTheParametersOfItsParts() {
    ModelLayout layout =
        layout(
            """
            {"architectures":["ShikraLlamaForCausalLM"],"hidden_size":4096,
             "intermediate_size":11008,"num_hidden_layers":32,"num_attention_heads":32,
             "rms_norm_eps":1e-06,"vocab_size":32003,"mm_hidden_size":1024}""");
    assertThat(layout.family()).isEqualTo("Shikra");
    assertThat(layout.elements(Part.ENCODER)).isEqualTo(303_179_776L);
    assertThat(layout.elements(Part.ADAPTER)).isEqualTo(1024L * 4096 + 4096);
    long tokens = 2 * 3 * 4096L;
    assertThat(layout.elements() - layout.elements(Part.ROTARY))
        .isEqualTo(6_738_415_616L + tokens + 4_198_400 + 303_179_776);
    assertThat(layout.find("model.vision_tower.vision_model.encoder.layers.23.mlp.fc1.bias"))
        .as("behind what is looked at")
        .extracting(TensorSpec::kind)
        .isEqualTo(Kind.UNUSED);
    assertThat(layout.find("model.vision_tower.vision_model.encoder.layers.22.mlp.fc1.bias"))
        .extracting(TensorSpec::kind)
        .isEqualTo(Kind.BIAS);
  }

  @ParameterizedTest
  @CsvSource({
    "v1-490, COGVLM, 1187, 17639687424, 35279374848",
    "v1-224, COGVLM, 1187, 17637950976, 35275901952",
    "v2, COGVLM2, 1221, 19503107328, 39006214656",
    "video, COGVLM2_VIDEO, 1029, 12507532544, 25015065088",
    "agent, COGAGENT, 1831, 18291854528, 36585351552"
  })
  void publishedTotals(String model, CogVlmVariant family, int tensors, long elements, long bytes) {
    ModelLayout layout = published(model);
    assertThat(layout.sizes().family()).isEqualTo(family);
    assertThat(layout.tensors()).hasSize(tensors);
    assertThat(layout.elements()).isEqualTo(elements);
    assertThat(layout.publishedBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "ENCODER, 4282641664, 4280905216, 4296961536, 4280905216, 4281363968",
    "DOWNSAMPLE, 0, 0, 12846848, 12846848, 0",
    "ADAPTER, 142614528, 142614528, 183508992, 183508992, 142614528",
    "MARKERS, 8192, 8192, 8192, 8192, 8192",
    "EMBEDDING, 131072000, 131072000, 525336576, 525336576, 131072000",
    "LM_HEAD, 131072000, 131072000, 525336576, 525336576, 131072000",
    "LANGUAGE, 6476005376, 6476005376, 6979321856, 6979321856, 6476005376",
    "VISION, 6476005376, 6476005376, 6979518464, 0, 6476005376",
    "NORMS, 266240, 266240, 266240, 266240, 266240",
    "ROTARY, 2048, 2048, 2048, 2048, 821248",
    "CROSS_ATTENTION, 0, 0, 0, 0, 335675392",
    "CROSS_ENCODER, 0, 0, 0, 0, 316950208"
  })
  void publishedParts(Part part, long v1, long v1Small, long v2, long video, long agent) {
    assertThat(layout(V1).elements(part)).isEqualTo(v1);
    assertThat(layout(V1_224).elements(part)).isEqualTo(v1Small);
    assertThat(layout(V2).elements(part)).isEqualTo(v2);
    assertThat(layout(VIDEO).elements(part)).isEqualTo(video);
    assertThat(layout(AGENT).elements(part)).isEqualTo(agent);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v1-490 | model.layers.31.self_attn.vision_expert_query_key_value.weight | 12288,4096",
        "v1-490 | model.vision.patch_embedding.position_embedding.weight | 1226,1792",
        "v2 | model.layers.0.self_attn.vision_expert_query_key_value.bias | 6144",
        "v2 | model.vision.conv.weight | 1792,1792,2,2",
        "v2 | model.vision.linear_proj.gate_proj.weight | 14336,4096",
        "agent | model.layers.7.cross_attn.key_value.weight | 2048,1024",
        "agent | model.cross_vision.vit.model.blocks.23.mlp.w3.weight | 1024,2730",
        "agent | model.cross_vision.vit.model.rope.freqs_sin | 6400,64",
      })
  void someShapes(String model, String name, String shape) {
    assertThat(Objects.requireNonNull(published(model).find(name)).shape())
        .isEqualTo(List.of(shape.split(",")).stream().map(Long::valueOf).toList());
  }

  @Test
  void sizesThatConfigLeavesOpenComeFromTheTensors() {
    StoredShapes stored =
        new StoredShapes(
            Map.of(
                "model.cross_vision.vit.model.blocks.0.mlp.w1.weight", List.of(40L, 1024L),
                "model.cross_vision.vit.model.blocks.1.mlp.w1.weight", List.of(40L, 1024L),
                "model.cross_vision.vit.model.patch_embed.proj.weight",
                    List.of(1024L, 3L, 28L, 28L)));
    ModelSizes.Cross cross = ModelLayout.of(Path.of("c"), AGENT, stored).sizes().cross();
    assertThat(cross).isEqualTo(new ModelSizes.Cross(1024, 1024, 1120, 28, 2, 40, 64, 768));
  }

  @Test
  void aConvolutionMakesItTheSecondGeneration() {
    StoredShapes stored =
        new StoredShapes(Map.of("model.vision.conv.weight", List.of(1792L, 1792L, 2L, 2L)));
    ModelLayout layout = ModelLayout.of(Path.of("c"), V1, stored);
    assertThat(layout.sizes().family()).isEqualTo(CogVlmVariant.COGVLM2);
    assertThat(layout.sizes().vision().patches()).as("odd: 35 a side").isEqualTo(35 * 35);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hidden_size\":4096 | \"hidden_size\":4100 | hidden_size",
        "\"hidden_size\":4096 | \"hidden_size\":-1 | hidden_size",
        "\"hidden_size\":4096 | \"hidden_size\":9999999999 | hidden_size",
        "\"num_positions\":1226 | \"num_positions\":1225 | vision_config.num_positions",
        "\"patch_size\":14 | \"patch_size\":15 | vision_config.image_size",
        "\"vision_config\" | \"other\" | vision_config",
        "{\"arch | \"arch | file",
      })
  void nonsenseIsNamed(String sound, String broken, String field) {
    assertThatThrownBy(() -> layout(V1.replaceFirst(Pattern.quote(sound), broken)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(field);
  }

  @Test
  void anotherArchitectureIsRefused() {
    assertThatThrownBy(() -> layout(V1.replace("CogVLMFor", "LlamaFor")))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("LlamaForCausalLM");
  }
}
