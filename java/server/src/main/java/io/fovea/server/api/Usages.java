package io.fovea.server.api;

import io.fovea.engine.Usage;
import java.util.List;

/** Tokens of several requests. */
final class Usages {
  private Usages() {}

  static Usage sum(List<Usage> all) {
    return Usage.builder()
        .promptTokens(all.stream().mapToInt(Usage::promptTokens).sum())
        .imageTokens(all.stream().mapToInt(Usage::imageTokens).sum())
        .cachedTokens(all.stream().mapToInt(Usage::cachedTokens).sum())
        .completionTokens(all.stream().mapToInt(Usage::completionTokens).sum())
        .forcedTokens(all.stream().mapToInt(Usage::forcedTokens).sum())
        .build();
  }
}
