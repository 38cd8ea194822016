package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The page in Chromium: what it shows is what the API says. */
@Timeout(120)
class PageTest {
  private static TestServer server;
  private static Browser page;

  @BeforeAll
  static void start() {
    page = Browser.start();
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    if (page == null) {
      return;
    }
    page.close();
    server.assertNothingLeaks();
    server.close();
  }

  @AfterEach
  void nothingToComplainOf() {
    assertThat(page.complaints()).isEmpty();
  }

  /** What the API says of the demo's picture. */
  private static JsonNode caption() {
    ObjectNode body = ChatTest.request("");
    body.putObject("fovea").put("task", "caption");
    return TestServer.json(server.post("/v1/chat/completions", body.toString()))
        .at("/choices/0/fovea");
  }

  /** Each box lies where the API has it, to a pixel of the screen. */
  private static void assertBoxesAt(JsonNode regions) {
    List<WebElement> boxes = page.all(".box");
    assertThat(boxes).hasSameSizeAs(regions);
    double[] picture = page.edges(page.find("#picture"));
    for (int i = 0; i < regions.size(); i++) {
      double[] box = page.edges(boxes.get(i));
      for (int edge = 0; edge < 4; edge++) {
        double side = edge % 2 == 0 ? 273 : 326;
        double scale = (picture[2 + edge % 2] - picture[edge % 2]) / side;
        double wanted = picture[edge % 2] + regions.get(i).at("/pixels/" + edge).asDouble() * scale;
        assertThat(box[edge]).as("edge %d of box %d", edge, i).isCloseTo(wanted, within(1.0));
      }
    }
  }

  @Test
  void captionComesWithBoxesInTheirPlaces() {
    page.openWithScene(server);
    page.askAndWait("caption", "");
    JsonNode said = caption();
    assertThat(said.at("/regions").size()).isGreaterThan(2);
    assertThat(page.text(".text")).isEqualTo(said.at("/plain_text").asText().strip());
    assertBoxesAt(said.at("/regions"));
    page.resize(700, 600);
    assertBoxesAt(said.at("/regions"));
    page.resize(360, 740);
    assertBoxesAt(said.at("/regions"));
    assertThat(page.text("#status")).matches("first token .* · \\d+ tokens · \\d+ tokens/s");
    assertThat(page.run("return document.querySelector('#said').textContent"))
        .asString()
        .contains(said.at("/plain_text").asText().strip(), said.at("/regions").size() + " boxes");
  }

  @Test
  void phrasesAndBoxesLightEachOther() {
    page.openWithScene(server);
    page.askAndWait("caption", "");
    List<WebElement> phrases = page.all(".phrase");
    List<WebElement> boxes = page.all(".box");
    List<WebElement> rows = page.all(".row-of-box");
    assertThat(phrases).hasSameSizeAs(boxes).hasSameSizeAs(rows);
    Actions mouse = new Actions(page.driver);
    mouse.moveToElement(phrases.get(1)).perform();
    assertLit(List.of(phrases.get(1), boxes.get(1), rows.get(1)));
    mouse.moveToElement(boxes.get(0)).perform();
    assertLit(List.of(phrases.get(0), boxes.get(0), rows.get(0)));
    mouse.moveToElement(page.find("h1")).perform();
    assertLit(List.of());
    rows.get(2).click();
    mouse.moveToElement(page.find("h1")).perform();
    page.run("document.activeElement.blur()");
    assertLit(List.of(phrases.get(2), boxes.get(2), rows.get(2)));
    assertThat(rows.get(2).getDomAttribute("aria-pressed")).isEqualTo("true");
  }

  /** These are lit and nothing else is, but for bands of spread. */
  private static void assertLit(List<WebElement> wanted) {
    assertThat(page.all(".lit:not(path)")).containsExactlyInAnyOrderElementsOf(wanted);
    assertThat(page.all(".frame.chosen")).hasSize(wanted.isEmpty() ? 0 : 1);
  }

