package io.fovea.tools.zoo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ProgressListener;
import io.fovea.tools.Formats;
import io.fovea.tools.Synthesizer;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.synthetic.Preset;
import io.fovea.weights.SafetensorsHeader;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A small model whose weights a test stores in another way, then writes. */
final class Draft {
  /** Tensors of the published names with f32 values; the bytes of others are in {@code stored}. */
  record Values(List<Long> shape, float[] values) {
    int rows() {
      return Math.toIntExact(shape.get(0));
    }

    int inputs() {
      return Math.toIntExact(shape.get(1));
    }
  }

  /** A tensor as files hold it. */
  record Stored(String dtype, List<Long> shape, byte[] bytes) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Stored> tensors = new LinkedHashMap<>();
  private final Map<String, Values> plain = new LinkedHashMap<>();
  private final Map<String, String> files = new LinkedHashMap<>();
  private final Map<String, byte[]> companions = new LinkedHashMap<>();
  private final ObjectNode config;

  private Draft(ObjectNode config) {
    this.config = config;
  }

  /** A random CogVLM v1 of 64 columns and two layers, all in f32. */
  static Draft small(Path scratch) {
    Path model = scratch.resolve("base");
    if (!Files.exists(model)) {
      Synthesizer.synthesize(
          Preset.SMALL_V1.model(),
          5,
          Formats.plain(PlainType.F32),
          OutputOptions.to(model),
          ProgressListener.none());
    }
    try (SourceCheckpoint source = SourceCheckpoints.open(model)) {
      Draft draft = new Draft((ObjectNode) JSON.readTree(source.config()));
      draft.companions.putAll(source.companions());
      for (SourceTensor tensor : source.tensors()) {
        float[] values = new float[(int) tensor.elements()];
        tensor.read(0, values, values.length);
        draft.plain.put(tensor.name(), new Values(tensor.shape(), values));
        draft.put(tensor.name(), "F32", tensor.shape(), Codes.f32(values));
      }
      return draft;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The weights that are quantised: both halves of each pair, and the projections behind them. */
  List<String> projections() {
    return plain.keySet().stream()
        .filter(name -> name.contains(".mlp.language_mlp.") && name.endsWith(".weight"))
        .toList();
  }

  /** The original numbers of a weight. */
  Values original(String name) {
    return Objects.requireNonNull(plain.get(name), name);
  }

  /** The original numbers of all tensors. */
  Map<String, Values> originals() {
    return plain;
  }

  Draft put(String name, String dtype, List<Long> shape, byte[] bytes) {
    tensors.put(name, new Stored(dtype, shape, bytes));
    return this;
  }

  Draft remove(String name) {
    tensors.remove(name);
    return this;
  }

  /** Another file beside the weights. */
  Draft file(String name, String content) {
    files.put(name, content);
    return this;
  }

  /** {@code quantization_config} by its JSON text. */
  Draft config(String json) {
    return key("quantization_config", json);
  }

  /** A key of config.json by its JSON text. */
  Draft key(String name, String json) {
    try {
      config.set(name, JSON.readTree(json));
      return this;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  /** Writes {@code model.safetensors} and what belongs beside it. */
  void writeSafetensors(Path directory) throws IOException {
    writeCompanions(directory);
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, t) -> entries.add(new TensorEntry(name, t.dtype(), t.shape())));
    try (OutputStream out = Files.newOutputStream(directory.resolve("model.safetensors"))) {
      out.write(SafetensorsHeader.encode(entries, Map.of("format", "pt")));
      for (Stored tensor : tensors.values()) {
        out.write(tensor.bytes());
      }
    }
  }

  /** Writes {@code pytorch_model.bin} and what belongs beside it. */
  void writeTorch(Path directory) throws IOException {
    writeCompanions(directory);
    Files.write(directory.resolve("pytorch_model.bin"), TorchWriter.stateDict(tensors));
  }

  private void writeCompanions(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("config.json"), config.toPrettyString());
    for (Map.Entry<String, byte[]> file : companions.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue());
    }
  }

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
