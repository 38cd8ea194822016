package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS by PEM files and by a keystore. */
@Timeout(120)
class TlsTest {
  private static final String PASSWORD = "secret1";
  @TempDir private static Path folder;
  private static KeyStore store;

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path file = folder.resolve("server.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process made =
        new ProcessBuilder(
                keytool,
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString())
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    pem("key.pem", "PRIVATE KEY", store.getKey("a", PASSWORD.toCharArray()).getEncoded());
    pem("certificate.pem", "CERTIFICATE", store.getCertificate("a").getEncoded());
  }

  private static void pem(String name, String kind, byte[] content) throws IOException {
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN "
            + kind
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
            + "\n-----END "
            + kind
            + "-----\n");
  }

  private static void assertServes(Tls tls) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    certificates.setCertificateEntry("a", store.getCertificate("a"));
    trust.init(certificates);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (TestServer server = TestServer.start(settings -> settings.tls(tls).host("localhost"))) {
      assertThat(server.server.uri().getScheme()).isEqualTo("https");
      HttpResponse<String> answer =
          HttpClient.newBuilder()
              .sslContext(context)
              .build()
              .send(
                  HttpRequest.newBuilder(server.uri("/v1/models")).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.body()).contains("shapes");
    }
  }

  @Test
  void byPemFiles() throws Exception {
    assertServes(new Tls.Pem(folder.resolve("certificate.pem"), folder.resolve("key.pem")));
  }

  @Test
  void byAKeystore() throws Exception {
    assertServes(new Tls.Keystore(folder.resolve("server.p12"), PASSWORD));
  }

  @Test
  void whatIsNoCertificate() {
    Tls missing = new Tls.Pem(folder.resolve("none.pem"), folder.resolve("key.pem"));
    assertThatThrownBy(() -> TestServer.start(settings -> settings.tls(missing)).close())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("none.pem");
    Tls wrong = new Tls.Keystore(folder.resolve("server.p12"), "wrong");
    assertThatThrownBy(() -> TestServer.start(settings -> settings.tls(wrong)).close())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("password");
    assertThat(wrong.toString()).doesNotContain("wrong");
  }
}