  @Test
  void locateShowsConfidenceSpreadAndWhatIsNotThere() {
    page.openWithScene(server);
    page.askAndWait("locate", "the blue star\nthe red heart");
    ObjectNode body =
        TestServer.JSON.createObjectNode().put("image", TestServer.dataUri(TestServer.scene()));
    body.putArray("phrases").add("the blue star").add("the red heart");
    JsonNode results = TestServer.json(server.post("/v1/locate", body.toString())).at("/results");
    assertThat(results.at("/1/absent").asBoolean()).isTrue();
    assertBoxesAt(results.at("/0/regions"));
    assertThat(page.all("#soft path")).hasSize(1);
    JsonNode region = results.at("/0/regions/0");
    String likely = Math.round(100 * region.at("/calibrated_confidence").asDouble()) + " %";
    assertThat(page.text(".row-of-box .likely")).isEqualTo(likely);
    assertThat(page.text(".row-of-box .where")).contains("edges ± ", "presence ");
    long presence = Math.round(100 * results.at("/1/presence").asDouble());
    assertThat(page.text(".absent"))
        .isEqualToNormalizingWhitespace("the red heart not there presence " + presence + " %");
  }

  @Test
  void askAnswersShortly() {
    page.open(server, 1280, 900);
    page.find("#sample").click();
    page.awaitSent();
    page.askAndWait("ask", "How many circles are there?");
    assertThat(page.text(".text")).isEqualTo("1");
    assertThat(page.all(".box")).isEmpty();
  }

  @Test
  void picturesAreDroppedAndPasted() {
    String carried =
        "const file = new File([await (await fetch('page/scene.png')).blob()], 'it.png',"
            + " {type: 'image/png'}); const data = new DataTransfer(); data.items.add(file);";
    page.open(server, 1280, 900);
    page.run(
        "(async () => {"
            + carried
            + "document.dispatchEvent(new DragEvent('drop', {dataTransfer: data}))})()");
    page.awaitSent();
    assertThat(page.text("#facts")).isEqualTo("it.png · 273 × 326");
    page.run(
        "(async () => {"
            + carried
            + "document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))})()");
    page.await("return document.querySelector('#facts').textContent === 'pasted · 273 × 326'");
  }

  @Test
  void modelsAreChosenAmong() {
    try (FoveaServer two =
        FoveaServer.builder()
            .settings(ServerSettings.builder().port(0).build())
            .model("one", listener -> server.engine)
            .model("other", listener -> server.engine)
            .start()) {
      two.ready().join();
      page.driver.get(two.uri() + "/");
      page.await("return document.querySelectorAll('#model option').length === 2");
      page.find("#model").sendKeys("other");
      page.run(
          "window.seen = []; const sent = fetch; window.fetch = (path, options) => {"
              + " seen.push([path, options?.body]); return sent(path, options); }");
      page.choose(TestServer.SCENE);
      page.awaitSent();
      page.askAndWait("locate", "the blue star");
      assertThat(
              page.run("return JSON.parse(seen.find(([path]) => path === 'v1/locate')[1]).model"))
          .isEqualTo("other");
      assertThat(page.all(".box")).hasSize(1);
    }
  }

  @Test
  void chatRemembersItsTurns() {
    page.openWithScene(server);
    page.askAndWait("chat", "Where is the star?");
    page.askAndWait("chat", "How many circles are there?");
    assertThat(page.all(".question"))
        .extracting(WebElement::getText)
        .containsExactly("Where is the star?", "How many circles are there?");
    assertThat(page.all(".box")).isEmpty(); // the last answer has none
    WebElement star = page.find(".answer:first-child .row-of-box");
    new Actions(page.driver).moveToElement(star).perform();
    assertThat(page.all(".box.lit")).hasSize(1); // an earlier one shows its own
    page.find("#anew").click();
    assertThat(page.all(".answer")).isEmpty();
  }

