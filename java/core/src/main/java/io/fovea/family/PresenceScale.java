package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.weights.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a model's yes or no to "Is there ...?" becomes a probability (Platt scaling): the logistic
 * function of scale · log-odds + offset. Fitted to one model, so it lies in its folder as {@code
 * presence.json}.
 *
 * @param scale above 0
 * @param least the probability below which what was asked for counts as absent, 0 to 1
 */
public record PresenceScale(double scale, double offset, double least) {
  /** What a model without one has: the probability as the model gives it, and nothing absent. */
  public static final PresenceScale RAW = new PresenceScale(1, 0, 0);

  private static final String FILE = "presence.json";
  private static final long MAX_BYTES = 1 << 16;
  private static final String REMEDY = "fetch the model again, or remove the file";

  /**
   * The folder's, or null where it has none.
   *
   * @throws ModelLoadException where the file is damaged or a number is out of its range
   */
  public static @Nullable PresenceScale read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    JsonNode root = JsonFile.read(file, MAX_BYTES, REMEDY);
    double scale = JsonFile.finite(file, root, "scale");
    double least = JsonFile.finite(file, root, "least");
    if (scale <= 0) {
      throw new ModelLoadException(file, "scale", "is " + scale, "give a number above 0");
    }
    if (least < 0 || least > 1) {
      throw new ModelLoadException(file, "least", "is " + least, "give a number from 0 to 1");
    }
    return new PresenceScale(scale, JsonFile.finite(file, root, "offset"), least);
  }

  /**
   * The probability.
   *
   * @param logOdds logit of yes minus logit of no
   */
  public double presence(double logOdds) {
    return 1 / (1 + Math.exp(-(scale * logOdds + offset)));
  }
}
