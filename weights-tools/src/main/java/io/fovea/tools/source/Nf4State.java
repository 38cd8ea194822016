package io.fovea.tools.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.StoredTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a weight was quantised: the JSON text that bitsandbytes stores as the bytes of a tensor.
 *
 * @param shape of the weight, outermost first
 * @param block consecutive elements that share a scale
 * @param nestedBlock consecutive scales that share a scale of theirs
 * @param nestedOffset added to every scale that was quantised
 */
record Nf4State(List<Long> shape, long block, long nestedBlock, float nestedOffset) {
  private static final int MAX_BYTES = 1 << 16;
  private static final int MAX_RANK = 4;
  private static final int MAX_BLOCK = 1 << 20;
  private static final long USUAL_NESTED_BLOCK = 256;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads the text.
   *
   * @param source the file that holds {@code state}
   * @throws ModelLoadException where it is no such text, or describes another quantisation
   */
  static Nf4State read(BinaryFile source, Located state) {
    StoredTensor stored = state.tensor();
    if (!stored.dtype().equals("U8") || stored.bytes() > MAX_BYTES) {
      throw bad(state, "is " + stored.dtype() + stored.shape());
    }
    try {
      byte[] text = new byte[(int) stored.bytes()];
      source.read(stored.offset(), text.length).get(text);
      JsonNode root = JSON.readTree(text);
      if (root == null || !root.path("quant_type").asText().equals("nf4")) {
        throw bad(state, "is not of type nf4");
      }
      return new Nf4State(
          shape(state, root.path("shape")),
          block(state, root.path("blocksize")),
          root.has("nested_blocksize")
              ? block(state, root.path("nested_blocksize"))
              : USUAL_NESTED_BLOCK,
          (float) root.path("nested_offset").asDouble(0));
    } catch (JsonProcessingException e) {
      throw bad(state, "is not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw bad(state, "cannot be read: " + e.getMessage());
    }
  }

  private static List<Long> shape(Located state, JsonNode sizes) {
    List<Long> shape = new ArrayList<>();
    for (JsonNode size : sizes) {
      if (!size.isInt() || size.intValue() < 1) {
        throw bad(state, "has the shape " + sizes);
      }
      shape.add(size.longValue());
    }
    if (shape.isEmpty() || shape.size() > MAX_RANK) {
      throw bad(state, "has the shape " + sizes);
    }
    return List.copyOf(shape);
  }

  private static long block(Located state, JsonNode size) {
    if (!size.isInt() || size.intValue() < 1 || size.intValue() > MAX_BLOCK) {
      throw bad(state, "has blocks of " + size);
    }
    return size.intValue();
  }

  /** Scales of a weight. */
  long blocks(long elements) {
    return (elements + block - 1) / block;
  }

  /** Scales of so many scales. */
  long nestedBlocks(long blocks) {
    return (blocks + nestedBlock - 1) / nestedBlock;
  }

  private static ModelLoadException bad(Located state, String problem) {
    Path file = state.file();
    return new ModelLoadException(
        file, state.tensor().name(), problem, "use a file that bitsandbytes saved as nf4");
  }
}
