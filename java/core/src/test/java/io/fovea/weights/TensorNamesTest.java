package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorNamesTest {
  private static final Path FOLDER = Path.of("some", "model");
  private static final List<String> PUBLISHED =
      List.of(
          "model.embed_tokens.weight",
          "model.layers.0.input_layernorm.weight",
          "model.vision.boi",
          "model.cross_vision.vit.model.norm.weight",
          "lm_head.weight");

  private static TensorNames of(List<String> stored) {
    return TensorNames.of(FOLDER, stored);
  }

  private static List<String> with(String prefix) {
    return PUBLISHED.stream().map(name -> prefix + name).toList();
  }

  @Test
  void publishedNamesStayWithoutANote() {
    TensorNames names = of(PUBLISHED);
    assertThat(names.published().values()).containsExactlyElementsOf(PUBLISHED);
    assertThat(names.notes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "module.",
        "base_model.model.",
        "model.module.",
        "state_dict.",
        "model.",
        "module.module.",
        "state_dict.module.base_model.model.",
        "_forward_module.model."
      })
  void aPrefixOnAllNamesIsLeftOut(String prefix) {
    TensorNames names = of(with(prefix));
    assertThat(names.published().values()).containsExactlyElementsOf(PUBLISHED);
    assertThat(names.published().keySet()).containsExactlyElementsOf(with(prefix));
    assertThat(names.notes()).singleElement().asString().contains("'" + prefix + "'");
  }

  @Test
  void marksOfWrappedModulesAreLeftOutWhereverTheyStand() {
    List<String> stored =
        List.of(
            "module._orig_mod.model.embed_tokens.weight",
            "module._orig_mod.model.layers.0._fsdp_wrapped_module.input_layernorm.weight",
            "module._orig_mod.model.vision.boi");
    TensorNames names = of(stored);
    assertThat(names.published().values())
        .containsExactly(PUBLISHED.get(0), PUBLISHED.get(1), PUBLISHED.get(2));
    assertThat(names.notes())
        .hasSize(3)
        .anyMatch(note -> note.contains("_orig_mod."))
        .anyMatch(note -> note.contains("_fsdp_wrapped_module."))
        .anyMatch(note -> note.contains("'module.'"));
  }

  /** Whatever order the tensors come in, the first by name is named. */
  @ParameterizedTest
  @CsvSource({
    "lm_head.oft_r, merge_and_unload",
    "lm_head.boft_s, merge_and_unload",
    "model.layers.0.mlp.down_proj.vera_lambda_b, merge_and_unload",
    "base_model.vera_A.default, merge_and_unload",
    "base_model.prompt_encoder.default.embedding.weight, without the adapter",
    "prompt_embeddings, without the adapter",
    "model.layers.0.mlp.down_proj.weight_orig, 'prune.remove(module, ''weight'')'",
    "model.layers.0.mlp.down_proj.weight_mask, 'prune.remove(module, ''weight'')'",
    "model.layers.0.mlp.dense.bias_orig, 'prune.remove(module, ''bias'')'",
    "model.layers.0.mlp.down_proj.parametrizations.weight.original0,"
        + " 'remove_parametrizations(module, ''weight'')'",
  })
  void whatIsYetToBeMergedIsRefusedByName(String name, String remedy) {
    List<String> stored = new ArrayList<>(PUBLISHED);
    stored.add("z." + name);
    stored.add(name);
    assertThatThrownBy(() -> of(stored))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(": " + name + ": is of ")
        .hasMessageContaining(remedy);
  }

  @Test
  void namesOfNoModelAndUnknownPrefixesStay() {
    List<String> averaged = with("ema.");
    assertThat(of(averaged).published().values()).containsExactlyElementsOf(averaged);
    List<String> trace = List.of("vision.embeddings", "logits");
    assertThat(of(trace).published().values()).containsExactlyElementsOf(trace);
    assertThat(of(List.of()).published()).isEmpty();
  }

  @Test
  void whatLacksThePrefixStaysAsItIs() {
    List<String> stored = new ArrayList<>(with("module."));
    stored.add("step");
    assertThat(of(stored).published()).containsEntry("step", "step").hasSize(6);
  }

  @Test
  void twoModelsInOneAreRefused() {
    List<String> two = new ArrayList<>(with("module."));
    two.addAll(with("model.module."));
    assertThatThrownBy(() -> of(two))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("[model.module., module.]");
    List<String> clash = List.of("module.model.vision.boi", "module.x", "x");
    assertThatThrownBy(() -> of(clash))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("x: and 'module.x' are both 'x'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight",
        "model.layers.0.self_attn.vision_expert_dense.lora_B.default.weight",
        "model.layers.0.self_attn.vision_expert_dense.base_layer.weight",
        "model.embed_tokens.lora_embedding_A",
        "lm_head.modules_to_save.default.weight",
        "model.layers.1.mlp.hada_w1_a",
        "x.lora_magnitude_vector"
      })
  void adaptersAreRefusedByName(String name) {
    List<String> stored = new ArrayList<>(PUBLISHED);
    stored.add(name);
    assertThatThrownBy(() -> of(stored))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(FOLDER + ": " + name + ": is of a PEFT adapter")
        .hasMessageContaining("merge_and_unload()");
  }
}
