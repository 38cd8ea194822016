package io.fovea.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/** What editors know of the properties. */
class PropertiesMetadataTest {
  private static Stream<String> names(Class<?> type, String prefix) {
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> component.getType() != FoveaProperties.Chat.class)
        .map(RecordComponent::getName)
        .map(name -> prefix + name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT))
        .map(name -> ConfigurationPropertyName.of(name).toString());
  }

  @Test
  void everyPropertyIsDescribed() throws IOException {
    try (InputStream file =
        FoveaProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      JsonNode properties = new ObjectMapper().readTree(file).get("properties");
      TreeSet<String> described = new TreeSet<>();
      for (JsonNode property : properties) {
        String name = property.get("name").asText();
        if (name.startsWith("fovea.")) { // not those of the actuator's endpoint
          assertThat(property.path("description").asText()).as(name).endsWith(".");
          described.add(name);
        }
      }
      assertThat(described)
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(
                      names(FoveaProperties.class, "fovea."),
                      names(FoveaProperties.Chat.class, "fovea.chat."))
                  .toList());
    }
  }
}
