package io.fovea.server.wire;

import io.fovea.engine.Usage;

/** Tokens of one request. */
public record Tokens(int prompt, int image, int cached, int completion, int forced) {
  /** Of a result. */
  public static Tokens of(Usage usage) {
    return new Tokens(
        usage.promptTokens(),
        usage.imageTokens(),
        usage.cachedTokens(),
        usage.completionTokens(),
        usage.forcedTokens());
  }
}
