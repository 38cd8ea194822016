package io.fovea.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code docs/METRICS.md} lists each meter as it is. */
@Timeout(120)
class MetricsDocTest {
  @Test
  void theTablesAreTrue() throws IOException {
    PrometheusMeterRegistry registry = Scrape.afterRequests().registry();
    List<String> real =
        registry.getMeters().stream().map(meter -> row(registry, meter)).distinct().toList();
    List<String> written =
        Files.readAllLines(Bundled.REPOSITORY.resolve("docs/METRICS.md")).stream()
            .filter(line -> line.startsWith("| `fovea.") || line.startsWith("| `gen_ai."))
            .filter(line -> line.split(" \\| ", -1).length == 6) // other tables have two columns
            .toList();
    assertThat(written).containsExactlyInAnyOrderElementsOf(real);
  }

  private static String row(PrometheusMeterRegistry registry, Meter meter) {
    Meter.Id id = meter.getId();
    String tags =
        id.getTags().stream()
            .map(Tag::getKey)
            .map(key -> "`" + key + "`")
            .collect(Collectors.joining(", "));
    String unit = id.getBaseUnit();
    String prometheus = id.getConventionName(registry.config().namingConvention());
    return "| "
        + String.join(
            " | ",
            "`" + id.getName() + "`",
            "`" + prometheus + (id.getType() == Meter.Type.COUNTER ? "_total`" : "`"),
            id.getType().name().toLowerCase(Locale.ROOT).replace('_', ' '),
            unit == null ? "" : unit,
            tags,
            String.valueOf(id.getDescription()))
        + " |";
  }
}
