package io.fovea.server.api;

import static java.util.Objects.requireNonNull;

import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.Reply;
import io.fovea.server.http.Routes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The web page and what belongs to it, from the jar. */
public final class PageEndpoint {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "png", "image/png");

  /** What the page loads, the page itself left out. */
  private static final List<String> PARTS =
      List.of(
          "page.css",
          "theme.js",
          "page.js",
          "answer.js",
          "api.js",
          "ask.js",
          "key.js",
          "link.js",
          "picture.js",
          "save.js",
          "source.js",
          "upright.js",
          "scene.png");

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
    Map<String, Reply> parts = new HashMap<>();
    PARTS.forEach(name -> parts.put(name, asset(name)));
    Reply page = asset("index.html");
    routes.addOpen("GET", "/", call -> CompletableFuture.completedFuture(page));
    routes.addOpen(
        "GET", "/page/{id}", call -> CompletableFuture.completedFuture(find(parts, call)));
  }

  private static Reply asset(String name) {
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    return Assets.reply("page/" + name, requireNonNull(type), HEADERS);
  }

  private static Reply find(Map<String, Reply> parts, Call call) {
    Reply part = parts.get(call.argument());
    if (part == null) {
      throw ApiException.refused(
          404, "unknown_url", null, "the page has no part " + call.argument() + "; load /");
    }
    return part;
  }
}
