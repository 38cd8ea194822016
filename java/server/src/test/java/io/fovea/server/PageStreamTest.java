package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineListener;
import io.fovea.engine.RequestEvent;
import io.fovea.engine.RequestKind;
import io.fovea.engine.RequestOutcome;
import io.fovea.engine.StepEvent;
import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;

/** The page while an answer comes: by an engine that takes its time for each token. */
@Timeout(120)
class PageStreamTest {
  /** So slow that an answer lasts for seconds. */
  private static final class Slow implements EngineListener {
    final List<RequestOutcome> outcomes = new CopyOnWriteArrayList<>();

    @Override
    public void step(StepEvent event) {
      try {
        Thread.sleep(40);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void request(RequestEvent event) {
      if (event.kind() != RequestKind.ENCODE) {
        outcomes.add(event.outcome());
      }
    }
  }

  private static Browser page;
  private final Slow slow = new Slow();
  private TestServer server;

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

  @BeforeEach
  void serve() {
    server =
        new TestServer(
            engine -> engine.listener(slow).maxRunning(1),
            settings -> settings.heartbeat(Duration.ofMillis(50)));
    page.openWithScene(server);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private void awaitText() {
    page.await("return document.querySelector('.text')?.textContent.length > 0");
  }

  private void awaitCancelled() {
    TestServer.await(() -> slow.outcomes.contains(RequestOutcome.CANCELLED));
    server.assertNothingLeaks();
    assertThat(slow.outcomes).containsExactly(RequestOutcome.CANCELLED);
  }

  @Test
  void boxesAppearAsTheyCloseAndEscapeEndsTheRequest() {
    page.ask("caption", "");
    page.await("return document.querySelectorAll('.box').length > 0");
    assertThat(page.is("return document.querySelector('#stop').hidden")).isFalse();
    assertThat(page.text("#status")).startsWith("first token ");
    page.press(Keys.ESCAPE);
    page.awaitIdle();
    awaitCancelled();
    assertThat(page.text(".note")).isEqualTo("Stopped.");
    assertThat(page.all(".box").size()).isLessThan(6);
    assertThat(page.find("#go").isDisplayed()).isTrue();
  }

  @Test
  void phrasesAppearAsTheyAreFoundAndInTheirOrder() {
    page.ask("locate", "the blue star\nthe green square\nthe orange circle");
    page.await("return document.querySelectorAll('.row-of-box').length > 0");
    assertThat(page.is("return document.querySelector('#stop').hidden")).isFalse();
    assertThat(page.text("#status")).matches("[12] of 3 phrases…");
    page.awaitIdle();
    assertThat(page.all(".row-of-box .name"))
        .extracting(WebElement::getText)
        .containsExactly("the blue star", "the green square", "the orange circle");
    assertThat(page.text("#status")).matches("first token .* · \\d+ tokens · \\d+ tokens/s");
  }

  @Test
  void theStopButtonEndsTheRequest() {
    page.ask("caption", "");
    awaitText();
    page.find("#stop").click();
    page.awaitIdle();
    awaitCancelled();
  }

  @Test
  void closingTheTabEndsTheRequest() {
    page.driver.switchTo().newWindow(WindowType.TAB);
    page.openWithScene(server);
    page.ask("caption", "");
    awaitText();
    page.driver.close();
    page.driver.switchTo().window(page.driver.getWindowHandles().iterator().next());
    awaitCancelled();
  }

  @Test
  void showsHowManyWait() {
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      CompletableFuture<?> before = server.engine.captionAsync(image);
      page.ask("caption", "");
      page.await(
          "return /1 request is waiting/.test(document.querySelector('#status').textContent)");
      before.cancel(false);
      awaitText();
    }
  }

  @Test
  void anEndOfTheEngineIsTold() {
    page.ask("caption", "");
    awaitText();
    server.engine.close();
    page.awaitIdle();
    assertThat(page.text("#error")).startsWith("The server is shutting down.");
  }
}
