package io.fovea.server.api;

import io.fovea.engine.Usage;
import java.util.List;

/** Tokens of several requests. */
final class Usages {
  private Usages() {}

  static Usage sum(List<Usage> all) {
    return all.stream().reduce(Usage.builder().build(), Usage::plus);
  }
}
