package io.fovea.grounding;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.google.auto.value.AutoValue;
import java.util.List;

/** A text, and what it points at in the order of the text. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
@JsonIgnoreProperties({"cuts", "lead"})
public abstract class GroundedText {
  GroundedText() {}

  /** As generated. */
  public abstract String text();

  /** Without tags, boxes, and blanks at its ends: for people to read. */
  public abstract String plainText();

  /** One for each box, quadrilateral or polygon. */
  public abstract List<Region> regions();

  /** One for each point. */
  public abstract List<Pointing> pointings();

  /** What {@link #plainText} leaves out. */
  abstract List<Cut> cuts();

  /** Blanks before {@link #plainText} that it leaves out as well. */
  abstract int lead();

  static GroundedText of(
      String text, List<Region> regions, List<Pointing> pointings, List<Cut> cuts) {
    StringBuilder whole = new StringBuilder();
    int from = 0;
    for (Cut cut : cuts) {
      whole.append(text, from, cut.start()).append(cut.instead());
      from = cut.end();
    }
    String plain = whole.append(text, from, text.length()).toString();
    String leading = plain.stripLeading();
    return new AutoValue_GroundedText(
        text,
        leading.stripTrailing(),
        List.copyOf(regions),
        List.copyOf(pointings),
        List.copyOf(cuts),
        plain.length() - leading.length());
  }

  /** Where the phrase of one of {@link #regions} stands in {@link #plainText}. */
  public Span inPlainText(Region region) {
    return inPlainText(region.textStart(), region.textEnd());
  }

  /** Where the phrase of one of {@link #pointings} stands in {@link #plainText}. */
  public Span inPlainText(Pointing pointing) {
    return inPlainText(pointing.textStart(), pointing.textEnd());
  }

  private Span inPlainText(int start, int end) {
    int length = plainText().length();
    int first = Math.max(0, Math.min(length, Cut.moved(cuts(), start) - lead()));
    int last = Math.max(first, Math.min(length, Cut.moved(cuts(), end) - lead()));
    return new Span(first, last);
  }
}
