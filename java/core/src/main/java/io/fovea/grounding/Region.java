package io.fovea.grounding;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;
import io.fovea.ImageSize;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One box and the words it belongs to. A phrase with several boxes gives several regions. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class Region {
  Region() {}

  /**
   * What the box shows, trimmed, and in CogVLM's dialects in lower case, where read from text;
   * empty when the text names nothing.
   */
  public abstract String phrase();

  /**
   * Where the phrase begins in the parsed text, in chars; where the box stands when the phrase is
   * empty.
   */
  public abstract int textStart();

  /**
   * Where it ends; equals {@link #textStart} when the phrase is empty or was not taken from the
   * text.
   */
  public abstract int textEnd();

  /** Where it is, in thousandths of the picture; of a shape with more corners its bounds. */
  public abstract Box box();

  /** Where it is, exactly as the model gave it. */
  public abstract Geometry shape();

  /** Which pixels of the picture it covers; null where the model gives boxes alone. */
  public abstract @Nullable Mask mask();

  /**
   * The mask that the model gave with the box, in its own codes and not decoded: PaliGemma's {@code
   * <seg...>} tokens, Gemini's PNG; null where there is none.
   */
  public abstract @Nullable String maskCodes();

  /** Which of {@link Frame#candidates} it is, from 0; null where the box was spelled out. */
  public abstract @Nullable Integer index();

  /**
   * Where it is, in pixels; null where the picture's size is not known: in a text read without one.
   */
  public abstract @Nullable PixelBox pixels();

  /**
   * How sure the decoder was of the digits, 0 to 1 ({@link BoxConfidence}); null when the box was
   * read from text.
   */
  public abstract @Nullable Double confidence();

  /**
   * The share of boxes this likely that are right, with an intersection over union of at least 0.5
   * with the truth, 0 to 1: what {@link #confidence} and {@link #spread} are worth by experience
   * with this model. Null where the model has no calibration, or the box has no spread.
   */
  public abstract @Nullable Double calibratedConfidence();

  /**
   * How far the decoder would have spread each edge; null when the box was read from text, or was
   * not held to its form.
   */
  public abstract @Nullable EdgeSpread spread();

  /** A box that shows something unnamed, to be changed. */
  public static Builder builder(Box box) {
    return new AutoValue_Region.Builder().phrase("").textStart(0).textEnd(0).box(box);
  }

  /** A shape that shows something unnamed, to be changed. */
  public static Builder builder(Geometry shape) {
    return builder(shape.bounds().toBox()).shape(shape);
  }

  /** A box that was asked for by name, and not read from text. */
  public static Region asked(String phrase, Box box, double confidence) {
    return asked(phrase, new ScoredBox(box, confidence));
  }

  /** The same with a shape as exact as the model gave it, and with its spread. */
  public static Region asked(String phrase, ScoredBox found) {
    return builder(found.shape())
        .phrase(phrase)
        .confidence(found.confidence())
        .spread(found.spread())
        .build();
  }

  /** This, to be changed. */
  public abstract Builder toBuilder();

  /** The same on a picture of this size. */
  public Region on(ImageSize size) {
    return toBuilder().pixels(toPixels(size)).build();
  }

  /**
   * Where it is on a picture of this size. What is in whole thousandths is scaled as such: n times
   * the side, then divided by 1000.
   */
  public PixelBox toPixels(ImageSize size) {
    boolean thousandths = shape().equals(Geometry.Rectangle.of(box()));
    return thousandths ? box().toPixels(size) : shape().bounds().toPixels(size);
  }

  /** Whether the shape covers no area. */
  public boolean degenerate() {
    return shape().degenerate();
  }

  /** The same region under another phrase, such as the one asked for when the answer has none. */
  public Region withPhrase(String newPhrase) {
    return toBuilder().phrase(newPhrase).textStart(0).textEnd(0).build();
  }

  /** Collects {@link Region}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Region#phrase}. */
    public abstract Builder phrase(String value);

    /** {@link Region#textStart}. */
    public abstract Builder textStart(int value);

    /** {@link Region#textEnd}. */
    public abstract Builder textEnd(int value);

    /** {@link Region#box}. */
    public abstract Builder box(Box value);

    /** {@link Region#shape}; unless it is given or its bounds are another box, the box itself. */
    public abstract Builder shape(Geometry value);

    /** {@link Region#mask}. */
    public abstract Builder mask(@Nullable Mask value);

    /** {@link Region#maskCodes}. */
    public abstract Builder maskCodes(@Nullable String value);

    /** {@link Region#index}. */
    public abstract Builder index(@Nullable Integer value);

    /** {@link Region#pixels}. */
    public abstract Builder pixels(@Nullable PixelBox value);

    /** {@link Region#confidence}. */
    public abstract Builder confidence(@Nullable Double value);

    /** {@link Region#calibratedConfidence}. */
    public abstract Builder calibratedConfidence(@Nullable Double value);

    /** {@link Region#spread}. */
    public abstract Builder spread(@Nullable EdgeSpread value);

    abstract Box box();

    abstract Optional<Geometry> shape();

    abstract Region unchecked();

    /**
     * The region.
     *
     * @throws IllegalArgumentException where the text range or the confidence is none
     */
    public Region build() {
      if (!shape().map(given -> given.bounds().toBox()).equals(Optional.of(box()))) {
        shape(Geometry.Rectangle.of(box()));
      }
      Region built = unchecked();
      if (built.textStart() < 0 || built.textEnd() < built.textStart()) {
        throw new IllegalArgumentException(
            "text range " + built.textStart() + ".." + built.textEnd());
      }
      requireShare("confidence", built.confidence());
      requireShare("calibrated confidence", built.calibratedConfidence());
      return built;
    }

    private static void requireShare(String name, @Nullable Double share) {
      if (share != null && !(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException(name + " " + share);
      }
    }
  }
}
