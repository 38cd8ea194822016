package io.fovea.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A request of goldens/traces and what PyTorch computed for it.
 *
 * @param cachedTokens of its prompt that encoding its picture leaves in the cache; null: all up to
 *     the picture's end
 */
record GoldenCase(
    String name,
    Path checkpoint,
    Path tokenizer,
    @Nullable Path image,
    PromptTemplate template,
    String prompt,
    List<Turn> history,
    int maxNewTokens,
    @Nullable Integer cachedTokens,
    Path f32,
    @Nullable Path bf16) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<Path, Path> UNPACKED = new HashMap<>();

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
      for (String family : List.of("", "cogvlm2", "cogagent", "kosmos2", "qwen-vl", "shikra")) {
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
        history.add(new Turn(turn.get(0).asText(), turn.get(1).asText(), turn.path(2).asInt()));
      }
      JsonNode image = request.get("image");
      JsonNode bf16 = request.path("traces").path("bf16");
      return new GoldenCase(
          name,
          folder.resolve(request.get("checkpoint").asText()).normalize(),
          unpacked(folder.resolve(request.get("tokenizer").asText()).normalize()),
          image.isNull() ? null : folder.resolve(image.asText()).normalize(),
          template(request.get("family").asText(), request.get("template").asText()),
          request.get("prompt").asText(),
          history,
          request.get("maxNewTokens").asInt(),
          request.has("cachedTokens") ? request.get("cachedTokens").asInt() : null,
          folder.resolve(request.path("traces").path("f32").asText()),
          bf16.isMissingNode() ? null : folder.resolve(bf16.asText()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file as the engine reads it; one that is stored compressed is unpacked once. */
  private static Path unpacked(Path file) throws IOException {
    if (!file.toString().endsWith(".gz")) {
      return file;
    }
    synchronized (UNPACKED) {
      Path known = UNPACKED.get(file);
      if (known == null) {
        Path folder = Files.createTempDirectory("golden");
        known = folder.resolve("tokenizer.json");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
          Files.copy(in, known);
        }
        folder.toFile().deleteOnExit(); // last come, first deleted
        known.toFile().deleteOnExit();
        UNPACKED.put(file, known);
      }
      return known;
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

  /**
   * The same engine at a few tokens in 10 ms: what is long in tokens lasts, however fast the
   * machine, and whatever the test's thread is kept from meanwhile.
   */
  EngineBuilder slowEngine() {
    return engine().listener(new SlowSteps());
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

  /** The case's pictures. */
  List<ImageInput> inputs() {
    return image == null ? List.of() : List.of(ImageInput.of(image));
  }

  /** The case's request; greedy, as many tokens as the golden run had. */
  ChatRequest request(@Nullable EncodedImage encoded) {
    return (encoded == null ? ChatRequest.textOnly(prompt) : ChatRequest.about(encoded, prompt))
        .history(history)
        .template(template)
        .options(GenerationOptions.builder().maxNewTokens(maxNewTokens).build())
        .build();
  }

  /** Whether the prompt begins as any does about this picture; Shikra's may name a place for it. */
  boolean beginsWithPicture() {
    String first = history.isEmpty() ? prompt : history.get(0).question();
    boolean placed = first.contains("<image>");
    return image == null
        || !name.startsWith("shikra/")
        || template == PromptTemplate.CHAT && !placed;
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
