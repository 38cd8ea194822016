package io.fovea.tools.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeSpaceTest {
  /** As coreutils find it, who ask about the directory, too: right in a chroot. */
  @Test
  void isThatOfTheDirectorysFileSystem(@TempDir Path folder) throws IOException {
    Process stat = new ProcessBuilder("stat", "-f", "-c", "%a %S", folder.toString()).start();
    String[] found =
        new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
            .strip()
            .split(" ");
    long free = Long.parseLong(found[0]) * Long.parseLong(found[1]);
    assertThat(FreeSpace.bytes(folder)).isCloseTo(free, Percentage.withPercentage(20));
  }
}
