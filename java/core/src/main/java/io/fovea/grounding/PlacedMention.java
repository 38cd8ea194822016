package io.fovea.grounding;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A mention and where its phrase stands in the cleaned text.
 *
 * @param start in chars
 * @param end after the phrase; {@code start} where the text does not have it
 */
record PlacedMention(int start, int end, Mention mention) {
  private record Key(Span span, String phrase) {}

  /** All of a text, by where they stand; shapes of one phrase together. */
  static List<PlacedMention> all(GroundedText text) {
    Map<Key, List<Geometry>> shapes = new LinkedHashMap<>();
    for (Region region : text.regions()) {
      Key key = new Key(text.inPlainText(region), region.phrase());
      shapes.computeIfAbsent(key, k -> new ArrayList<>()).add(region.shape());
    }
    for (Pointing pointing : text.pointings()) {
      Key key = new Key(text.inPlainText(pointing), pointing.phrase());
      shapes.computeIfAbsent(key, k -> new ArrayList<>()).add(pointing.position());
    }
    List<PlacedMention> all = new ArrayList<>();
    shapes.forEach(
        (key, list) -> {
          Span span = key.span();
          String words = span.isEmpty() ? key.phrase() : span.in(text.plainText());
          all.add(new PlacedMention(span.start(), span.end(), new Mention(words, list)));
        });
    all.sort((a, b) -> Integer.compare(a.start(), b.start())); // stable
    return all;
  }

  /** The same shapes without the phrase. */
  Mention anonymous() {
    return new Mention("", mention.shapes());
  }
}
