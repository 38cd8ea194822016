package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.grounding.EdgeSpread;
import io.fovea.grounding.Geometry;
import io.fovea.grounding.Region;
import io.fovea.weights.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How often a model's boxes are right (IoU with the truth at least 0.5), by what it tells of them:
 *
 * <pre>floor + (1 - floor) / (1 + exp(-(offset + confidence · ln c + spread · ln s)))</pre>
 *
 * <p>where c is the raw confidence and s the spread of the edges in parts of the box's sides,
 * sqrt((x0² + x1²) / w² + (y0² + y1²) / h²) with all in thousandths; c and s count as 0.001 where
 * they are less, w and h as 1. Fitted to one model, so it lies in its folder as {@code
 * confidence.json}; {@code weights-tools/python/fit_confidence.py} makes it.
 *
 * @param confidence at least 0: a surer box is not less often right
 * @param spread at most 0
 * @param floor share of right boxes among the least sure, 0 to 1
 */
public record BoxCalibration(double offset, double confidence, double spread, double floor) {
  private static final String FILE = "confidence.json";
  private static final long MAX_BYTES = 1 << 16;
  private static final String REMEDY = "fetch the model again, or remove the file";

  /** Below it logarithms say nothing more. */
  private static final double LEAST = 1e-3;

  /**
   * The folder's, or null where it has none.
   *
   * @throws ModelLoadException where the file is damaged or a number is out of its range
   */
  public static @Nullable BoxCalibration read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    JsonNode root = JsonFile.read(file, MAX_BYTES, REMEDY);
    double confidence = JsonFile.finite(file, root, "confidence");
    if (confidence < 0) {
      throw new ModelLoadException(file, "confidence", "is " + confidence, "give at least 0");
    }
    double spread = JsonFile.finite(file, root, "spread");
    if (spread > 0) {
      throw new ModelLoadException(file, "spread", "is " + spread, "give at most 0");
    }
    double floor = JsonFile.finite(file, root, "floor");
    if (floor < 0 || floor > 1) {
      throw new ModelLoadException(file, "floor", "is " + floor, "give a number from 0 to 1");
    }
    return new BoxCalibration(JsonFile.finite(file, root, "offset"), confidence, spread, floor);
  }

  /** The region with its calibrated confidence, where what that needs is known. */
  public Region calibrate(Region region) {
    Double sure = region.confidence();
    EdgeSpread edges = region.spread();
    return sure == null || edges == null
        ? region
        : region.toBuilder()
            .calibratedConfidence(share(sure, edges, region.shape().bounds()))
            .build();
  }

  private double share(double sure, EdgeSpread edges, Geometry.Rectangle box) {
    double width = Math.max(1, 1000 * (box.x1() - box.x0()));
    double height = Math.max(1, 1000 * (box.y1() - box.y0()));
    double wide = Math.hypot(edges.x0(), edges.x1()) / width;
    double high = Math.hypot(edges.y0(), edges.y1()) / height;
    double exponent =
        offset
            + confidence * Math.log(Math.max(LEAST, sure))
            + spread * Math.log(Math.max(LEAST, Math.hypot(wide, high)));
    return floor + (1 - floor) / (1 + Math.exp(-exponent));
  }
}
