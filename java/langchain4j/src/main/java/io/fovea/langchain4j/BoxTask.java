package io.fovea.langchain4j;

import io.fovea.InvalidRequestException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which boxes a message asks for, when the answer is to be a list of them: those of each phrase, a
 * phrase a line, such as {@code the blue star}, {@code Find the blue star} or {@code Where is the
 * blue star?}; or those of a description of the picture, where the text is empty or begins with
 * {@code Describe}.
 *
 * @param phrases to be located; none: the picture is described
 */
record BoxTask(List<String> phrases) {
  private static final Pattern ASKED =
      Pattern.compile(
          "(?:(?:where (?:is|are)|find|locate)\\s+)?(.+?)[\\s?.!]*", Pattern.CASE_INSENSITIVE);

  static BoxTask of(Conversation conversation) {
    if (!conversation.history().isEmpty() || conversation.pictures().size() != 1) {
      throw new InvalidRequestException(
          "boxes are asked for with "
              + conversation.pictures().size()
              + " pictures and "
              + conversation.history().size()
              + " earlier turns",
          "send one message with one picture");
    }
    String text = conversation.question().strip();
    if (text.isEmpty() || text.toLowerCase(Locale.ROOT).startsWith("describe")) {
      return new BoxTask(List.of());
    }
    return new BoxTask(text.lines().filter(line -> !line.isBlank()).map(BoxTask::phrase).toList());
  }

  private static String phrase(String line) {
    Matcher asked = ASKED.matcher(line.strip());
    return asked.matches() ? asked.group(1) : line.strip();
  }
}
