package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.family.PromptPart.Picture;
import io.fovea.family.PromptPart.Text;
import io.fovea.family.PromptPart.Token;
import io.fovea.prompt.Turn;
import io.fovea.text.WhiteSpace;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompts of Qwen-VL, part after part. In a text of either form the markup {@code <ref>}, {@code
 * <box>}, ... is found as the tokens that it is; a token with a role is found in a raw text alone.
 * Pictures are counted over the whole conversation.
 */
final class QwenVlPrompt {
  private static final String SYSTEM = "You are a helpful assistant.";
  private static final Token START = new Token("<|im_start|>");
  private static final Token END = new Token("<|im_end|>");
  private static final Token NEWLINE = new Token("Ċ"); // as byte-level vocabularies spell it

  private static final Pattern ROLE =
      Pattern.compile(
          "<\\|(?:endoftext|im_start|im_end|extra_(?:\\d|[1-9]\\d|1\\d\\d|20[0-4]))\\|>");

  private static final Pattern PICTURE = Pattern.compile("</?img>");

  private final List<PromptPart> parts = new ArrayList<>();
  private int shown; // pictures so far

  /** The text as it is, behind the pictures. */
  static List<PromptPart> raw(int pictures, String query) {
    QwenVlPrompt prompt = new QwenVlPrompt();
    prompt.pictures(pictures, /* labelled= */ pictures > 1);
    String text = Normalizer.normalize(checked(query), Normalizer.Form.NFC);
    Matcher role = ROLE.matcher(text);
    int from = 0;
    while (role.find()) {
      prompt.text(text.substring(from, role.start()));
      prompt.parts.add(new Token(role.group()));
      from = role.end();
    }
    prompt.text(text.substring(from));
    return prompt.parts;
  }

  /** A conversation in ChatML: roles, contents and line ends are split into tokens apart. */
  static List<PromptPart> chat(int pictures, String query, List<Turn> history) {
    QwenVlPrompt prompt = new QwenVlPrompt();
    prompt.system();
    history.forEach(prompt::turn);
    prompt.parts.add(NEWLINE);
    prompt.message("user", pictures, query);
    prompt.parts.add(NEWLINE);
    prompt.begin("assistant");
    return prompt.parts;
  }

  /** What every conversation begins with. */
  static List<PromptPart> systemMessage() {
    QwenVlPrompt prompt = new QwenVlPrompt();
    prompt.system();
    return prompt.parts;
  }

  /** A turn of a conversation. */
  static List<PromptPart> oneTurn(Turn turn) {
    QwenVlPrompt prompt = new QwenVlPrompt();
    prompt.turn(turn);
    return prompt.parts;
  }

  private void system() {
    message("system", 0, SYSTEM);
  }

  private void turn(Turn turn) {
    parts.add(NEWLINE);
    message("user", turn.pictures(), turn.question());
    parts.add(NEWLINE);
    message("assistant", 0, WhiteSpace.strip(turn.answer(), true, true));
  }

  private void message(String role, int pictures, String content) {
    begin(role);
    pictures(pictures, /* labelled= */ true);
    text(checked(content));
    parts.add(END);
  }

  private void begin(String role) {
    parts.add(START);
    text(role);
    parts.add(NEWLINE);
  }

  private void pictures(int count, boolean labelled) {
    for (int i = 0; i < count; i++) {
      Picture picture = new Picture(shown++);
      text(labelled ? "Picture " + shown + ": " : "");
      parts.add(new Token("<img>"));
      parts.add(picture);
      parts.add(new Token("</img>"));
      text(labelled ? "\n" : "");
    }
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      parts.add(new Text(text));
    }
  }

  private static String checked(String text) {
    if (PICTURE.matcher(text).find()) {
      throw new InvalidRequestException(
          "the prompt's text holds <img> or </img>, which stand for a picture to Qwen-VL",
          "leave them out: pictures are given beside the text");
    }
    return text;
  }
}
