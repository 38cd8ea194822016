package io.fovea.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Whether boxes are right as often as their calibrated confidence says. */
final class Reliability {
  private static final int PARTS = 10;

  private final List<Judged> judged = new ArrayList<>();

  private record Judged(double predicted, boolean right) {}

  /**
   * A tenth of the boxes, by calibrated confidence.
   *
   * @param least calibrated confidence in it
   * @param most calibrated confidence in it
   * @param predicted mean of it: the share of right boxes to expect
   * @param actual share of right boxes
   */
  record Tenth(int count, double least, double most, double predicted, double actual) {
    private static Tenth of(List<Judged> part) {
      return new Tenth(
          part.size(),
          Facts.rounded(part.get(0).predicted(), 1e4),
          Facts.rounded(part.get(part.size() - 1).predicted(), 1e4),
          average(part.stream().mapToDouble(Judged::predicted).toArray()),
          average(part.stream().mapToDouble(each -> each.right() ? 1 : 0).toArray()));
    }

    private static double average(double[] values) {
      double sum = 0;
      for (double value : values) {
        sum += value;
      }
      return Facts.rounded(sum / values.length, 1e4);
    }
  }

  /**
   * A box.
   *
   * @param predicted its calibrated confidence
   */
  void add(double predicted, boolean right) {
    judged.add(new Judged(predicted, right));
  }

  /** The tenths, least confident first; of fewer than ten boxes one each. */
  List<Tenth> tenths() {
    List<Judged> sorted = new ArrayList<>(judged);
    sorted.sort(Comparator.comparingDouble(Judged::predicted));
    List<Tenth> tenths = new ArrayList<>();
    for (int part = 0; part < PARTS; part++) {
      int from = sorted.size() * part / PARTS;
      int to = sorted.size() * (part + 1) / PARTS;
      if (from < to) {
        tenths.add(Tenth.of(sorted.subList(from, to)));
      }
    }
    return tenths;
  }
}
