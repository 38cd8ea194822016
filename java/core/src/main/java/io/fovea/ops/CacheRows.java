package io.fovea.ops;

import io.fovea.tensor.Tensor;

/**
 * Where the rows of a forward step sit in the KV cache. All tensors are i32.
 *
 * @param positions {@code [R]} rotary position of each row
 * @param slots {@code [R]} where its key and value are stored: page * 64 + offset
 * @param sequences {@code [R]} row of {@code pageTable} it belongs to
 * @param rowSlots {@code [R]} its order in the sequence: it sees slots 0..rowSlots
 * @param pageTable {@code [B, M]} pages of each sequence in order
 */
public record CacheRows(
    Tensor positions, Tensor slots, Tensor sequences, Tensor rowSlots, Tensor pageTable) {}
