package io.fovea.family;

import io.fovea.prompt.Turn;
import io.fovea.text.WhiteSpace;
import java.util.ArrayList;
import java.util.List;

/**
 * Shikra's prompts: the conversation of Vicuna 1.1, cut at the tokens that mark the picture. Blanks
 * beside those belong to them and vanish.
 */
final class ShikraPrompt {
  /** Where the picture stands; in front of the first question that does not say. */
  private static final String IMAGE = "<image>";

  private static final String SYSTEM =
      "A chat between a curious user and an artificial intelligence assistant. "
          + "The assistant gives helpful, detailed, and polite answers to the user's questions. ";

  private final List<PromptPart> parts = new ArrayList<>(List.of(new PromptPart.Begin()));
  private final StringBuilder text = new StringBuilder();
  private final boolean form;
  private boolean behindPicture;
  private boolean pictureLeft;

  private ShikraPrompt(boolean form, boolean picture) {
    this.form = form;
    pictureLeft = picture;
  }

  /**
   * The parts of a prompt.
   *
   * @param form whether in the form of a conversation; else {@code query} alone
   */
  static List<PromptPart> of(boolean form, boolean picture, String query, List<Turn> history) {
    ShikraPrompt prompt = new ShikraPrompt(form, picture);
    if (form) {
      prompt.text.append(SYSTEM);
      for (Turn turn : history) {
        prompt.question(turn.question());
        prompt.text.append(' ').append(turn.answer());
        prompt.end(/* beforePicture= */ false);
        prompt.parts.add(new PromptPart.Token("</s>"));
      }
    }
    prompt.question(query);
    prompt.end(/* beforePicture= */ false);
    return prompt.parts;
  }

  /** A question; the picture is in the first one only. */
  private void question(String query) {
    String asked = pictureLeft && !query.contains(IMAGE) ? IMAGE + " " + query : query;
    int at = pictureLeft ? asked.indexOf(IMAGE) : 0;
    text.append(form ? "USER: " : "").append(plain(asked.substring(0, at)));
    if (pictureLeft) {
      pictureLeft = false;
      end(/* beforePicture= */ true);
      parts.add(new PromptPart.Token("<im_start>"));
      parts.add(new PromptPart.Picture(0));
      parts.add(new PromptPart.Token("<im_end>"));
      behindPicture = true;
    }
    text.append(plain(asked.substring(at))).append(form ? " ASSISTANT:" : "");
  }

  private static String plain(String text) {
    return text.replace(IMAGE, "");
  }

  /** Ends a piece of text. */
  private void end(boolean beforePicture) {
    String piece = text.toString();
    text.setLength(0);
    piece = WhiteSpace.strip(piece, behindPicture, beforePicture);
    behindPicture = false;
    if (!piece.isEmpty()) {
      boolean first = parts.size() == 1; // behind the begin token
      parts.add(first ? new PromptPart.Text(piece) : new PromptPart.Continued(piece));
    }
  }
}
