package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The page when something is wrong: it says what, and what can be done is one step away. */
@Timeout(120)
class PageErrorsTest {
  private static Browser page;

  @BeforeAll
  static void start() {
    page = Browser.start();
  }

  @AfterAll
  static void stop() {
    if (page != null) {
      page.close();
    }
  }

  @Test
  void filesThatAreNoPicturesAreNamed(@TempDir Path folder) throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.png"), "no picture");
    try (TestServer server = TestServer.start()) {
      page.open(server, 1280, 900);
      page.choose(broken);
      page.await("return !document.querySelector('#error').hidden");
      assertThat(page.text("#error")).startsWith("The server cannot read this picture. ");
      assertThat(page.text("#error").length()).isGreaterThan(45); // what the server says of it
      page.choose(TestServer.SCENE);
      page.awaitSent();
      assertThat(page.find("#error").isDisplayed()).isFalse();
    }
  }

  @Test
  void aPictureThatIsStillBeingSentMayBeStopped() {
    try (TestServer server = TestServer.start()) {
      page.open(server, 1280, 900);
      page.run(
          "const sent = window.fetch; window.fetch = (path, options) =>"
              + " path === 'v1/images' ? new Promise(() => {}) : sent(path, options)");
      page.choose(TestServer.SCENE);
      page.await("return !document.querySelector('#go').disabled");
      page.ask("caption", "");
      assertThat(page.text("#status")).isEqualTo("Sending the picture…");
      page.press(Keys.ESCAPE);
      page.awaitIdle();
      assertThat(page.text(".note")).isEqualTo("Stopped.");
    }
  }

  @Test
  void aServerThatIsGoneIsNamed() {
    try (TestServer server = TestServer.start()) {
      page.openWithScene(server);
      server.server.close();
      page.askAndWait("caption", "");
      assertThat(page.text("#error")).startsWith("The server cannot be reached.");
      assertThat(page.find("#go").isEnabled()).isTrue();
    }
  }

  @Test
  void aPictureThatTheServerForgotIsSentAgain() {
    try (TestServer server = TestServer.start()) {
      page.openWithScene(server);
      page.run(
          "window.ids = []; const sent = window.fetch; window.fetch = async (...request) => {"
              + " const response = await sent(...request);"
              + " if (request[0] === 'v1/images') ids.push((await response.clone().json()).id);"
              + " return response; }");
      page.choose(TestServer.SCENE);
      page.await("return ids.length === 1");
      page.awaitSent();
      Object id = page.run("return ids[0]");
      server.send(HttpRequest.newBuilder(server.uri("/v1/images/" + id)).DELETE().build());
      page.askAndWait("ask", "How many circles are there?");
      assertThat(page.text(".text")).isEqualTo("1");
      assertThat(page.is("return ids.length === 2")).isTrue();
    }
  }

  @Test
  void asksForTheKeyAndKeepsItForTheTab() {
    try (TestServer server =
        TestServer.start(settings -> settings.apiKeys(List.of("a-long-random-text")))) {
      page.open(server, 1280, 900);
      assertThat(page.text("#key")).contains("This server asks for a key", "there is no API key");
      page.press("a-wrong-one\n");
      page.await("return /not known/.test(document.querySelector('#key-problem').textContent)");
      page.press("a-long-random-text\n");
      page.await("return document.querySelector('#model').value === 'shapes'");
      page.openWithScene(server);
      page.askAndWait("ask", "How many circles are there?");
      assertThat(page.text(".text")).isEqualTo("1");
      assertThat(page.run("return localStorage.getItem('fovea-key')")).isNull();
    }
  }

  @Test
  void theKeyMayBeRefused() {
    try (TestServer server = TestServer.start(settings -> settings.apiKeys(List.of("some-key")))) {
      page.open(server, 1280, 900);
      page.find("#key-cancel").click();
      page.await("return !document.querySelector('#error').hidden");
      assertThat(page.text("#error")).startsWith("The server wants a key.");
    }
  }
}
