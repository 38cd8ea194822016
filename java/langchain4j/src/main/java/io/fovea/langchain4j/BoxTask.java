package io.fovea.langchain4j;

import io.fovea.InvalidRequestException;
import io.fovea.chat.Conversation;
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
  private static final Pattern BEGINNING =
      Pattern.compile("(?:where (?:is|are)|find|locate)\\s+", Pattern.CASE_INSENSITIVE);
  private static final String ENDS = "?.!";

  static BoxTask of(Conversation<?> conversation) {
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

  /** What a line names, without what is asked about it; the line where it names nothing. */
  private static String phrase(String line) {
    String whole = line.strip();
    Matcher beginning = BEGINNING.matcher(whole);
    int from = beginning.lookingAt() ? beginning.end() : 0;
    int to = whole.length();
    while (to > from && isEnd(whole.charAt(to - 1))) {
      to--;
    }
    return to > from ? whole.substring(from, to) : whole;
  }

  private static boolean isEnd(char c) {
    return Character.isWhitespace(c) || ENDS.indexOf(c) >= 0;
  }
}