  @Test
  void eachTurnIsTakenAway() throws IOException {
    page.driver.executeCdpCommand(
        "Browser.grantPermissions",
        Map.of("permissions", List.of("clipboardReadWrite", "clipboardSanitizedWrite")));
    page.openWithScene(server);
    page.askAndWait("chat", "Where is the star?");
    page.askAndWait("chat", "How many circles are there?");
    assertThat(page.find("#png").isEnabled()).isFalse(); // there is no box to draw
    WebElement first = page.find(".answer:first-child .question");
    first.sendKeys(Keys.ENTER);
    assertThat(page.all(".box")).hasSize(1);
    assertThat(first.getDomAttribute("aria-pressed")).isEqualTo("true");
    page.find("#png").click();
    Path file = page.downloads.resolve("scene-boxes.png");
    TestServer.await(() -> Files.exists(file));
    Files.delete(file);
    assertThat(copied().at("/regions")).hasSize(1);
    page.find(".answer:last-child .question").click();
    assertThat(page.all(".box")).isEmpty();
    assertThat(page.find("#png").isEnabled()).isFalse();
    assertThat(copied().at("/regions")).isEmpty();
  }

  @Test
  void aQuestionThatIsRefusedIsNoTurn() {
    page.openWithScene(server);
    page.askAndWait("chat", "Where is the star?");
    page.askAndWait("chat", "x ".repeat(600));
    assertThat(page.text("#error")).contains("shorten the prompt");
    assertThat(page.all(".answer")).hasSize(1);
    assertThat(page.all(".box")).hasSize(1); // the answer's, as before
    assertThat(page.find("#text").getDomProperty("value")).startsWith("x x "); // to be shortened
    page.run("document.querySelector('#text').value = ''");
    page.askAndWait("chat", "How many circles are there?");
    assertThat(page.all(".answer")).hasSize(2);
  }

  /** What is in the clipboard after the press of the button. */
  private static JsonNode copied() {
    page.await("return document.querySelector('#json').textContent === 'Copy as JSON'");
    page.find("#json").click();
    page.await("return document.querySelector('#json').textContent === 'Copied'");
    return TestServer.json(
        String.valueOf(
            page.driver.executeAsyncScript("navigator.clipboard.readText().then(arguments[0])")));
  }

  /** Numbers by their value: scripts write 31.0 as 31. */
  private static int compare(JsonNode one, JsonNode other) {
    return one.isNumber() && other.isNumber()
        ? Double.compare(one.asDouble(), other.asDouble())
        : one.equals(other) ? 0 : 1;
  }

  @Test
  void answersAreTakenAwayAsJsonAndAsPicture() throws IOException {
    page.driver.executeCdpCommand(
        "Browser.grantPermissions",
        Map.of("permissions", List.of("clipboardReadWrite", "clipboardSanitizedWrite")));
    page.openWithScene(server);
    page.askAndWait("caption", "");
    JsonNode regions = caption().at("/regions");
    JsonNode found = copied().at("/regions");
    assertThat(found.equals(PageTest::compare, regions)).as(found.toString()).isTrue();

    page.find("#png").click();
    Path file = page.downloads.resolve("scene-boxes.png");
    TestServer.await(() -> Files.exists(file));
    BufferedImage picture = ImageIO.read(file.toFile());
    Files.delete(file);
    BufferedImage scene = ImageIO.read(TestServer.SCENE.toFile());
    assertThat(picture.getWidth()).isEqualTo(273);
    assertThat(picture.getHeight()).isEqualTo(326);
    int left = regions.at("/0/pixels/0").asInt();
    int middle = (regions.at("/0/pixels/1").asInt() + regions.at("/0/pixels/3").asInt()) / 2;
    assertThat(picture.getRGB(left, middle)).isNotEqualTo(scene.getRGB(left, middle));
    assertThat(picture.getRGB(left + 20, middle)).isEqualTo(scene.getRGB(left + 20, middle));
  }
}
