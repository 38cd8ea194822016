package io.fovea.grounding;

import java.util.List;

/** How a family of models writes boxes in text. Implementations are immutable. */
public interface GroundingDialect {
  /** Its name in {@link Dialects}, such as "qwen-vl". */
  String name();

  /** An answer in this dialect, made up. */
  String example();

  /** Whether nothing can be read or written where the picture's size is not known. */
  default boolean needsPicture() {
    return false;
  }

  /**
   * The boxes and points in a model's answer. Tolerant: what is not a box is text, and no text is
   * an error.
   *
   * @param frame what the numbers refer to
   * @throws io.fovea.InvalidRequestException where the frame lacks what the dialect needs
   */
  GroundedText parse(String text, Frame frame);

  /** The same where nothing is known besides the text. */
  default GroundedText parse(String text) {
    return parse(text, Frame.unknown());
  }

  /** A parser for an answer that arrives in pieces. */
  GroundingStream stream(Frame frame);

  /**
   * The boxes as a prompt must spell them.
   *
   * @param boxes at least one
   */
  String format(List<Box> boxes);

  /**
   * Something as an answer spells it: its phrase and where it is. A shape that the dialect has no
   * form for is written as the upright rectangle around it; where it only has points, as its
   * middle.
   *
   * @throws io.fovea.InvalidRequestException where the frame lacks what the dialect needs
   */
  String write(Mention mention, Frame frame);

  /**
   * A text, read in whatever dialect, in this one. Running text keeps its words; dialects that are
   * lists, such as JSON, have the list alone.
   *
   * @throws io.fovea.InvalidRequestException where the frame lacks what the dialect needs
   */
  String rewrite(GroundedText text, Frame frame);
}
