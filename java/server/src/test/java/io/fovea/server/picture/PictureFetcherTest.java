package io.fovea.server.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fovea.server.ServerSettings;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.HttpFront;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures from other servers: only from hosts that are allowed, and never from this network. */
@Timeout(60)
class PictureFetcherTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final AtomicInteger REACHED = new AtomicInteger();
  private static final AtomicInteger CLOSED = new AtomicInteger();
  private static final Client CLIENT = new Client(Long.MAX_VALUE);
  private static Vertx vertx;
  private static int port;

  /** A client that may go, and for whom there is so much room. */
  private static final class Client implements Call.Connection {
    private final List<Runnable> closing = new CopyOnWriteArrayList<>();
    private final AtomicLong room;

    Client(long room) {
      this.room = new AtomicLong(room);
    }

    @Override
    public void onClosed(Runnable action) {
      closing.add(action);
    }

    @Override
    public void every(Duration interval, Runnable action) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void takeRoom(long bytes) {
      if (room.addAndGet(-bytes) < 0) {
        throw ApiException.later(503, "overloaded", "no room", null);
      }
    }

    void close() {
      closing.forEach(Runnable::run);
    }
  }

  @BeforeAll
  static void start() {
    vertx = HttpFront.newVertx();
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  REACHED.incrementAndGet();
                  request.connection().closeHandler(closed -> CLOSED.incrementAndGet());
                  String path = request.path();
                  if (path.startsWith("/to/")) {
                    request
                        .response()
                        .setStatusCode(302)
                        .putHeader("Location", path.substring("/to/".length()))
                        .end();
                  } else if (path.equals("/large")) {
                    request.response().end("x".repeat(5000));
                  } else if (path.equals("/never")) {
                    request.response().setChunked(true).write("x");
                  } else if (path.equals("/missing")) {
                    request.response().setStatusCode(404).end();
                  } else {
                    request.response().end("a picture of " + request.getHeader("Host"));
                  }
                });
    port = server.listen(0, "127.0.0.1").await().actualPort();
  }

  @AfterAll
  static void stop() {
    vertx.close().await();
  }

  private static ServerSettings settings(Duration timeout, String... hosts) {
    return ServerSettings.builder()
        .pictureHosts(List.of(hosts))
        .maxBodyBytes(1000)
        .pictureTimeout(timeout)
        .build();
  }

  /** Every name is this machine; that is allowed where {@code policy} allows it. */
  private static PictureFetcher fetcher(Predicate<InetAddress> policy, String... hosts) {
    return new PictureFetcher(
        vertx, settings(LONG, hosts), host -> new InetAddress[] {loopback()}, policy);
  }

  private static InetAddress loopback() throws UnknownHostException {
    return InetAddress.getByName("127.0.0.1");
  }

  private static String refusal(PictureFetcher fetcher, String url) {
    Throwable thrown = catchThrowable(() -> fetcher.fetch(url, "image", CLIENT).join());
    ApiException refused = (ApiException) Objects.requireNonNull(thrown.getCause(), url);
    assertThat(refused.status()).isEqualTo(400);
    return refused.getMessage();
  }

  @Test
  void fetchesFromAllowedHosts() {
    PictureFetcher fetcher = fetcher(address -> true, "pictures.example:" + port);
    byte[] body =
        fetcher.fetch("http://Pictures.example:" + port + "/a?b=c", "image", CLIENT).join();
    assertThat(new String(body)).isEqualTo("a picture of pictures.example:" + port);
    String there = "http://pictures.example:" + port + "/to/";
    assertThat(fetcher.fetch(there + "/elsewhere", "image", CLIENT).join()).isNotEmpty();
    assertThat(refusal(fetcher, there + "http://other.example/x")).contains("does not fetch from");
    assertThat(refusal(fetcher, there + "file:///etc/passwd")).contains("neither http nor https");
    assertThat(refusal(fetcher, there + "to/to/to/to/x")).contains("status 302");
    assertThat(refusal(fetcher, there.replace("/to/", "/large"))).contains("larger than 1000");
    assertThat(refusal(fetcher, there.replace("/to/", "/missing"))).contains("status 404");
  }

  @Test
  void doesNotWaitForEver() {
    PictureFetcher fetcher =
        new PictureFetcher(
            vertx,
            settings(Duration.ofMillis(500), "pictures.example:" + port),
            host -> new InetAddress[] {loopback()},
            address -> true);
    Throwable thrown =
        catchThrowable(
            () ->
                fetcher
                    .fetch("http://pictures.example:" + port + "/never", "image", CLIENT)
                    .join());
    assertThat(thrown).isNotNull();
  }

  /** Whoever leaves, or has waited long enough, does not leave a connection behind. */
  @Test
  void aFetchThatNobodyWaitsForEnds() {
    String never = "http://pictures.example:" + port + "/never";
    for (boolean late : new boolean[] {false, true}) {
      PictureFetcher fetcher =
          new PictureFetcher(
              vertx,
              settings(late ? Duration.ofMillis(500) : LONG, "pictures.example:" + port),
              host -> new InetAddress[] {loopback()},
              address -> true);
      int reached = REACHED.get();
      int closed = CLOSED.get();
      Client client = new Client(Long.MAX_VALUE);
      CompletableFuture<byte[]> body = fetcher.fetch(never, "image", client);
      await(() -> REACHED.get() > reached);
      if (!late) {
        client.close();
      }
      await(() -> CLOSED.get() > closed);
      assertThat(catchThrowable(body::join)).isNotNull();
    }
  }

  @Test
  void whatIsFetchedTakesRoom() {
    PictureFetcher fetcher = fetcher(address -> true, "pictures.example:" + port);
    String url = "http://pictures.example:" + port + "/a";
    Client little = new Client(10);
    Throwable thrown = catchThrowable(() -> fetcher.fetch(url, "image", little).join());
    assertThat(((ApiException) Objects.requireNonNull(thrown.getCause())).status()).isEqualTo(503);
    Client much = new Client(1000);
    int bytes = fetcher.fetch(url, "image", much).join().length;
    assertThat(much.room).hasValue(1000 - bytes);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://other.example/a.png",
        "http://user@pictures.example/a.png",
        "http://pictures.example@127.0.0.1/a.png",
        "http://pictures.example:22/a.png",
        "ftp://pictures.example/a.png",
        "gopher://pictures.example/",
        "http:///a.png",
        "http://[/",
        "not a url",
        "//pictures.example/a",
        "http://pictures.example.evil.example/",
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/"
      })
  void refusesWhatIsNotAllowed(String url) {
    int before = REACHED.get();
    assertThat(refusal(fetcher(address -> true, "pictures.example"), url)).startsWith("image ");
    assertThat(REACHED).hasValue(before);
  }

  /** Names that are allowed, and point into this network. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:db8::1",
        "2001::1",
        "::127.0.0.1",
        "fec0::1"
      })
  void refusesAddressesThatAreNotPublic(String address) throws UnknownHostException {
    InetAddress[] addresses = {
      InetAddress.getByName("93.184.216.34"), InetAddress.getByName(address)
    };
    PictureFetcher fetcher =
        new PictureFetcher(
            vertx, settings(LONG, "rebound.example"), host -> addresses, AddressPolicy::isPublic);
    assertThat(refusal(fetcher, "http://rebound.example/a.png")).contains("not public");
  }

  @ParameterizedTest
  @ValueSource(strings = {"93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"})
  void publicAddressesArePublic(String address) throws UnknownHostException {
    assertThat(AddressPolicy.isPublic(InetAddress.getByName(address))).isTrue();
  }

  /**
   * A name that is looked up again would point elsewhere: it is looked up once for each request.
   */
  @Test
  void connectsToTheAddressThatWasChecked() {
    AtomicInteger lookups = new AtomicInteger();
    Predicate<InetAddress> first = address -> lookups.get() == 1;
    UnaryOperator<InetAddress[]> counted =
        addresses -> {
          lookups.incrementAndGet();
          return addresses;
        };
    PictureFetcher fetcher =
        new PictureFetcher(
            vertx,
            settings(LONG, "pictures.example:" + port),
            host -> counted.apply(new InetAddress[] {loopback()}),
            first);
    assertThat(fetcher.fetch("http://pictures.example:" + port + "/a", "image", CLIENT).join())
        .isNotEmpty();
    assertThat(lookups).hasValue(1);
    assertThat(refusal(fetcher, "http://pictures.example:" + port + "/to//b"))
        .contains("not public");
  }
}
