package io.fovea.grounding;

import io.fovea.ImageSize;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How well masks fit their truths over a set of questions, in the two measures of referring
 * expression segmentation. Not safe for use by several threads.
 */
public final class MaskScore {
  private int count;
  private long intersections;
  private long unions;
  private double ious;

  /**
   * The mask that was found for a question.
   *
   * @param found null where there was none, which is the same as an empty one
   * @param truth may be empty: nothing is to be found
   * @throws io.fovea.InvalidRequestException where they differ in size
   */
  public void add(@Nullable Mask found, Mask truth) {
    Mask mask = found == null ? empty(truth.size()) : found;
    int union = mask.unionArea(truth);
    count++;
    intersections += mask.intersectionArea(truth);
    unions += union;
    ious += union == 0 ? 1 : mask.iou(truth);
  }

  private static Mask empty(ImageSize size) {
    return Mask.ofRuns(size, List.of((int) size.pixels()));
  }

  /** Number of questions. */
  public int count() {
    return count;
  }

  /**
   * cIoU: the sum of all intersections by the sum of all unions, in which large things count more;
   * 0 where nothing was found and nothing was to be found.
   */
  public double cumulativeIou() {
    return unions == 0 ? 0 : (double) intersections / unions;
  }

  /** gIoU: the mean of the questions' IoUs, 1 for one with nothing to find and nothing found. */
  public double meanIou() {
    return count == 0 ? 0 : ious / count;
  }
}
