package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Path;

/** The model an engine serves. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class ModelInfo {
  ModelInfo() {}

  /** Where it was loaded from. */
  public abstract Path directory();

  /** The family it belongs to, in words. */
  public abstract String architecture();

  /** Elements of all its tensors. */
  public abstract long parameters();

  /** Bytes of all its tensors as stored. */
  public abstract long storedBytes();

  /** It computes in: F32 or BF16. */
  public abstract ComputeType dtype();

  /** Why it computes in that. */
  public abstract String dtypeReason();

  /** Side of the encoder's square input, pixels. */
  public abstract int imageSize();

  /** Side of a patch of it, pixels. */
  public abstract int patchSize();

  /** Places an image takes in the context, markers included. */
  public abstract int imageTokens();

  /** Width of the language model. */
  public abstract int hiddenSize();

  /** Of the language model. */
  public abstract int layers();

  /** Of the image encoder. */
  public abstract int encoderLayers();

  /** Logits of a token. */
  public abstract int vocabularySize();

  /** Most tokens of a request, prompt and answer together. */
  public abstract int contextTokens();

  /** Room for cached tokens, all requests and open images together. */
  public abstract int kvCacheTokens();

  /** Used where a request names none. */
  public abstract PromptTemplate template();

  /** How it writes boxes in text: a name that {@link io.fovea.grounding.Dialects} knows. */
  public abstract String dialect();

  /** A model without any layers, to be changed. */
  public static Builder builder() {
    return new AutoValue_ModelInfo.Builder()
        .directory(Path.of(""))
        .architecture("")
        .parameters(0)
        .storedBytes(0)
        .dtype(ComputeType.F32)
        .dtypeReason("")
        .imageSize(1)
        .patchSize(1)
        .imageTokens(0)
        .hiddenSize(0)
        .layers(0)
        .encoderLayers(0)
        .vocabularySize(0)
        .contextTokens(0)
        .kvCacheTokens(0)
        .template(PromptTemplate.BASE)
        .dialect("cogvlm");
  }

  /** Collects {@link ModelInfo}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link ModelInfo#directory}. */
    public abstract Builder directory(Path value);

    /** {@link ModelInfo#architecture}. */
    public abstract Builder architecture(String value);

    /** {@link ModelInfo#parameters}. */
    public abstract Builder parameters(long value);

    /** {@link ModelInfo#storedBytes}. */
    public abstract Builder storedBytes(long value);

    /** {@link ModelInfo#dtype}. */
    public abstract Builder dtype(ComputeType value);

    /** {@link ModelInfo#dtypeReason}. */
    public abstract Builder dtypeReason(String value);

    /** {@link ModelInfo#imageSize}. */
    public abstract Builder imageSize(int value);

    /** {@link ModelInfo#patchSize}. */
    public abstract Builder patchSize(int value);

    /** {@link ModelInfo#imageTokens}. */
    public abstract Builder imageTokens(int value);

    /** {@link ModelInfo#hiddenSize}. */
    public abstract Builder hiddenSize(int value);

    /** {@link ModelInfo#layers}. */
    public abstract Builder layers(int value);

    /** {@link ModelInfo#encoderLayers}. */
    public abstract Builder encoderLayers(int value);

    /** {@link ModelInfo#vocabularySize}. */
    public abstract Builder vocabularySize(int value);

    /** {@link ModelInfo#contextTokens}. */
    public abstract Builder contextTokens(int value);

    /** {@link ModelInfo#kvCacheTokens}. */
    public abstract Builder kvCacheTokens(int value);

    /** {@link ModelInfo#template}. */
    public abstract Builder template(PromptTemplate value);

    /** {@link ModelInfo#dialect}. */
    public abstract Builder dialect(String value);

    /** The value. */
    public abstract ModelInfo build();
  }
}
