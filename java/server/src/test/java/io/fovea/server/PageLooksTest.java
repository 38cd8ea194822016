package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page on a phone, in the dark, by keyboard. */
@Timeout(120)
class PageLooksTest {
  private static TestServer server;
  private static Browser page;

  @BeforeAll
  static void start() {
    page = Browser.start();
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    if (page != null) {
      page.close();
      server.close();
    }
  }

  @AfterEach
  void asBefore() {
    page.run("localStorage.clear()");
    page.prefer("light");
  }

  private static void assertNothingSticksOut() {
    assertThat(
            page.run(
                "return [...document.querySelectorAll('button, p, select, textarea, img, span')]"
                    + ".filter(each => each.offsetParent && !each.closest('.unseen, .skip'))"
                    + ".filter(each => each.getBoundingClientRect().right > innerWidth + 0.5"
                    + " || each.getBoundingClientRect().left < -0.5).map(each => each.outerHTML)"))
        .asList()
        .isEmpty();
    assertThat(page.is("return document.documentElement.scrollWidth <= 360")).isTrue();
  }

  @Test
  void fitsAPhone() {
    page.open(server, 360, 740);
    assertNothingSticksOut();
    page.choose(TestServer.SCENE);
    page.awaitSent();
    page.askAndWait("caption", "");
    assertNothingSticksOut();
    page.askAndWait("locate", "the blue star\nthe red heart");
    assertNothingSticksOut();
    for (WebElement button : page.all("button")) {
      boolean inText = "phrase".equals(button.getDomAttribute("class"));
      assertThat(inText || !button.isDisplayed() || button.getSize().height >= 40)
          .as(button.getText())
          .isTrue(); // a finger finds it
    }
  }

  @Test
  void theHeaderIsOneLineOnAPhone() {
    page.open(server, 360, 740);
    double[] label = page.edges(page.find(".model"));
    double[] select = page.edges(page.find("#model"));
    assertThat(label[3] - label[1]).isLessThan(1.5 * (select[3] - select[1]));
  }

  @Test
  void whereAChatIsTypedStaysInView() {
    page.open(server, 360, 740);
    page.choose(TestServer.SCENE);
    page.awaitSent();
    for (int i = 0; i < 6; i++) {
      page.askAndWait("chat", "Where is the star?");
      page.await(
          "const text = document.querySelector('#text').getBoundingClientRect();"
              + " return text.top >= 0 && text.bottom <= innerHeight");
    }
    assertThat(page.is("return scrollY > 0")).isTrue();
  }

  private static int brightness() {
    Object color = page.run("return getComputedStyle(document.body).backgroundColor");
    return Integer.parseInt(String.valueOf(color).replaceFirst("\\D*(\\d+).*", "$1"));
  }

  @Test
  void isDarkWhereThatIsPreferredOrChosen() {
    page.prefer("dark");
    page.open(server, 1280, 900);
    assertThat(brightness()).isLessThan(60);
    assertThat(page.find("#theme").getDomAttribute("aria-pressed")).isEqualTo("true");
    page.prefer("light");
    assertThat(brightness()).isGreaterThan(200);
    page.find("#theme").click();
    assertThat(brightness()).isLessThan(60);
    page.open(server, 1280, 900);
    assertThat(brightness()).as("after loading anew").isLessThan(60);
  }

  private static void tabTo(String css) {
    for (int i = 0; i < 40; i++) {
      if (page.is("return document.activeElement.matches(arguments[0])", css)) {
        return;
      }
      page.press(Keys.TAB);
    }
    throw new AssertionError("no way by Tab to " + css);
  }

  @Test
  void allIsReachedByKeyboard() {
    page.open(server, 1280, 900);
    tabTo("#sample");
    page.press(Keys.ENTER);
    page.awaitSent();
    page.await("return document.activeElement.id === 'go'"); // what was pressed is gone
    page.press(Keys.SPACE);
    page.awaitIdle();
    assertThat(page.is("return document.activeElement.id === 'go'")).isTrue();
    tabTo(".phrase");
    assertThat(page.all(".box.lit")).hasSize(1);
    tabTo(".row-of-box");
    assertThat(page.all(".box.lit")).hasSize(1);
    tabTo("#png");
    tabTo("[name=mode]");
    page.press(Keys.ARROW_RIGHT);
    tabTo("#text");
    page.press("the blue star\n");
    page.awaitIdle();
    assertThat(page.all(".row-of-box")).hasSize(1);
  }

  @Test
  void whatCanBeUsedHasAName() {
    page.openWithScene(server);
    for (WebElement each : page.all("button, input:not([hidden]), select, textarea, img")) {
      if (each.isDisplayed()) {
        assertThat(each.getAccessibleName()).as(each.getDomProperty("outerHTML")).isNotBlank();
      }
    }
  }

  /** A camera's file: as the sensor lies, with a note to turn it to the right. */
  @Test
  void turnsPicturesAsTheirCameraSays(@TempDir Path folder) throws IOException {
    Path photo = folder.resolve("photo.jpg");
    Files.write(photo, lying());
    page.open(server, 1280, 900);
    page.choose(photo);
    page.awaitSent();
    assertThat(page.text("#facts")).endsWith("200 × 300");
    assertThat(
            page.run(
                "const canvas = new OffscreenCanvas(200, 300), paint = canvas.getContext('2d');"
                    + " paint.drawImage(document.querySelector('#picture'), 0, 0);"
                    + " return paint.getImageData(100, 20, 1, 1).data[0] > 200"))
        .as("what was on the left is above")
        .isEqualTo(true);
  }

  /** A JPEG of 300 × 200 whose left is red, with orientation 6. */
  private static byte[] lying() throws IOException {
    BufferedImage image = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 200; y++) {
      for (int x = 0; x < 60; x++) {
        image.setRGB(x, y, Color.RED.getRGB());
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", file);
    byte[] jpeg = file.toByteArray();
    byte[] exif = {
      (byte) 0xff,
      (byte) 0xe1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0, // a segment of 34 bytes
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8, // big-endian, its directory at 8
      0,
      1,
      1,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      6,
      0,
      0,
      0,
      0,
      0,
      0 // one entry, and no more directories
    };
    return ByteBuffer.allocate(jpeg.length + exif.length)
        .put(jpeg, 0, 2)
        .put(exif)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  /** Told, not judged: it depends on the machine. */
  @Test
  void tellsItsFirstPaint() {
    for (int i = 0; i < 3; i++) {
      page.open(server, 1280, 900);
      page.await("return performance.getEntriesByName('first-contentful-paint').length > 0");
      System.out.println(
          "page: first paint after "
              + page.run(
                  "return Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)")
              + " ms");
    }
  }
}
