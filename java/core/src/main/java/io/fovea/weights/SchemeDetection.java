package io.fovea.weights;

import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.QuantizationScheme.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the scheme of a checkpoint. config.json and the tensors must agree: what one of them shows
 * and the other does not know is refused, but for bitsandbytes, whose settings may also ask to
 * quantise plain weights while they are loaded.
 */
final class SchemeDetection {
  private final Map<String, Located> tensors;
  private final QuantizationConfig config;

  SchemeDetection(Map<String, Located> tensors, QuantizationConfig config) {
    this.tensors = tensors;
    this.config = config;
  }

  StoredScheme scheme() {
    for (QuantizationScheme scheme : QuantizationScheme.values()) {
      Optional<String> tensor = tensors.keySet().stream().filter(scheme::marks).findFirst();
      if (tensor.isPresent()) {
        return stored(scheme, tensor.get());
      }
    }
    return config.inConfig() ? unmarked() : unread(StoredScheme.plain());
  }

  /** No tensor shows a scheme, config.json names one. */
  private StoredScheme unmarked() {
    String method = config.method();
    if (method.equals("bitsandbytes")) {
      return unread(
          StoredScheme.plain(
              List.of(
                  "the weights are plain numbers and are read as such; "
                      + config.evidence()
                      + " asks bitsandbytes to quantise them while loading")));
    }
    Optional<QuantizationScheme> called = QuantizationScheme.called(method);
    if (called.isPresent() && called.get() == QuantizationScheme.COMPRESSED_TENSORS) {
      return compressed(config.evidence());
    }
    return named(config)
        .orElseGet(
            () ->
                StoredScheme.refused(
                    called.orElse(QuantizationScheme.UNKNOWN),
                    called.map(QuantizationScheme::title).orElse(quoted(method)),
                    config.evidence() + ", but no tensor shows it"));
  }

  /** The scheme that config.json alone is enough to refuse. */
  static Optional<StoredScheme> named(QuantizationConfig config) {
    if (!config.inConfig()) {
      return Optional.empty();
    }
    Optional<QuantizationScheme> called = QuantizationScheme.called(config.method());
    if (called.isEmpty()) {
      return Optional.of(
          StoredScheme.refused(
              QuantizationScheme.UNKNOWN, quoted(config.method()), config.evidence()));
    }
    return called.get().use() == Use.REFUSE
        ? Optional.of(StoredScheme.refused(called.get(), called.get().title(), config.evidence()))
        : Optional.empty();
  }

  private static String quoted(String method) {
    return method.isEmpty() ? "a method without a name" : "'" + method + "'";
  }

  /** A tensor shows a scheme; config.json must not speak of another. */
  private StoredScheme stored(QuantizationScheme marked, String tensor) {
    Optional<StoredScheme> named = named(config);
    if (named.isPresent()) {
      return named.get();
    }
    QuantizationScheme scheme = marked;
    if (marked == QuantizationScheme.GPTQ) { // AWQ's tensors have the same names
      Optional<QuantizationScheme> called = QuantizationScheme.called(config.method());
      if (called.isEmpty()) {
        return StoredScheme.refused(
            QuantizationScheme.GPTQ, "GPTQ or AWQ without quantization_config", tensor);
      }
      scheme = called.get() == QuantizationScheme.AWQ ? called.get() : scheme;
    }
    if (scheme.use() == Use.REFUSE) {
      return StoredScheme.refused(scheme, scheme.title(), tensor);
    }
    if (config.inConfig() && !scheme.isCalled(config.method())) {
      return StoredScheme.refused(
          scheme,
          scheme.title() + " or " + quoted(config.method()),
          tensor + " against " + config.evidence());
    }
    return scheme == QuantizationScheme.COMPRESSED_TENSORS
        ? compressed(tensor)
        : checked(scheme, tensor);
  }

  private StoredScheme checked(QuantizationScheme scheme, String tensor) {
    Optional<String> variant = new SchemeVariants(tensors, config).unread(scheme);
    return variant.isPresent()
        ? StoredScheme.refused(scheme, scheme.title() + " " + variant.get(), tensor)
        : unread(StoredScheme.read(scheme, tensor, config.settings(), notes(scheme)));
  }

  private StoredScheme compressed(String evidence) {
    return new CompressedVariants(tensors, config)
        .unread()
        .orElseGet(
            () ->
                unread(
                    StoredScheme.read(
                        QuantizationScheme.COMPRESSED_TENSORS,
                        evidence,
                        config.settings(),
                        notes(QuantizationScheme.COMPRESSED_TENSORS))));
  }

  private List<String> notes(QuantizationScheme scheme) {
    List<String> notes = new ArrayList<>();
    if (scheme.use() == Use.CONVERT) {
      notes.add("weights quantised by " + scheme.title() + " are read as plain numbers");
    }
    tensors.keySet().stream()
        .filter(QuantizedNames::describesActivations)
        .findFirst()
        .ifPresent(
            name ->
                notes.add(
                    name
                        + " and its like are left out: activations are not rounded to the scales"
                        + " that were recorded for them"));
    return notes;
  }

  /** The scheme, unless a tensor beside a weight speaks of a scale that it does not use. */
  private StoredScheme unread(StoredScheme found) {
    return new UnreadScales(tensors.keySet(), found.scheme())
        .first()
        .map(
            name ->
                StoredScheme.refused(
                    QuantizationScheme.UNKNOWN, QuantizationScheme.UNKNOWN.title(), name))
        .orElse(found);
  }
}
