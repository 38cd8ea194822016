package io.fovea.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class McpLinesTest {
  private static List<String> lines(String input) throws IOException {
    McpLines lines = new McpLines(new ByteArrayInputStream(input.getBytes(UTF_8)), 4);
    List<String> all = new ArrayList<>();
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      all.add(new String(line, UTF_8));
    }
    return all;
  }

  @Test
  void linesEndAtTheirEndOrThatOfTheInput() throws IOException {
    assertThat(lines("")).isEmpty();
    assertThat(lines("\n")).containsExactly("");
    assertThat(lines("a\n\nb\r\nc")).containsExactly("a", "", "b\r", "c");
  }

  @Test
  void ofALongLineOneByteMoreIsKept() throws IOException {
    assertThat(lines("abcd\nabcdefgh\nx")).containsExactly("abcd", "abcde", "x");
  }
}
