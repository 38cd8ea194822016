package io.fovea.engine;

/**
 * What a request took, in tokens.
 *
 * @param promptTokens tokens before the answer: begin token, image and text
 * @param imageTokens of these, the image's, markers included
 * @param cachedTokens of these, taken from the image's cached prefix instead of computed
 * @param completionTokens tokens the model chose, the end token included
 * @param forcedTokens tokens of the answer that the box grammar left no choice about
 */
public record Usage(
    int promptTokens, int imageTokens, int cachedTokens, int completionTokens, int forcedTokens) {}
