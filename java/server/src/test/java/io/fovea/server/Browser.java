package io.fovea.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;

/** The system's Chromium, without a window. Tests are skipped where there is none. */
final class Browser implements AutoCloseable {
  private static final Logger SELENIUM =
      Logger.getLogger("org.openqa.selenium"); // kept: loggers are forgotten

  static {
    SELENIUM.setLevel(Level.SEVERE); // it warns of a library for what is not used here
  }

  final ChromeDriver driver;
  final Path downloads;

  private Browser(Path chromium, Path chromedriver) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox", // which root cannot have
        "--disable-dev-shm-usage", // small in containers
        "--disable-gpu",
        "--hide-scrollbars",
        "--window-size=1280,900");
    ChromeDriverService service = // named, so that Selenium looks for none elsewhere
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.toFile())
            .usingAnyFreePort()
            .build();
    try {
      downloads = Files.createTempDirectory("fovea-downloads");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    options.setExperimentalOption(
        "prefs", Map.of("download.default_directory", downloads.toString()));
    driver = new ChromeDriver(service, options);
  }

  /** Starts it. */
  static Browser start() {
    Optional<Path> chromium =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .flatMap(name -> inPath(name).stream())
            .findFirst();
    Optional<Path> chromedriver = inPath("chromedriver");
    if (chromium.isEmpty() || chromedriver.isEmpty()) {
      System.out.println("backend absent: chromium");
    }
    assumeTrue(chromium.isPresent() && chromedriver.isPresent(), "backend absent: chromium");
    return new Browser(chromium.get(), chromedriver.get());
  }

  private static Optional<Path> inPath(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Loads the server's page anew, in a window of this size. */
  void open(TestServer server, int width, int height) {
    resize(width, height);
    driver.get(server.uri("/").toString());
    await(
        "return document.querySelector('#model').value === 'shapes'"
            + " || document.querySelector('dialog').open");
  }

  /** Another size of the window; narrow ones are phones'. */
  void resize(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
  }

  /** The same, in the size of a desk's screen, with the demo's picture sent to the server. */
  void openWithScene(TestServer server) {
    open(server, 1280, 900);
    choose(TestServer.SCENE);
    awaitSent();
  }

  /** Chooses a file. */
  void choose(Path file) {
    find("#file").sendKeys(file.toString());
  }

  /** The server has the picture. */
  void awaitSent() {
    await("return / × /.test(document.querySelector('#facts').textContent)");
  }

  /** Asks in a mode, and leaves it running. */
  void ask(String mode, String text) {
    find("label:has([value=" + mode + "])").click();
    if (!text.isEmpty()) {
      find("#text").sendKeys(text.replace("\n", Keys.chord(Keys.SHIFT, Keys.ENTER)));
    }
    find("#go").click();
  }

  /** Asks, and waits for the whole answer. */
  void askAndWait(String mode, String text) {
    ask(mode, text);
    awaitIdle();
  }

  /** No request runs any more. */
  void awaitIdle() {
    await("return document.querySelector('#stop').hidden");
  }

  WebElement find(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** What a script returns. */
  @Nullable Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Whether a script returns true. */
  boolean is(String script, Object... arguments) {
    return Boolean.TRUE.equals(run(script, arguments));
  }

  /** Waits until a script returns true. */
  void await(String script, Object... arguments) {
    TestServer.await(() -> is(script, arguments));
  }

  /** What of the page can be read in an element. */
  String text(String css) {
    return find(css).getText();
  }

  /** Presses a key where the focus is. */
  void press(CharSequence... keys) {
    driver.switchTo().activeElement().sendKeys(keys);
  }

  /** Where an element is painted, to fractions of a pixel: left, top, right, bottom. */
  double[] edges(WebElement element) {
    Object edges =
        run(
            "const r = arguments[0].getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]",
            element);
    return edges instanceof List<?> list
        ? list.stream().mapToDouble(edge -> ((Number) edge).doubleValue()).toArray()
        : new double[0];
  }

  /** What scripts and the page's rules complained of since the last call; refusals are none. */
  List<String> complaints() {
    return driver.manage().logs().get("browser").getAll().stream()
        .map(LogEntry::getMessage)
        .filter(message -> !message.contains("Failed to load resource"))
        .toList();
  }

  /** Prefers dark pages, or light ones. */
  void prefer(String scheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
