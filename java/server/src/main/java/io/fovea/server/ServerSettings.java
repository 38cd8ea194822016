package io.fovea.server;

import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a server listens, whom it lets in, and where its limits are. */
@AutoValue
public abstract class ServerSettings {
  private static final long MIB = 1 << 20;
  private static final int MOST_PORT = 65_535;

  ServerSettings() {}

  /** Address to listen on. Default 127.0.0.1: this machine alone. */
  public abstract String host();

  /** Port to listen on; 0 takes a free one. Default 8080. */
  public abstract int port();

  /** Keys, of which a request must bring one as bearer; none lets everybody in. Default: none. */
  public abstract List<String> apiKeys();

  /** Whether it may listen beyond this machine without a key. Default: no. */
  public abstract boolean open();

  /** Certificate and key, or null, the default, for plain HTTP. */
  public abstract @Nullable Tls tls();

  /**
   * Origins whose pages may call it, such as {@code https://app.example.com}; {@code *} for all.
   * Default: none but its own page.
   */
  public abstract List<String> corsOrigins();

  /**
   * Names under which it is reached, besides its address, where no key is asked for: others are
   * refused, so that a foreign page cannot reach it by a name of its own. Default: none.
   */
  public abstract List<String> hostNames();

  /** Hosts that pictures may be fetched from by http and https. Default: none. */
  public abstract List<String> pictureHosts();

  /** How long fetching a picture may take. Default 10 s. */
  public abstract Duration pictureTimeout();

  /** Largest body of a request, bytes. Default 20 MiB. */
  public abstract long maxBodyBytes();

  /**
   * Heap for the bodies of all requests, the pictures fetched for them and the answers that are not
   * read yet, bytes. Default: an eighth of the largest heap, 20 MiB at least.
   */
  public abstract long bodyBytes();

  /** Largest head of a request, bytes. Default 16 KiB. */
  public abstract int maxHeaderBytes();

  /** Most connections at a time; more are closed at once. Default 1,024. */
  public abstract int maxConnections();

  /** How long a client may take for the head of its first request. Default 10 s. */
  public abstract Duration headerTimeout();

  /** How long a client may take for a body. Default 60 s. */
  public abstract Duration bodyTimeout();

  /** How long a connection without request stays open. Default 75 s. */
  public abstract Duration idleTimeout();

  /**
   * How long a client may leave what is written to it unread, whole answers and streams. Default 30
   * s.
   */
  public abstract Duration writeTimeout();

  /** How long an answer may take, from the end of the request on. Default 2 min. */
  public abstract Duration requestTimeout();

  /** Between signs of life in a stream that has nothing else to say. Default 1 s. */
  public abstract Duration heartbeat();

  /** How long an uploaded picture is kept after its last use. Default 30 min. */
  public abstract Duration imageTtl();

  /**
   * Heap for uploaded pictures, bytes; a picture takes half a KiB besides its file. With several
   * API keys none gets more than half of it. Default: an eighth of the largest heap.
   */
  public abstract long imageBytes();

  /** Device memory of each model for encoded pictures that nobody uses now. Default 256 MiB. */
  public abstract long encodedBytes();

  /** The defaults. */
  public static ServerSettings defaults() {
    return builder().build();
  }

  /** The defaults, to be changed. */
  public static Builder builder() {
    long heapShare = Runtime.getRuntime().maxMemory() / 8;
    return new AutoValue_ServerSettings.Builder()
        .host("127.0.0.1")
        .port(8080)
        .apiKeys(List.of())
        .open(false)
        .corsOrigins(List.of())
        .hostNames(List.of())
        .pictureHosts(List.of())
        .pictureTimeout(Duration.ofSeconds(10))
        .maxBodyBytes(20 * MIB)
        .bodyBytes(Math.max(heapShare, 20 * MIB))
        .maxHeaderBytes(16 << 10)
        .maxConnections(1024)
        .headerTimeout(Duration.ofSeconds(10))
        .bodyTimeout(Duration.ofSeconds(60))
        .idleTimeout(Duration.ofSeconds(75))
        .writeTimeout(Duration.ofSeconds(30))
        .requestTimeout(Duration.ofMinutes(2))
        .heartbeat(Duration.ofSeconds(1))
        .imageTtl(Duration.ofMinutes(30))
        .imageBytes(heapShare)
        .encodedBytes(256 * MIB);
  }

  /** These, to be changed. */
  public abstract Builder toBuilder();

  /** Where it listens; no keys. */
  @Override
  public final String toString() {
    return "ServerSettings[" + host() + ":" + port() + "]";
  }

  /** Collects {@link ServerSettings}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link ServerSettings#host}. */
    public abstract Builder host(String value);

