package io.fovea.tools.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ProgressListener;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.Inspector;
import io.fovea.tools.Verification;
import io.fovea.tools.Verifier;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * tie_word_embeddings in config.json: as transformers loads it, the head is the token embedding,
 * whatever head is stored beside it. The reference here is a model whose stored head is a copy.
 */
class TiedEmbeddingTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";
  private static final GenerationOptions SIX = GenerationOptions.builder().maxNewTokens(6).build();
  private static final String NOTE = "tie_word_embeddings";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path reference;

  private enum Head {
    ABSENT,
    OTHER,
    QUANTISED
  }

  @BeforeEach
  void writeReference() throws IOException {
    reference = folder.resolve("reference");
    Draft draft = Draft.small(folder);
    float[] embedding = draft.original(EMBEDDING).values();
    draft.put(HEAD, "F32", draft.original(HEAD).shape(), Codes.f32(embedding));
    draft.writeSafetensors(reference);
  }

  private Path write(Head head, boolean torch) throws IOException {
    Draft draft = Draft.small(folder).key("tie_word_embeddings", "true");
    List<Long> shape = draft.original(HEAD).shape();
    switch (head) {
      case ABSENT -> draft.remove(HEAD);
      case OTHER -> draft.put(HEAD, "F32", shape, Codes.f32(new float[elements(shape)]));
      case QUANTISED -> {
        draft.put(HEAD, "I8", shape, new byte[elements(shape)]);
        draft.put(
            "lm_head.weight_scale",
            "F32",
            List.of(shape.get(0), 1L),
            Codes.f32(new float[Math.toIntExact(shape.get(0))]));
      }
    }
    Path model = folder.resolve("model");
    if (torch) {
      draft.writeTorch(model);
    } else {
      draft.writeSafetensors(model);
    }
    return model;
  }

  private static int elements(List<Long> shape) {
    return Math.toIntExact(shape.get(0) * shape.get(1));
  }

  @ParameterizedTest
  @CsvSource({"ABSENT,false", "OTHER,false", "QUANTISED,false", "ABSENT,true", "OTHER,true"})
  void theHeadIsTheEmbeddingEverywhere(Head head, boolean torch) throws IOException {
    Path model = write(head, torch);
    Verification verified = Verifier.verify(model, 1, ProgressListener.none());
    assertThat(verified.problems()).isEmpty();
    assertThat(verified.notes()).anyMatch(note -> note.contains(NOTE));
    assertThat(Inspector.inspect(model).missing()).isEmpty();
    assertThat(Inspector.inspect(model).notes())
        .singleElement()
        .asString()
        .contains(NOTE)
        .matches(note -> note.contains("is not read") == (head != Head.ABSENT));
    for (Formats formats : List.of(Formats.plain(PlainType.KEEP), Formats.all(WeightFormat.INT8))) {
      Path out = convert(model, formats);
      Path wanted = convert(reference, formats);
      assertThat(values(out)).containsExactly(values(wanted));
      assertThat(config(out).path(NOTE).asBoolean(true)).isFalse(); // it has a head of its own
      assertThat(answer(out)).isEqualTo(answer(wanted));
    }
    if (!torch) {
      assertThat(answer(model)).isEqualTo(answer(reference));
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "null"})
  void otherwiseTheStoredHeadCounts(String value) throws IOException {
    Path model = folder.resolve("model");
    Draft draft = Draft.small(folder).key("tie_word_embeddings", value);
    draft.writeSafetensors(model);
    assertThat(values(model)).containsExactly(draft.original(HEAD).values());
    assertThat(Inspector.inspect(model).notes()).isEmpty();
  }

  /** One file, named by itself. */
  @Test
  void aFileWithItsConfigBeside() throws IOException {
    Path file = write(Head.ABSENT, false).resolve("model.safetensors");
    assertThat(values(file)).containsExactly(values(reference));
    assertThat(Inspector.inspect(write(Head.ABSENT, true).resolve("pytorch_model.bin")).notes())
        .anyMatch(note -> note.contains(NOTE));
  }

  private int written;

  private Path convert(Path model, Formats formats) {
    Path out = folder.resolve("out" + written++);
    Converter.convert(model, formats, OutputOptions.to(out), ProgressListener.none());
    return out;
  }

  private static float[] values(Path model) throws IOException {
    try (SourceCheckpoint source = SourceCheckpoints.open(model)) {
      SourceTensor head =
          source.tensors().stream().filter(t -> t.name().equals(HEAD)).findFirst().orElseThrow();
      float[] values = new float[(int) head.elements()];
      head.read(0, values, values.length);
      return values;
    }
  }

  private static JsonNode config(Path model) throws IOException {
    return new ObjectMapper().readTree(model.resolve("config.json").toFile());
  }

  private static String answer(Path model) {
    try (FoveaEngine engine = FoveaEngine.builder().model(model).threads(1).build()) {
      return engine.chat(ChatRequest.textOnly("How many?").options(SIX).build()).text();
    }
  }
}
