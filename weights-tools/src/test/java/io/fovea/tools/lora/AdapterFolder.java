package io.fovea.tools.lora;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.weights.SafetensorsHeader;
import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** An adapter as a test wants it. */
final class AdapterFolder {
  /** A tensor of f32 values. */
  record Values(List<Long> shape, float[] values) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  final ObjectNode config =
      JSON.createObjectNode().put("peft_type", "LORA").put("r", 2).put("lora_alpha", 3);

  final Map<String, Values> tensors = new LinkedHashMap<>();
  private final Random random = new Random(7);

  /** Factors of a module, without what peft puts before its name. */
  AdapterFolder lora(String module, long outputs, long inputs) {
    long rank = config.path("r").asLong();
    String name = "base_model.model." + module;
    return tensor(name + ".lora_A.weight", rank, inputs)
        .tensor(name + ".lora_B.weight", outputs, rank);
  }

  /** A tensor of random values. */
  AdapterFolder tensor(String name, long... shape) {
    long elements = 1;
    List<Long> sizes = new ArrayList<>();
    for (long size : shape) {
      elements *= size;
      sizes.add(size);
    }
    float[] values = new float[Math.toIntExact(elements)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    tensors.put(name, new Values(sizes, values));
    return this;
  }

  /** Writes the folder and returns it. */
  Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("adapter_config.json"), config.toPrettyString());
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, t) -> entries.add(new TensorEntry(name, "F32", t.shape())));
    Path file = directory.resolve("adapter_model.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(SafetensorsHeader.encode(entries, Map.of("format", "pt")));
      for (Values tensor : tensors.values()) {
        ByteBuffer bytes =
            ByteBuffer.allocate(4 * tensor.values().length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(tensor.values());
        out.write(bytes.array());
      }
    }
    return directory;
  }
}