    /** {@link ServerSettings#port}. */
    public abstract Builder port(int value);

    /** {@link ServerSettings#apiKeys}. */
    public abstract Builder apiKeys(List<String> value);

    /** {@link ServerSettings#open}. */
    public abstract Builder open(boolean value);

    /** {@link ServerSettings#tls}. */
    public abstract Builder tls(@Nullable Tls value);

    /** {@link ServerSettings#corsOrigins}. */
    public abstract Builder corsOrigins(List<String> value);

    /** {@link ServerSettings#hostNames}. */
    public abstract Builder hostNames(List<String> value);

    /** {@link ServerSettings#pictureHosts}. */
    public abstract Builder pictureHosts(List<String> value);

    /** {@link ServerSettings#pictureTimeout}. */
    public abstract Builder pictureTimeout(Duration value);

    /** {@link ServerSettings#maxBodyBytes}. */
    public abstract Builder maxBodyBytes(long value);

    /** {@link ServerSettings#bodyBytes}. */
    public abstract Builder bodyBytes(long value);

    /** {@link ServerSettings#maxHeaderBytes}. */
    public abstract Builder maxHeaderBytes(int value);

    /** {@link ServerSettings#maxConnections}. */
    public abstract Builder maxConnections(int value);

    /** {@link ServerSettings#headerTimeout}. */
    public abstract Builder headerTimeout(Duration value);

    /** {@link ServerSettings#bodyTimeout}. */
    public abstract Builder bodyTimeout(Duration value);

    /** {@link ServerSettings#idleTimeout}. */
    public abstract Builder idleTimeout(Duration value);

    /** {@link ServerSettings#writeTimeout}. */
    public abstract Builder writeTimeout(Duration value);

    /** {@link ServerSettings#requestTimeout}. */
    public abstract Builder requestTimeout(Duration value);

    /** {@link ServerSettings#heartbeat}. */
    public abstract Builder heartbeat(Duration value);

    /** {@link ServerSettings#imageTtl}. */
    public abstract Builder imageTtl(Duration value);

    /** {@link ServerSettings#imageBytes}. */
    public abstract Builder imageBytes(long value);

    /** {@link ServerSettings#encodedBytes}. */
    public abstract Builder encodedBytes(long value);

    abstract List<String> apiKeys();

    abstract List<String> corsOrigins();

    abstract List<String> hostNames();

    abstract List<String> pictureHosts();

    abstract ServerSettings unchecked();

    /**
     * The settings.
     *
     * @throws InvalidRequestException naming the one that is out of its range
     */
    public ServerSettings build() {
      apiKeys(List.copyOf(apiKeys()));
      corsOrigins(List.copyOf(corsOrigins()));
      hostNames(List.copyOf(hostNames()));
      pictureHosts(List.copyOf(pictureHosts()));
      ServerSettings built = unchecked();
      require(!built.host().isBlank(), "host is empty", "name an address, such as 127.0.0.1");
      require(
          built.port() >= 0 && built.port() <= MOST_PORT,
          "port is " + built.port(),
          "give a number from 0 (any) to " + MOST_PORT);
      require(
          built.apiKeys().stream().noneMatch(String::isBlank),
          "an API key is empty",
          "leave it out, or give a long random text");
      positive(built.maxBodyBytes(), "maxBodyBytes");
      require(
          built.bodyBytes() >= built.maxBodyBytes(),
          "bodyBytes is " + built.bodyBytes() + ", less than one body of maxBodyBytes may take",
          "raise it, or lower maxBodyBytes");
      positive(built.maxHeaderBytes(), "maxHeaderBytes");
      positive(built.maxConnections(), "maxConnections");
      positive(built.headerTimeout().toMillis(), "headerTimeout in milliseconds");
      positive(built.bodyTimeout().toMillis(), "bodyTimeout in milliseconds");
      positive(built.idleTimeout().toMillis(), "idleTimeout in milliseconds");
      positive(built.writeTimeout().toMillis(), "writeTimeout in milliseconds");
      positive(built.requestTimeout().toMillis(), "requestTimeout in milliseconds");
      positive(built.pictureTimeout().toMillis(), "pictureTimeout in milliseconds");
      positive(built.heartbeat().toMillis(), "heartbeat in milliseconds");
      positive(built.imageTtl().toMillis(), "imageTtl in milliseconds");
      positive(built.imageBytes() + 1, "imageBytes + 1");
      positive(built.encodedBytes() + 1, "encodedBytes + 1");
      return built;
    }

    private static void positive(long value, String name) {
      require(value > 0, name + " is " + value, "give a number above zero");
    }

    private static void require(boolean valid, String problem, String remedy) {
      if (!valid) {
        throw new InvalidRequestException(problem, remedy);
      }
    }
  }
}
