package io.fovea.model.cogvlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.family.CogVlmDescription;
import io.fovea.family.Families;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What config.json says, what the weights say, and what is left open. */
class CogVlmConfigTest {
  private static final String CONFIG =
      """
      {"architectures":["CogVLMForCausalLM"],"hidden_size":32,"intermediate_size":48,
       "num_hidden_layers":2,"num_attention_heads":8,"rms_norm_eps":1e-05,"vocab_size":416,
       "bos_token_id":1,"eos_token_id":2,"pad_token_id":0,
       "vision_config":{"hidden_size":16,"intermediate_size":20,"num_hidden_layers":1,
        "num_heads":2,"image_size":35,"patch_size":5,"layer_norm_eps":1e-06,"num_positions":50}}\
      """;
  private static final String QUERY_KEY_VALUE =
      "model.layers.0.self_attn.language_expert_query_key_value";
  private static final String CONVOLUTION = "model.vision.conv.weight";
  private static final String TOWER = "model.cross_vision.vit.model.";

  private static CogVlmConfig read(String json, Map<String, List<Long>> shapes) {
    return ((CogVlmDescription)
            Families.describe(Path.of("config.json"), json, new StoredShapes(shapes)))
        .config();
  }

  private static CogVlmConfig with(String key, String value) {
    return read(CONFIG.replaceFirst("\"" + key + "\":[^,]*", "\"" + key + "\":" + value), Map.of());
  }

  private static CogVlmConfig without(String key) {
    return read(CONFIG.replaceFirst("\"" + key + "\":[^,]*,", ""), Map.of());
  }

  private static Map<String, List<Long>> second(String weight, long rows) {
    return Map.of(
        CONVOLUTION, List.of(16L, 16L, 2L, 2L), QUERY_KEY_VALUE + weight, List.of(rows, 32L));
  }

  /** A fine-tune of v1 with Llama 3's number of tokens, and one of CogVLM2 with more than that. */
  @Test
  void tensorsTellTheFamilyWhateverTheVocabulary() {
    String llama3 = CONFIG.replace("416", "128256");
    Map<String, List<Long>> first = Map.of(QUERY_KEY_VALUE + ".weight", List.of(96L, 32L));
    assertThat(read(llama3, first).variant()).isEqualTo(CogVlmVariant.COGVLM);
    for (String more : List.of("128257", "128320", "416")) {
      CogVlmConfig config = read(CONFIG.replace("416", more), second(".weight", 64));
      assertThat(config.variant()).as(more).isEqualTo(CogVlmVariant.COGVLM2);
      assertThat(config.ropeTheta()).isEqualTo(500_000);
    }
    assertThat(read(llama3, Map.of()).variant())
        .as("of a checkpoint yet to be made")
        .isEqualTo(CogVlmVariant.COGVLM2);
  }

  @ParameterizedTest
  @CsvSource({".weight, 64, 4", ".weight, 40, 1", ".weight, 96, 8", ".weight_packed, 48, 2"})
  void keyHeadsFollowFromTheRowsOfTheProjection(String weight, long rows, int heads) {
    assertThat(read(CONFIG, second(weight, rows)).numKeyValueHeads()).isEqualTo(heads);
  }

