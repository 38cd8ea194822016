package io.fovea.cli;

import io.fovea.server.ServerSettings;
import io.fovea.server.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a server listens, and whom it lets in. */
final class ListenFlags {
  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Address to listen on. Default: 127.0.0.1, this machine alone. Any other wants an API key"
              + " or --open.")
  private @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port; 0 takes a free one. Default: 8080.")
  private @Nullable Integer port;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "API keys, one a line; requests bring one as Authorization: Bearer KEY. Lines that begin"
              + " with # are skipped.")
  private @Nullable Path keyFile;

  @Option(names = "--api-keys", hidden = true, split = ",", description = "For the environment.")
  private List<String> keys = List.of();

  @Option(
      names = "--open",
      description = "Let everybody in who reaches the address, without a key.")
  private boolean open;

  @Option(
      names = "--host-name",
      paramLabel = "NAME",
      split = ",",
      description =
          "A name under which the server is reached, besides its address; needed where there is no"
              + " key.")
  private List<String> names = List.of();

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      split = ",",
      description = "An origin whose pages may call, such as https://app.example.com; * for all.")
  private List<String> origins = List.of();

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Certificate chain, PEM; the key is in --tls-key.")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Private key, PEM (PKCS#8).")
  private @Nullable Path key;

  @Option(
      names = "--tls-keystore",
      paramLabel = "FILE",
      description = "Certificate and key in a PKCS#12 or JKS file instead.")
  private @Nullable Path keystore;

  @Option(
      names = "--tls-password-file",
      paramLabel = "FILE",
      description = "Password of the keystore: the file's first line.")
  private @Nullable Path passwordFile;

  /** As settings, to be changed. */
  ServerSettings.Builder settings() {
    ServerSettings.Builder settings =
        ServerSettings.builder()
            .apiKeys(allKeys())
            .open(open)
            .hostNames(names)
            .corsOrigins(origins)
            .tls(tls());
    if (host != null) {
      settings.host(host);
    }
    if (port != null) {
      settings.port(port);
    }
    return settings;
  }

  private List<String> allKeys() {
    List<String> all = new ArrayList<>(keys.stream().map(String::strip).toList());
    if (keyFile != null) {
      lines(keyFile).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .forEach(all::add);
      if (all.isEmpty()) {
        throw new CommandFailure(keyFile + " has no key", "write one a line, long and random");
      }
    }
    return all;
  }

  private @Nullable Tls tls() {
    if ((certificate == null) != (key == null) || (keystore != null && certificate != null)) {
      throw new CommandFailure(
          "--tls-certificate and --tls-key go together, and without --tls-keystore",
          "give both of them, or the keystore");
    }
    if (certificate != null && key != null) {
      return new Tls.Pem(certificate, key);
    }
    if (keystore == null) {
      return null;
    }
    List<String> password = passwordFile == null ? List.of() : lines(passwordFile);
    return new Tls.Keystore(keystore, password.isEmpty() ? "" : password.get(0));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + file + ": " + e, "name a text file in UTF-8", e);
    }
  }
}
