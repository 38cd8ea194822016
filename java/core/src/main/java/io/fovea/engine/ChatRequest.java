package io.fovea.engine;

import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A question, about a picture, about several, or about none.
 *
 * <p>A conversation shows its pictures in the order of {@link #images}. Each finished turn says how
 * many came with its question ({@link Turn#pictures}); the last {@link #newImages} come with the
 * query; those that are left come before all, with the first question of all.
 */
@AutoValue
public abstract class ChatRequest {
  ChatRequest() {}

  /** What the conversation is about, in the order in which it was shown; mostly one or none. */
  public abstract List<EncodedImage> images();

  /** How many of the images, the last ones, come with the query. Without history it is all. */
  public abstract int newImages();

  /** What is asked now, verbatim. */
  public abstract String query();

  /** Finished turns, oldest first; {@link PromptTemplate#BASE} ignores them. Default: none. */
  public abstract List<Turn> history();

  /** How query and history become a prompt; null, the default, takes the engine's. */
  public abstract @Nullable PromptTemplate template();

  /** How it is answered. */
  public abstract GenerationOptions options();

  /** A question about a picture. */
  public static Builder about(EncodedImage image, String query) {
    return any(List.of(Objects.requireNonNull(image, "image")), query);
  }

  /**
   * A question about several pictures, for models that look at several.
   *
   * @throws InvalidRequestException where there is none
   */
  public static Builder about(List<EncodedImage> images, String query) {
    List<EncodedImage> all = List.copyOf(Objects.requireNonNull(images, "images"));
    if (all.isEmpty()) {
      throw new InvalidRequestException(
          "the list of images is empty", "use textOnly for a question about no picture");
    }
    return any(all, query);
  }

  /** A question about no picture. */
  public static Builder textOnly(String query) {
    return any(List.of(), query);
  }

  private static Builder any(List<EncodedImage> images, String query) {
    return new AutoValue_ChatRequest.Builder()
        .images(images)
        .newImages(0)
        .query(Objects.requireNonNull(query, "query"))
        .history(List.of())
        .options(GenerationOptions.defaults());
  }

  /** This, to be changed; the pictures stay. */
  public abstract Builder toBuilder();

  /** Collects a {@link ChatRequest}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder images(List<EncodedImage> images);

    /** {@link ChatRequest#newImages}; default: 0. */
    public abstract Builder newImages(int count);

    /** {@link ChatRequest#query}. */
    public abstract Builder query(String query);

    /** {@link ChatRequest#history}. */
    public abstract Builder history(List<Turn> turns);

    /** {@link ChatRequest#template}. */
    public abstract Builder template(@Nullable PromptTemplate template);

    /** {@link ChatRequest#options}. */
    public abstract Builder options(GenerationOptions options);

    abstract List<Turn> history();

    abstract ChatRequest unchecked();

    /** The request. */
    public ChatRequest build() {
      history(List.copyOf(history()));
      return unchecked();
    }
  }
}