  @ParameterizedTest
  @CsvSource({"32", "31", "36", "104", "80"})
  void rowsThatTellNoKeyHeadsAreRefused(long rows) {
    assertThatThrownBy(() -> read(CONFIG, second(".weight", rows)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("num_multi_query_heads");
  }

  @Test
  void anOddGridLosesItsLastRowAndColumn() {
    CogVlmConfig config = read(CONFIG, second(".weight", 64));
    assertThat(config.vision().grid()).isEqualTo(7);
    assertThat(config.imageTokens()).isEqualTo(3 * 3 + 2);
    assertThat(read(CONFIG, Map.of()).imageTokens()).as("v1 keeps all").isEqualTo(7 * 7 + 2);
    String one = CONFIG.replace(":35", ":5").replace(":50", ":2");
    assertThatThrownBy(() -> read(one, second(".weight", 64)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("vision_config.image_size");
  }

  @ParameterizedTest
  @CsvSource({"null", "-1", "416", "99999999", "[]"})
  void aPadTokenThatIsNoneOfTheVocabularyIsNone(String value) {
    assertThat(with("pad_token_id", value).padTokenId()).isNull();
    assertThat(without("pad_token_id").padTokenId()).isNull();
  }

  @Test
  void idsAsPythonWritesThem() {
    assertThat(with("pad_token_id", "7.0").padTokenId()).isEqualTo(7);
    assertThat(with("bos_token_id", "[5]").bosTokenId()).isEqualTo(5);
    assertThat(with("bos_token_id", "null").bosTokenId()).isNull();
    assertThat(with("bos_token_id", "-1").bosTokenId()).isNull();
    assertThat(without("eos_token_id").eosTokenIds()).isEmpty();
    assertThat(with("eos_token_id", "null").eosTokenIds()).isEmpty();
    String list = CONFIG.replace("\"eos_token_id\":2", "\"eos_token_id\":[2,3.0]");
    assertThat(read(list, Map.of()).eosTokenIds()).containsExactly(2, 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bos_token_id | 416 | 416 is outside the 416 ids",
        "bos_token_id | \"1\" | \"1\" is no integer",
        "bos_token_id | 1.5 | 1.5 is no integer",
        "bos_token_id | NaN | NaN is no integer",
        "bos_token_id | 1e300 | is no integer",
        "bos_token_id | {} | {} is no integer",
        "eos_token_id | -1 | -1 is outside",
        "pad_token_id | true | true is no integer",
        "rms_norm_eps | NaN | NaN is outside (0, 1)",
        "rms_norm_eps | Infinity | Infinity is outside (0, 1)",
        "rms_norm_eps | \"1e-5\" | is the text \"1e-5\", not a number",
        "rms_norm_eps | null | is null, not a number",
        "rms_norm_eps | [] | is [], not a number",
        "hidden_size | \"32\" | is the text \"32\", not a number",
        "intermediate_size | 1000000000000 | 1000000000000 is outside 1..1048576",
        "vocab_size | 0 | 0 is outside 1..1048576",
        "vocab_size | NaN | NaN is no integer",
        "hidden_size | Infinity | Infinity is no integer",
        "hidden_size | 32.0 | 32.0 is no integer",
      })
  void aUsedKeyThatMakesNoSenseIsNamed(String key, String value, String problem) {
    assertThatThrownBy(() -> with(key, value))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("config.json: " + key + ": ")
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]", "[null]", "\"\""})
  void withoutAClassTheFieldIsNamed(String value) {
    String none = CONFIG.replace("[\"CogVLMForCausalLM\"]", value);
    assertThatThrownBy(() -> read(none, Map.of()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("config.json: architectures: names no class")
        .hasMessageContaining("[\"CogVLMForCausalLM\"]");
  }

  @Test
  void theClassMayStandInTheAutoMapAlone() {
    String mapped =
        CONFIG.replace(
            "\"architectures\":[\"CogVLMForCausalLM\"]",
            "\"architectures\":null,\"auto_map\":{\"AutoModelForCausalLM\":"
                + "\"modeling_cogvlm.CogVLMForCausalLM\"}");
    assertThat(read(mapped, Map.of()).variant()).isEqualTo(CogVlmVariant.COGVLM);
    assertThatThrownBy(
            () -> read(CONFIG.replace("CogVLMForCausalLM", "LlamaForCausalLM"), Map.of()))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("LlamaForCausalLM");
  }

  private static String agent(String more) {
    return CONFIG
        .replace("CogVLMForCausalLM", "CogAgentForCausalLM")
        .replace(
            "\"vocab_size\"",
            "\"cross_hidden_size\":96,\"cross_compute_hidden_size\":32,\"cross_image_size\":42,"
                + more
                + "\"vocab_size\"");
  }

  /** Sizes of the second encoder that the published config.json does not hold. */
  @Test
  void theTablesOfTheSecondEncoderTellItsSizes() {
    Map<String, List<Long>> shapes = new HashMap<>();
    shapes.put(TOWER + "rope.freqs_cos", List.of(49L, 12L));
    shapes.put(TOWER + "patch_embed.proj.weight", List.of(96L, 3L, 6L, 6L));
    shapes.put(TOWER + "blocks.0.mlp.w1.weight", List.of(70L, 96L));
    CogVlmConfig.Cross cross = Objects.requireNonNull(read(agent(""), shapes).cross());
    assertThat(cross.vision().numHeads()).isEqualTo(8);
    assertThat(cross.vision().headSize()).isEqualTo(12);
    assertThat(cross.vision().patches()).isEqualTo(49);
    assertThat(cross.vision().intermediateSize()).isEqualTo(70);
    assertThat(read(agent("\"cross_num_heads\":8,"), shapes).cross()).isEqualTo(cross);
    assertThatThrownBy(() -> read(agent("\"cross_num_heads\":16,"), shapes))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("cross_num_heads: does not fit to the rotary table's 12 columns");
    shapes.put(TOWER + "patch_embed.proj.weight", List.of(96L, 3L, 5L, 5L));
    assertThatThrownBy(() -> read(agent(""), shapes))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("cross_image_size: 42 is not a multiple of the patch size 5");
  }

  @Test
  void withoutTensorsTheSecondEncoderIsThePublishedOne() {
    String published = agent("").replace(":96", ":1024").replace(":42", ":1120");
    CogVlmConfig.Cross cross = Objects.requireNonNull(read(published, Map.of()).cross());
    assertThat(cross.vision().numHeads()).isEqualTo(16);
    assertThat(cross.vision().patchSize()).isEqualTo(14);
    assertThat(cross.vision().intermediateSize()).isEqualTo(2730);
  }
}
