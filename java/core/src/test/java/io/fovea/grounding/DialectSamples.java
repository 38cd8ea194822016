package io.fovea.grounding;

import io.fovea.ImageSize;
import java.util.List;
import java.util.Random;

/** What the tests of all dialects share. */
final class DialectSamples {
  /** An odd difference of the sides: the padding of the square is rounded. */
  static final ImageSize PICTURE = new ImageSize(641, 480);

  static final Frame FRAME =
      Frame.builder()
          .picture(PICTURE)
          .resized(new ImageSize(644, 476))
          .candidates(
              List.of(
                  new CandidateBox(0.1, 0.2, 0.3, 0.4),
                  new CandidateBox(0.5, 0.5, 0.9, 0.8),
                  new CandidateBox(0.9, 0.9, 0.2, 0.3),
                  new CandidateBox(-0.1, 0.1, 1.2, 0.7)))
          .build();

  /** Pieces that the dialects' texts are made of, and some that are only like them. */
  private static final List<String> PIECES =
      List.of(
          "a dog",
          " the cats",
          "\n",
          " ",
          "\t",
          ". ",
          ", ",
          ";",
          "<",
          ">",
          "[",
          "]",
          "{",
          "}",
          "(",
          ")",
          "\"",
          "'",
          "\\",
          "`",
          "```json\n",
          "```",
          "<phrase>",
          "</phrase>",
          "<object>",
          "</object>",
          "<patch_index_0044>",
          "<patch_index_0863>",
          "</delimiter_of_multi_objects/>",
          "<p>",
          "</p>",
          "<box>",
          "</box>",
          "<loc44>",
          "<delim>",
          "<ref>",
          "</ref>",
          "(12,34)",
          "(12,34),(56,78)",
          "(0.1,0.2),(0.3,0.4)",
          "<quad>(1,2),(3,4),(5,6),(7,8)</quad>",
          "<|object_ref_start|>",
          "<|object_ref_end|>",
          "<|box_start|>",
          "<|box_end|>",
          "{\"bbox_2d\": [1, 2, 300, 400], \"label\": \"a \\\"b\"}",
          "{'point_2d': [5, 6], 'label': 'x'}",
          "{\"box_2d\": [1,2,3,4], \"mask\": \"QUJD\"}",
          "{\"bbox_2d\": [1,2",
          "[{",
          "}]",
          "<bin_104>",
          "<bin_1> <bin_2> <bin_3> <bin_4> ",
          "<loc_52>",
          "<loc_1><loc_2><loc_3><loc_4>",
          "<sep>",
          "<poly>",
          "</poly>",
          "</s>",
          "<loc0256>",
          "<loc0256><loc0128><loc0768><loc0512>",
          "<seg007>".repeat(16),
          "[[10, 20, 30, 40], [50, 60, 70, 80]]",
          "[[105,212,430,870;510,330,820,990]]",
          "[[1,2",
          "<|ref|>",
          "<|/ref|>",
          "<|det|>",
          "<|/det|>",
          "{<1><2><30><40>}",
          "{<1><2>",
          "[302, 115, 644, 880]",
          "[0.123,0.456,0.789,0.987]",
          "[0.1,0.2]",
          "<at> <boxes>",
          "<at>",
          "<roi>",
          "</roi>",
          "<r1>",
          "<r99>",
          "<point x=\"63.5\" y=\"44.5\" alt=\"a\">",
          "</point>",
          "<points coords=\"1 1 073 160\">",
          "</points>",
          "<|begin_of_box|>",
          "<|end_of_box|>",
          "<think>",
          "</think>",
          "<box>1 2 3 4</box>",
          "<bbox><x_53><y_573><x_69><y_606></bbox>",
          "<12>",
          "<objects>",
          "<obj1>",
          "</objects>",
          "\ud83d\ude00",
          "\ud840\udc00",
          "\ud83d",
          "\u00e9",
          "12",
          "0.5",
          "-> CLICK",
          "and");

  private DialectSamples() {}

  /** A text of random pieces. */
  static String text(Random random, int pieces) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(pieces + 1); n > 0; n--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  /** A text of this dialect, mostly: examples and rewritten phrases with random pieces between. */
  static String text(Random random, GroundingDialect dialect) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(5); n >= 0; n--) {
      switch (random.nextInt(4)) {
        case 0 -> text.append(dialect.example());
        case 1 -> text.append(text(random, 3));
        default -> text.append(dialect.write(mention(random, "the dog"), FRAME));
      }
    }
    return text.toString();
  }

  static Mention mention(Random random, String phrase) {
    List<Geometry> shapes =
        random.nextBoolean() ? List.of(box(random)) : List.of(box(random), box(random));
    return new Mention(phrase, shapes);
  }

  static Geometry.Rectangle box(Random random) {
    return Geometry.Rectangle.ofCorners(
        random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble());
  }
}
