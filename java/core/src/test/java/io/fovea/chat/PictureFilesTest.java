package io.fovea.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureFilesTest {
  private static final PictureFiles ALONE = new PictureFiles(null);

  @Test
  void base64InAnyWrapping() {
    assertThat(ALONE.ofBase64("AQID")).containsExactly(1, 2, 3);
    assertThat(ALONE.at("data:image/png;base64,AQID")).containsExactly(1, 2, 3);
    assertThat(ALONE.at("DATA:image/png;BASE64,AQID")).containsExactly(1, 2, 3);
  }

  @Test
  void addressesGoToTheFetcher() {
    List<URI> asked = new ArrayList<>();
    PictureFiles files =
        new PictureFiles(
            url -> {
              asked.add(url);
              return new byte[] {9};
            });
    assertThat(files.at("https://pictures.example/a.png")).containsExactly(9);
    assertThat(files.at("data:;base64,AQ==")).containsExactly(1);
    assertThat(asked).containsExactly(URI.create("https://pictures.example/a.png"));
    PictureFiles failing =
        new PictureFiles(
            url -> {
              throw new IllegalArgumentException("the fetcher's own");
            });
    assertThatThrownBy(() -> failing.at("https://pictures.example/a.png"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the fetcher's own");
    assertThatThrownBy(() -> files.at("https://pictures.example/a b"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("address");
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example/x.png, none is fetched",
    "'data:image/png,AQID', not in base64",
    "data:image/png;base64, not in base64",
    "'data:image/png;base64,A*', not base64",
  })
  void whatIsNoPictureIsRefused(String address, String named) {
    assertThatThrownBy(() -> ALONE.at(address))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(named);
  }
}
