package io.fovea.fuzz;

import io.fovea.ImageSize;
import io.fovea.grounding.CandidateBox;
import io.fovea.grounding.Dialects;
import io.fovea.grounding.Frame;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.GroundingDialect;
import io.fovea.grounding.GroundingStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** An answer with boxes, in each dialect, at once and in pieces; it is never refused. */
public final class DialectFuzzer {
  private static final int PIECE = 7; // chars

  private static final Frame FRAME =
      Frame.builder()
          .picture(new ImageSize(641, 480))
          .resized(new ImageSize(644, 476))
          .candidates(List.of(new CandidateBox(0.1, 0.2, 0.3, 0.4)))
          .build();

  private DialectFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    for (GroundingDialect dialect : Dialects.all()) {
      read(dialect, input);
    }
  }

  static void read(GroundingDialect dialect, byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    GroundedText whole = dialect.parse(text, FRAME);
    GroundingStream stream = dialect.stream(FRAME);
    for (int at = 0; at < text.length(); at += PIECE) {
      stream.feed(text.substring(at, Math.min(text.length(), at + PIECE)));
    }
    stream.finish();
    if (!stream.soFar().equals(whole)) {
      throw new AssertionError(dialect.name() + " reads '" + text + "' otherwise in pieces");
    }
    dialect.rewrite(whole, FRAME);
    Dialects.detect(text);
  }

  static List<byte[]> sound(GroundingDialect dialect) {
    String example = dialect.example();
    return List.of(
        example.getBytes(StandardCharsets.UTF_8),
        ("See " + example + "\n\ud83d\ude00 and " + example).getBytes(StandardCharsets.UTF_8));
  }
}
