package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.prompt.Turn;
import java.util.List;

/** Of models that look at one picture at a time, which stands before the conversation. */
final class OnePicture {
  private OnePicture() {}

  /**
   * Whether a prompt is about a picture.
   *
   * @param pictures that come with the query
   * @throws InvalidRequestException where there are several
   */
  static boolean isThere(ModelFamily family, int pictures, List<Turn> history) {
    long all = (long) pictures + Turn.pictures(history);
    if (all > 1) {
      throw new InvalidRequestException(
          family.displayName() + " looks at one picture at a time, not " + all,
          "ask about each of them");
    }
    return all == 1;
  }
}
