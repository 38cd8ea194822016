package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.grounding.Region;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * All objects of a picture, and whether a caption names exactly these: each as often as it is
 * there, nothing else, in any order.
 */
final class NamedObjects {
  /** What follows "a" or "an" up to a comma, a full stop or the word "and". */
  private static final Pattern NAMED =
      Pattern.compile("\\ban?\\s+([^,.]+?)\\s*(?=[,.]|\\sand\\s|$)");

  private static final Pattern ARTICLE = Pattern.compile("^(?:an?|the)\\s+");

  private final List<Expected.Shown> objects;

  NamedObjects(List<Expected.Shown> objects) {
    this.objects = List.copyOf(objects);
  }

  /** Whether a caption without boxes names exactly these objects. */
  boolean equalNamesOf(String caption) {
    List<String> found =
        NAMED
            .matcher(caption.toLowerCase(Locale.ROOT))
            .results()
            .map(match -> match.group(1))
            .sorted()
            .toList();
    return found.equals(objects.stream().map(object -> name(object.phrase())).sorted().toList());
  }

  /**
   * Whether the regions of a caption can be paired with these objects, one to one, the same words
   * and an IoU of at least {@link Score#RIGHT_IOU} in each pair. Each region takes the object that
   * it covers best of those left.
   */
  boolean equalRegions(List<Region> regions, ImageSize size) {
    if (regions.size() != objects.size()) {
      return false;
    }
    List<Expected.Shown> left = new ArrayList<>(objects);
    for (Region region : regions) {
      Comparator<Expected.Shown> overlap = Comparator.comparingDouble(o -> iou(region, o, size));
      Optional<Expected.Shown> best =
          left.stream()
              .filter(object -> name(object.phrase()).equals(name(region.phrase())))
              .filter(object -> iou(region, object, size) >= Score.RIGHT_IOU)
              .max(overlap);
      if (best.isEmpty()) {
        return false;
      }
      left.remove(best.get());
    }
    return true;
  }

  private static double iou(Region region, Expected.Shown object, ImageSize size) {
    return region.box().toPixels(size).iou(object.pixels());
  }

  /** Lower case, without article. */
  private static String name(String phrase) {
    return ARTICLE.matcher(phrase.strip().toLowerCase(Locale.ROOT)).replaceFirst("");
  }
}
