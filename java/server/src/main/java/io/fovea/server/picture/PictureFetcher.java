package io.fovea.server.picture;

import io.fovea.server.ServerSettings;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fetches pictures from hosts that are allowed. The name is looked up once, all its addresses are
 * checked, and the connection goes to one of them: who changes the answer afterwards gains nothing.
 * Each redirect is checked in the same way.
 */
final class PictureFetcher {
  private static final int MOST_REDIRECTS = 3;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** Where names are looked up, which may wait, and answers are gone on with. */
  private static final Executor THREADS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "fovea-server-pictures");
            thread.setDaemon(true);
            return thread;
          });

  /** Looks a name up. */
  interface Resolver {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final Vertx vertx;
  private final Set<String> hosts;
  private final long mostBytes;
  private final long millis;
  private final Resolver resolver;
  private final Predicate<InetAddress> allowed;
  private final HttpClient client;

  PictureFetcher(Vertx vertx, ServerSettings settings) {
    this(vertx, settings, InetAddress::getAllByName, AddressPolicy::isPublic);
  }

  PictureFetcher(
      Vertx vertx, ServerSettings settings, Resolver resolver, Predicate<InetAddress> allowed) {
    this.vertx = vertx;
    hosts =
        settings.pictureHosts().stream()
            .map(host -> host.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    mostBytes = settings.maxBodyBytes();
    millis = settings.pictureTimeout().toMillis();
    this.resolver = resolver;
    this.allowed = allowed;
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(false)
                .setConnectTimeout((int) Math.min(millis, Integer.MAX_VALUE))
                .setDecompressionSupported(false));
  }

  /**
   * The bytes at an address, later. Looking the name up may wait; call it on a worker.
   *
   * @param field of the request, for messages
   * @param connection of the client: the fetch ends with it, and what is fetched takes its room
   */
  CompletableFuture<byte[]> fetch(String url, String field, Call.Connection connection) {
    Fetch fetch = new Fetch(field, connection);
    connection.onClosed(fetch::stop);
    return fetch
        .go(url, MOST_REDIRECTS)
        .orTimeout(millis, TimeUnit.MILLISECONDS)
        .whenComplete((body, error) -> fetch.stop())
        .thenApplyAsync(body -> body, THREADS); // whoever goes on does not do so on the event loop
  }

  /** One picture. */
  private final class Fetch {
    private final String field;
    private final Call.Connection connection;
    private final AtomicReference<@Nullable HttpClientRequest> sent = new AtomicReference<>();
    private volatile boolean stopped;

    Fetch(String field, Call.Connection connection) {
      this.field = field;
      this.connection = connection;
    }

    /** Nobody waits for it any more, or all of it is there. */
    void stop() {
      stopped = true;
      reset(sent.get());
    }

    /** Closes the connection; nothing where it is closed already. */
    private void reset(@Nullable HttpClientRequest request) {
      if (request != null) {
        vertx.runOnContext(now -> request.reset());
      }
    }

    /** Sends it, unless the fetch has been stopped meanwhile. */
    private Future<HttpClientResponse> send(HttpClientRequest request) {
      sent.set(request);
      if (stopped) {
        reset(request);
      }
      return request.send();
    }

    private ApiException refused(String problem) {
      return ApiException.invalid("image_url_refused", field, field + " " + problem);
    }

    CompletableFuture<byte[]> go(String url, int redirects) {
      RequestOptions options;
      try {
        options = options(url);
      } catch (ApiException e) {
        return CompletableFuture.failedFuture(e);
      }
      CompletableFuture<byte[]> result = new CompletableFuture<>();
      // On the event loop, so that nothing happens before there is somebody to hear of it.
      vertx.runOnContext(
          now ->
              client
                  .request(options)
                  .compose(this::send)
                  .onSuccess(response -> take(response, url, redirects, result))
                  .onFailure(
                      error ->
                          result.completeExceptionally(
                              refused("cannot be fetched: " + error.getClass().getSimpleName()))));
      return result;
    }

    /** Checks the address and says where to connect. */
    private RequestOptions options(String url) {
      URI uri;
      try {
        uri = URI.create(url);
      } catch (IllegalArgumentException e) {
        throw refused("is not a URL");
      }
      boolean https = "https".equalsIgnoreCase(uri.getScheme());
      if (!https && !"http".equalsIgnoreCase(uri.getScheme())) {
        throw refused("is neither http nor https; send the picture as a data URI");
      }
      String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
      if (uri.getRawUserInfo() != null || host.isEmpty()) {
        throw refused("must name a host and no user");
      }
      if (!hosts.contains(uri.getPort() < 0 ? host : host + ":" + uri.getPort())) {
        throw refused(
            "is on a host that this server does not fetch from; send the picture as a data URI");
      }
      int port = uri.getPort() >= 0 ? uri.getPort() : https ? 443 : 80;
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      return new RequestOptions()
          .setMethod(HttpMethod.GET)
          .setHost(host)
          .setPort(port)
          .setSsl(https)
          .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
          .setServer(SocketAddress.inetSocketAddress(port, address(host)))
          .setFollowRedirects(false)
          .setTimeout(millis)
          .putHeader("Accept", "image/*");
    }

    private String address(String host) {
      List<InetAddress> addresses;
      try {
        addresses = List.of(resolver.addresses(host));
      } catch (UnknownHostException e) {
        throw refused("is on a host that has no address");
      }
      if (addresses.isEmpty() || !addresses.stream().allMatch(allowed)) {
        throw refused("is on a host whose address is not public");
      }
      return addresses.get(0).getHostAddress();
    }

    private void take(
        HttpClientResponse response, String url, int redirects, CompletableFuture<byte[]> result) {
      int status = response.statusCode();
      String location = response.getHeader("Location");
      response.exceptionHandler(error -> {}); // of a reset
      if (REDIRECTS.contains(status) && location != null && redirects > 0) {
        response.request().reset();
        follow(url, location, redirects - 1, result);
        return;
      }
      if (status != 200) {
        response.request().reset();
        result.completeExceptionally(refused("cannot be fetched: status " + status));
        return;
      }
      read(response)
          .future()
          .onSuccess(body -> result.complete(body.getBytes()))
          .onFailure(result::completeExceptionally);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it completes the result
    private void follow(
        String from, String location, int redirects, CompletableFuture<byte[]> result) {
      CompletableFuture.supplyAsync(() -> URI.create(from).resolve(location).toString(), THREADS)
          .thenComposeAsync(to -> go(to, redirects), THREADS)
          .whenComplete(
              (body, error) -> {
                if (error == null) {
                  result.complete(body);
                } else {
                  result.completeExceptionally(
                      error.getCause() instanceof ApiException told
                          ? told
                          : refused("redirects to what is not a URL"));
                }
              });
    }

    private Promise<Buffer> read(HttpClientResponse response) {
      Promise<Buffer> whole = Promise.promise();
      Buffer body = Buffer.buffer();
      response.exceptionHandler(error -> whole.tryFail(refused("broke off while it was fetched")));
      response.handler(
          data -> {
            try {
              if (body.length() + data.length() > mostBytes) {
                throw refused("is larger than " + mostBytes + " bytes");
              }
              connection.takeRoom(data.length());
              body.appendBuffer(data);
            } catch (ApiException e) {
              whole.tryFail(e);
              response.request().reset();
            }
          });
      response.endHandler(end -> whole.tryComplete(body));
      return whole;
    }
  }
}
