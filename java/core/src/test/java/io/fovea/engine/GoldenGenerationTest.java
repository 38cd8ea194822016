package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.family.Families;
import io.fovea.family.ModelDescription;
import io.fovea.family.ModelTokens;
import io.fovea.text.Tokenizer;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same greedy tokens as PyTorch's, however the rows were cut, cached or mixed. */
class GoldenGenerationTest {

  static List<GoldenCase> cases() {
    return GoldenCase.all();
  }

  static Stream<GoldenCase> oneCaseOfEachCheckpoint() {
    return Stream.of(
            "head112/chat_turns",
            "head64_128/vqa",
            "wide_bf16/chat",
            "patch8/long_text",
            "quantised/caption",
            "cogvlm2/keys8_2/caption",
            "cogvlm2/keys6_3/vqa",
            "cogagent/cross64/gui_task",
            "cogagent/cross49/base",
            "qwen-vl/head104/into_log_n",
            "qwen-vl/grid16/turns",
            "shikra/patch8/turns",
            "shikra/patch14/locate")
        .map(GoldenCase::read);
  }

  @Tag("device")
  @ParameterizedTest
  @MethodSource("cases")
  void cachedPrefixGivesTheReferenceTokens(GoldenCase golden) {
    try (FoveaEngine engine = golden.engine().dtype(ComputeType.F32).build();
        EncodedImage image = encode(engine, golden)) {
      List<TokenEvent.Token> tokens = new ArrayList<>();
      Answer answer = stream(engine, golden.request(image), tokens);
      assertThat(ids(tokens)).isEqualTo(golden.reference().ints("generated_ids"));
      assertThat(answer.usage().promptTokens())
          .isEqualTo(golden.reference().ints("input_ids").length);
      int[] types = golden.reference().ints("token_type_ids");
      int prefix = 1 + IntStream.range(0, types.length).filter(t -> types[t] == 1).max().orElse(-1);
      boolean hasText = answer.usage().promptTokens() > prefix;
      Integer stored = golden.cachedTokens();
      if (stored != null) {
        assertThat(answer.usage().cachedTokens()).isEqualTo(stored);
      } else if (golden.beginsWithPicture()) { // the last token always runs: its logits are wanted
        assertThat(answer.usage().cachedTokens())
            .isEqualTo(Math.max(0, hasText ? prefix : prefix - 1));
      } else {
        assertThat(answer.usage().cachedTokens()).isBetween(0, prefix - 1);
      }
      assertThat(answer.usage().completionTokens()).isEqualTo(tokens.size());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void droppedPrefixGivesTheReferenceTokens(GoldenCase golden) {
    int prompt = golden.reference().ints("input_ids").length;
    int slots = (prompt + golden.maxNewTokens() + 63) / 64 * 64;
    // Room for one request and nothing else: the image's cached prefix has to go.
    try (FoveaEngine engine = golden.engine().dtype(ComputeType.F32).kvCacheTokens(slots).build();
        EncodedImage image = encode(engine, golden)) {
      EncodedImage second = encode(engine, golden);
      List<TokenEvent.Token> tokens = new ArrayList<>();
      Answer answer = stream(engine, golden.request(image), tokens);
      assertThat(ids(tokens)).isEqualTo(golden.reference().ints("generated_ids"));
      if (second != null) {
        second.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 1000})
  void chunksOfAnySizeGiveTheReferenceTokens(int stepRows) {
    oneCaseOfEachCheckpoint()
        .forEach(
            golden -> {
              try (FoveaEngine engine =
                      golden.engine().dtype(ComputeType.F32).stepRows(stepRows).build();
                  EncodedImage image = encode(engine, golden)) {
                List<TokenEvent.Token> tokens = new ArrayList<>();
                stream(engine, golden.request(image), tokens);
                assertThat(ids(tokens))
                    .as(golden + " in chunks of " + stepRows)
                    .isEqualTo(golden.reference().ints("generated_ids"));
              }
            });
  }

  /** All requests of a checkpoint at once, each several times: no neighbour changes anything. */
  @Tag("device")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "head112",
        "head64_128",
        "wide_bf16",
        "patch8",
        "quantised",
        "cogvlm2/keys8_2",
        "cogvlm2/keys6_3",
        "cogvlm2/odd49",
        "cogagent/cross64",
        "cogagent/cross49",
        "qwen-vl/head104",
        "qwen-vl/grid16",
        "shikra/patch8",
        "shikra/patch14"
      })
  void batchMatesGiveTheReferenceText(String checkpoint) {
    List<GoldenCase> cases =
        GoldenCase.all().stream().filter(c -> c.name().startsWith(checkpoint + "/")).toList();
    try (FoveaEngine engine = cases.get(0).engine().dtype(ComputeType.F32).stepRows(37).build()) {
      Path directory = cases.get(0).checkpoint();
      ModelDescription model =
          Families.describe(directory, StoredShapes.of(CheckpointFiles.list(directory)));
      Tokenizer tokenizer =
          ModelTokens.load(directory, cases.get(0).tokenizer(), model).tokenizer();
      List<@Nullable EncodedImage> images = new ArrayList<>();
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 3 * cases.size(); i++) {
        GoldenCase golden = cases.get(i % cases.size());
        images.add(encode(engine, golden));
        answers.add(engine.chatAsync(golden.request(images.get(i))));
      }
      for (int i = 0; i < answers.size(); i++) {
        int[] expected = cases.get(i % cases.size()).reference().ints("generated_ids");
        int[] words =
            IntStream.of(expected).filter(id -> !model.tokens().end().contains(id)).toArray();
        assertThat(answers.get(i).join().text()).isEqualTo(tokenizer.decode(words));
      }
      images.forEach(
          image -> {
            if (image != null) {
              image.close();
            }
          });
    }
  }

  private static @Nullable EncodedImage encode(FoveaEngine engine, GoldenCase golden) {
    return golden.input() == null ? null : engine.encode(golden.input());
  }

  private static Answer stream(
      FoveaEngine engine, ChatRequest request, List<TokenEvent.Token> tokens) {
    StringBuilder text = new StringBuilder();
    try (TokenStream stream = engine.stream(request)) {
      for (TokenEvent event : stream) {
        text.append(event.text());
        if (event instanceof TokenEvent.Token token) {
          tokens.add(token);
        } else if (event instanceof TokenEvent.Done done) {
          assertThat(text.toString()).isEqualTo(done.answer().text());
          return done.answer();
        }
      }
    }
    throw new AssertionError("the stream ended without an answer");
  }

  private static int[] ids(List<TokenEvent.Token> tokens) {
    return tokens.stream().mapToInt(TokenEvent.Token::id).toArray();
  }
}
