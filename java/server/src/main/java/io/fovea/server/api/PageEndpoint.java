package io.fovea.server.api;

import io.fovea.server.http.Reply;
import io.fovea.server.http.Routes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The web page and what belongs to it, from the jar. */
public final class PageEndpoint {
  /** A file of the page. */
  private record Asset(String path, String name, String type) {}

  private static final List<Asset> ASSETS =
      List.of(
          new Asset("/", "page/index.html", "text/html; charset=utf-8"),
          new Asset("/page.css", "page/page.css", "text/css; charset=utf-8"),
          new Asset("/page.js", "page/page.js", "text/javascript; charset=utf-8"));

  /** The page runs its own scripts alone, and talks to this server alone. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Cache-Control",
          "no-cache",
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
              + " img-src 'self' blob: data:; base-uri 'none'; form-action 'none';"
              + " frame-ancestors 'none'",
          "Referrer-Policy",
          "no-referrer");

  private PageEndpoint() {}

  /**
   * Adds it to what is served; everybody may load it, and it asks for a key where one is needed.
   */
  public static void addTo(Routes routes) {
    for (Asset asset : ASSETS) {
      Reply reply = Assets.reply(asset.name(), asset.type(), HEADERS);
      routes.addOpen("GET", asset.path(), call -> CompletableFuture.completedFuture(reply));
    }
  }
}
