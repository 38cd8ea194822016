package io.fovea.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard asks only for what a scrape of a real engine has. */
@Timeout(120)
class DashboardTest {
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((\\w+), (\\w+)\\)");

  private static Scrape scrape;
  private static JsonNode dashboard;

  @BeforeAll
  static void read() throws IOException {
    scrape = Scrape.afterRequests();
    dashboard =
        new ObjectMapper().readTree(Bundled.REPOSITORY.resolve("docs/grafana/fovea.json").toFile());
  }

  private static List<String> expressions() {
    List<String> found = new ArrayList<>();
    for (JsonNode panel : dashboard.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        found.add(target.get("expr").asText());
      }
    }
    return found;
  }

  private static Set<String> variables() {
    List<JsonNode> list = new ArrayList<>();
    dashboard.get("templating").get("list").forEach(list::add);
    return list.stream().map(each -> "$" + each.get("name").asText()).collect(Collectors.toSet());
  }

  /** Every label asked for is there, with the value asked for; variables are the dashboard's. */
  private static void check(String expression) {
    PromQl query = new PromQl(expression);
    assertThat(query.selectors()).as(expression).isNotEmpty();
    for (PromQl.Selector selector : query.selectors()) {
      List<Scrape.Sample> series = scrape.named(selector.metric());
      assertThat(series).as("%s of %s", selector.metric(), expression).isNotEmpty();
      assertThat(series.get(0).labels().keySet()).as(expression).containsAll(query.groupings());
      for (PromQl.Matching matching : selector.matchings()) {
        if (matching.value().startsWith("$")) {
          assertThat(variables()).as(expression).contains(matching.value());
        }
        assertThat(series)
            .as("%s of %s", matching, expression)
            .anySatisfy(
                sample ->
                    assertThat(sample.labels())
                        .matches(labels -> fits(matching, labels.get(matching.label()))));
      }
    }
  }

  private static boolean fits(PromQl.Matching matching, @Nullable String value) {
    if (value == null) {
      return false;
    }
    return switch (matching.how()) {
      case "=" -> value.equals(matching.value());
      case "=~" -> matching.value().startsWith("$") || value.matches(matching.value());
      case "!=" -> !value.equals(matching.value());
      default -> throw new IllegalArgumentException(matching.how());
    };
  }

  @Test
  void everyQueryFindsItsMetricsAndLabels() {
    assertThat(expressions()).hasSizeGreaterThan(25).allSatisfy(DashboardTest::check);
  }

  /** Panels without grouping ask for the model's series alone. */
  @Test
  void everySelectorIsOfTheModelChosen() {
    for (String expression : expressions()) {
      assertThat(new PromQl(expression).selectors())
          .as(expression)
          .allSatisfy(
              selector ->
                  assertThat(selector.matchings())
                      .contains(new PromQl.Matching("model", "=~", "$model")));
    }
  }

  @Test
  void aNameOrLabelThatIsNotThereIsNoticed() {
    assertThatThrownBy(() -> check("rate(fovea_nothing_total[5m])"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> check("sum by (color) (fovea_engine_health)"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> check("fovea_engine_health{state=\"asleep\"}"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> check("median(fovea_engine_health)"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theModelsAreThoseOfTheScrape() {
    JsonNode variable = dashboard.get("templating").get("list").get(1);
    Matcher query = LABEL_VALUES.matcher(variable.get("query").asText());
    assertThat(query.matches()).isTrue();
    assertThat(scrape.named(query.group(1)))
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each.labels()).containsEntry(query.group(2), "shapes"));
  }

  @Test
  void panelsHaveUnitsTitlesAndRoomOfTheirOwn() {
    List<String> places = new ArrayList<>();
    for (JsonNode panel : dashboard.get("panels")) {
      assertThat(panel.get("title").asText()).isNotBlank();
      JsonNode place = panel.get("gridPos");
      places.add(place.get("x") + "," + place.get("y"));
      if (panel.has("targets")) {
        assertThat(panel.at("/fieldConfig/defaults/unit").asText()).isNotBlank();
      }
    }
    assertThat(places).doesNotHaveDuplicates();
  }
}
