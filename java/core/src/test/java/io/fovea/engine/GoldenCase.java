package io.fovea.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import io.fovea.text.PromptTemplate;
import io.fovea.text.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request of goldens/traces and what PyTorch computed for it. */
record GoldenCase(
    String name,
    Path checkpoint,
    Path tokenizer,
    @Nullable Path image,
    PromptTemplate template,
    String prompt,
    List<Turn> history,
    int maxNewTokens,
    Path f32,
    @Nullable Path bf16) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The folder goldens/traces. */
  static Path root() {
    URL cases = GoldenCase.class.getResource("/goldens/traces/cases.json");
    try {
      return Path.of(Objects.requireNonNull(cases).toURI()).resolveSibling("");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All cases of all families, in the order of their cases.json. */
  static List<GoldenCase> all() {
    List<GoldenCase> cases = new ArrayList<>();
    try {
      for (String family : List.of("", "cogvlm2", "cogagent")) {
        Path list = root().resolve(family).resolve("cases.json");
        for (JsonNode name : JSON.readTree(list.toFile())) {
          cases.add(read(name.asText()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases;
  }

  /** The case CHECKPOINT/REQUEST. */
  static GoldenCase read(String name) {
    Path folder = root().resolve(name);
    try {
      JsonNode request = JSON.readTree(folder.resolve("request.json").toFile());
      List<Turn> history = new ArrayList<>();
      for (JsonNode turn : request.get("history")) {
        history.add(new Turn(turn.get(0).asText(), turn.get(1).asText()));
      }
      JsonNode image = request.get("image");
      JsonNode bf16 = request.path("traces").path("bf16");
      return new GoldenCase(
          name,
          folder.resolve(request.get("checkpoint").asText()).normalize(),
          folder.resolve(request.get("tokenizer").asText()).normalize(),
          image.isNull() ? null : folder.resolve(image.asText()).normalize(),
          template(request.get("family").asText(), request.get("template").asText()),
          request.get("prompt").asText(),
          history,
          request.get("maxNewTokens").asInt(),
          folder.resolve(request.path("traces").path("f32").asText()),
          bf16.isMissingNode() ? null : folder.resolve(bf16.asText()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PromptTemplate template(String family, String name) {
    return family.equals("cogagent")
        ? PromptTemplate.fromCogAgentName(name)
        : PromptTemplate.fromName(name);
  }

  /** An engine for the case's checkpoint on the device under test, as exact as the reference. */
  EngineBuilder engine() {
    return FoveaEngine.builder()
        .device(TestDevice.get())
        .model(checkpoint)
        .tokenizer(tokenizer)
        .activations(ActivationType.FLOAT)
        .threads(2);
  }

  /** The same engine's options. */
  EngineOptions options() {
    return engine().options();
  }

  /** The case's picture, decoded as the engine does. */
  RgbImage decoded() {
    return ImageDecoder.DEFAULT.decode(Objects.requireNonNull(input()));
  }

  @Nullable ImageInput input() {
    return image == null ? null : ImageInput.of(image);
  }

  /** The case's request; greedy, as many tokens as the golden run had. */
  ChatRequest request(@Nullable EncodedImage encoded) {
    return ChatRequest.of(encoded, prompt)
        .withHistory(history)
        .withTemplate(template)
        .withOptions(GenerationOptions.defaults().withMaxNewTokens(maxNewTokens));
  }

  /** The reference's f32 run. */
  TensorFile reference() {
    return TensorFile.read(f32);
  }

  @Override
  public String toString() {
    return name;
  }
}
