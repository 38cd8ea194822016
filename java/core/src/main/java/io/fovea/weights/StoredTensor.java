package io.fovea.weights;

import java.util.List;

/**
 * One entry of a safetensors header.
 *
 * @param name its name in the checkpoint
 * @param dtype as stored, such as "BF16"
 * @param shape sizes, outermost first
 * @param offset of its first byte from the start of the file
 * @param bytes its length
 */
public record StoredTensor(String name, String dtype, List<Long> shape, long offset, long bytes) {
  StoredTensor withName(String other) {
    return new StoredTensor(other, dtype, shape, offset, bytes);
  }
}
