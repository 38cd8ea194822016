package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.family.PromptPart.Begin;
import io.fovea.family.PromptPart.Continued;
import io.fovea.family.PromptPart.Picture;
import io.fovea.family.PromptPart.Text;
import io.fovea.family.PromptPart.Token;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Prompts by the rules of the published conversation and tokenizer. */
class ShikraPromptTest {
  private static final String SYSTEM =
      "A chat between a curious user and an artificial intelligence assistant. The assistant gives"
          + " helpful, detailed, and polite answers to the user's questions. USER:";
  private static final String CONFIG =
      "{\"architectures\":[\"ShikraLlamaForCausalLM\"],\"hidden_size\":4096,"
          + "\"intermediate_size\":11008,\"num_hidden_layers\":32,\"num_attention_heads\":32,"
          + "\"rms_norm_eps\":1e-06,\"rope_theta\":10000.0,\"vocab_size\":32003,\"bos_token_id\":0,\"eos_token_id\":1,"
          + "\"pad_token_id\":-1,\"mm_hidden_size\":1024,\"mm_vision_select_layer\":-2}";
  private static final ModelDescription MODEL = describe(StoredShapes.none());

  private static ModelDescription describe(StoredShapes stored) {
    return Families.describe(Path.of("config.json"), CONFIG, stored);
  }

  private static List<PromptPart> chat(int pictures, String query, Turn... history) {
    return MODEL.prompt(PromptTemplate.CHAT, pictures, query, List.of(history));
  }

  @Test
  void thePublishedSizesAndTheTokenizersOwnIds() {
    assertThat(MODEL.sizes().imageTokens()).isEqualTo(256);
    assertThat(MODEL.sizes().encoderLayers()).isEqualTo(23);
    assertThat(MODEL.sizes().contextTokens()).isEqualTo(2048);
    assertThat(MODEL.sizes().cacheElements() * 2).as("bytes a token").isEqualTo(524_288);
    assertThat(MODEL.tokens().begin()).isEqualTo(1);
    assertThat(MODEL.tokens().end()).containsExactly(2);
    assertThat(MODEL.tokens().pad()).isEqualTo(0);
  }

  @Test
  void thePictureStandsWhereTheTemplateSays() {
    assertThat(chat(1, MODEL.tasks().locate("a dog ").query()))
        .containsExactly(
            new Begin(),
            new Text(SYSTEM + " Where is a dog"),
            new Token("<im_start>"),
            new Picture(0),
            new Token("<im_end>"),
            new Continued("? answer in [x0,y0,x1,y1] format. ASSISTANT:"));
  }

  @Test
  void andBeforeAQuestionThatDoesNotSay() {
    assertThat(chat(1, "What is it?"))
        .containsExactly(
            new Begin(),
            new Text(SYSTEM),
            new Token("<im_start>"),
            new Picture(0),
            new Token("<im_end>"),
            new Continued("What is it? ASSISTANT:"));
  }

  @Test
  void itStandsOnceInTheFirstQuestion() {
    Turn turn = new Turn("See <image> here <image>?", "A cup.");
    assertThat(chat(1, "And <image>now?", turn))
        .containsExactly(
            new Begin(),
            new Text(SYSTEM + " See"),
            new Token("<im_start>"),
            new Picture(0),
            new Token("<im_end>"),
            new Continued("here ? ASSISTANT: A cup."),
            new Token("</s>"),
            new Continued("USER: And now? ASSISTANT:"));
  }

  @Test
  void withoutAPictureThereIsNoPlaceForIt() {
    assertThat(chat(0, "Is it <image>?"))
        .containsExactly(new Begin(), new Text(SYSTEM + " Is it ? ASSISTANT:"));
  }

  @Test
  void aBareQueryHasNoForm() {
    assertThat(MODEL.prompt(PromptTemplate.BASE, 1, "See <image>.", List.of()))
        .containsExactly(
            new Begin(),
            new Text("See"),
            new Token("<im_start>"),
            new Picture(0),
            new Token("<im_end>"),
            new Continued("."));
    assertThatThrownBy(() -> MODEL.prompt(PromptTemplate.VQA, 1, "?", List.of()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no prompt form 'vqa'")
        .hasMessageContaining("chat or base");
  }

  @Test
  void weightsWithoutTheEncoderSayHowToGetIt() {
    Path folder = Path.of("shikra-7b");
    MODEL.requireRunnable(folder);
    StoredShapes delta = new StoredShapes(Map.of("model.norm.weight", List.of(4096L)));
    assertThatThrownBy(() -> describe(delta).requireRunnable(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("shikra-7b: model.vision_tower")
        .hasMessageContaining("openai/clip-vit-large-patch14")
        .hasMessageContaining("./fovea convert shikra-7b --vision CLIP_DIR --out NEW_DIR")
        .hasMessageContaining("--base LLAMA_DIR");
  }
}
