package io.fovea.grounding;

import com.google.auto.value.AutoValue;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers of a dialect refer to besides the text. Most dialects count in fractions of the
 * picture and need none of it; {@code docs/GROUNDING.md} says which need what.
 */
@AutoValue
public abstract class Frame {
  private static final int OFA_SIDE = 512; // pixels; the fine-tuned checkpoints for referring
  private static final Frame UNKNOWN = builder().build();

  Frame() {}

  /** The original picture, or null where its size is not known. */
  public abstract @Nullable ImageSize picture();

  /** The picture as resized for the model, or null where that is not known. */
  public abstract @Nullable ImageSize resized();

  /** What {@link #resized} is computed by from {@link #picture} where it is not given. */
  public abstract ResizeLimits limits();

  /** Side of the square picture that OFA saw, in pixels; 512 unless it was pre-trained only. */
  public abstract int ofaSide();

  /** The boxes that an answer names by number, or null where there are none to name. */
  public abstract @Nullable List<CandidateBox> candidates();

  /** Nothing is known. */
  public static Frame unknown() {
    return UNKNOWN;
  }

  /** A picture of this size. */
  public static Frame of(ImageSize picture) {
    return builder().picture(picture).build();
  }

  /** Nothing known, to be changed. */
  public static Builder builder() {
    return new AutoValue_Frame.Builder().limits(ResizeLimits.QWEN2_5).ofaSide(OFA_SIDE);
  }

  /** This, to be changed. */
  public abstract Builder toBuilder();

  /**
   * {@link #picture} for a dialect that cannot do without.
   *
   * @throws InvalidRequestException where it is not known
   */
  ImageSize requirePicture(String dialect) {
    ImageSize size = picture();
    if (size == null) {
      throw new InvalidRequestException(
          dialect + " counts in the square that the picture was padded to",
          "give the picture's size");
    }
    return size;
  }

  /**
   * {@link #resized} for a dialect that counts in its pixels; computed by {@link #limits} where
   * only the picture's size is known.
   *
   * @throws InvalidRequestException where that is not known either
   */
  ImageSize requireResized(String dialect, boolean computable) {
    ImageSize size = resized();
    ImageSize original = picture();
    if (size == null && computable && original != null) {
      size = limits().resized(original);
    }
    if (size == null) {
      throw new InvalidRequestException(
          dialect + " counts in pixels of the picture as resized for the model",
          "give that size" + (computable ? ", or the picture's own" : ""));
    }
    return size;
  }

  /**
   * {@link #candidates} for a dialect that names boxes by number.
   *
   * @throws InvalidRequestException where there are none
   */
  List<CandidateBox> requireCandidates(String dialect) {
    List<CandidateBox> boxes = candidates();
    if (boxes == null) {
      throw new InvalidRequestException(
          dialect + " names boxes that are not in the text", "give the candidate boxes");
    }
    return boxes;
  }

  /** Collects {@link Frame}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Frame#picture}. */
    public abstract Builder picture(@Nullable ImageSize value);

    /** {@link Frame#resized}. */
    public abstract Builder resized(@Nullable ImageSize value);

    /** {@link Frame#limits}. */
    public abstract Builder limits(ResizeLimits value);

    /** {@link Frame#ofaSide}. */
    public abstract Builder ofaSide(int value);

    /** {@link Frame#candidates}. */
    public abstract Builder candidates(@Nullable List<CandidateBox> value);

    abstract @Nullable List<CandidateBox> candidates();

    abstract Frame unchecked();

    /**
     * The frame.
     *
     * @throws IllegalArgumentException where {@link Frame#ofaSide} is below 1
     */
    public Frame build() {
      List<CandidateBox> boxes = candidates();
      candidates(boxes == null ? null : List.copyOf(boxes));
      Frame built = unchecked();
      if (built.ofaSide() < 1) {
        throw new IllegalArgumentException("OFA's picture of side " + built.ofaSide());
      }
      return built;
    }
  }
}
