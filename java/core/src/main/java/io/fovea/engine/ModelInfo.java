package io.fovea.engine;

import io.fovea.text.PromptTemplate;
import java.nio.file.Path;

/**
 * The model an engine serves.
 *
 * @param parameters elements of all its tensors
 * @param storedBytes bytes of all its tensors as stored
 * @param dtype it computes in: f32 or bf16
 * @param dtypeReason why
 * @param imageSize side of the encoder's square input, pixels
 * @param imageTokens places an image takes in the context, markers included
 * @param contextTokens most tokens of a request, prompt and answer together
 * @param kvCacheTokens room for cached tokens, all requests and open images together
 * @param template used where a request names none
 */
public record ModelInfo(
    Path directory,
    String architecture,
    long parameters,
    long storedBytes,
    String dtype,
    String dtypeReason,
    int imageSize,
    int patchSize,
    int imageTokens,
    int hiddenSize,
    int layers,
    int encoderLayers,
    int vocabularySize,
    int contextTokens,
    int kvCacheTokens,
    PromptTemplate template) {}
