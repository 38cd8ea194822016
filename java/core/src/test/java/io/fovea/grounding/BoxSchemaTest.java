package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schemas of clients, and boxes in their form. */
class BoxSchemaTest {
  private static final ImageSize SIZE = new ImageSize(200, 100);
  private static final List<Region> CAT =
      List.of(Region.asked("cat", new Box(100, 200, 300, 405), 0.25));

  private static String written(String properties) {
    String schema =
        "{'type':'object','properties':{'found':{'type':'array','items':"
            + "{'type':'object','properties':{"
            + properties
            + "}}}}}";
    return BoxSchema.of(schema.replace('\'', '"')).write(CAT, SIZE).replace('"', '\'');
  }

  private static String typed(String type, String... names) {
    return String.join(
        ",", List.of(names).stream().map(n -> "'" + n + "':{'type':'" + type + "'}").toList());
  }

  @Test
  void edgesAreWholePixelsWhereTheSchemaSaysSo() {
    assertThat(written(typed("integer", "left", "top", "right", "bottom")))
        .isEqualTo("{'found':[{'left':20,'top':20,'right':60,'bottom':41}]}");
    assertThat(written(typed("number", "x1", "y1", "x2", "y2")))
        .isEqualTo("{'found':[{'x1':20.0,'y1':20.0,'x2':60.0,'y2':40.5}]}");
  }

  @ParameterizedTest
  @CsvSource({
    "'x,y,width,height', '20.0,20.0,40.0,20.5'",
    "'left,top,width,height', '20.0,20.0,40.0,20.5'",
    "'xmin,ymin,xmax,ymax', '20.0,20.0,60.0,40.5'",
    "'x0,y0,x1,y1', '20.0,20.0,60.0,40.5'"
  })
  void boxesAreSpelledInManyWays(String names, String values) {
    String json = written(typed("number", names.split(",")));
    assertThat(json.replaceAll("'\\w+':", "")).isEqualTo("{[{" + values + "}]}");
  }

  @Test
  void labelsConfidencesAndArrays() {
    assertThat(
            written(
                typed("string", "label")
                    + ","
                    + typed("number", "score")
                    + ","
                    + typed("array", "box", "bbox")))
        .isEqualTo(
            "{'found':[{'label':'cat','score':0.25,'box':[100,200,300,405],"
                + "'bbox':[20.0,20.0,60.0,40.5]}]}");
  }

  @Test
  void aBareArrayAndReferences() {
    String schema =
        "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Box\"},\"$defs\":{\"Box\":"
            + "{\"type\":\"object\",\"properties\":{\"pixels\":{\"type\":\"array\"}}}}}";
    assertThat(BoxSchema.of(schema).write(CAT, SIZE))
        .isEqualTo("[{\"pixels\":[20.0,20.0,60.0,40.5]}]");
    assertThat(BoxSchema.of(schema).write(List.of(), SIZE)).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{}",
        "{'type':'string'}",
        "{'type':'array','items':{'$ref':'#Box'}}",
        "{'type':'array','items':{'$ref':'http://a/b'}}",
        "{'type':'array','items':{'type':'object','properties':{'label':{'type':'string'}}}}",
        "{'type':'array','items':{'type':'object','properties':{'tags':{'type':'array'}}}}",
        "{'type':'array','items':{'type':'object','properties':{'box':{'type':'string'}}}}",
        "{'type':'array','items':{'type':'object','required':['mood'],'properties':"
            + "{'mood':{'type':'string'},'box':{'type':'array'}}}}",
        "{'type':'object','properties':{'a':{'type':'array'},'b':{'type':'array'}}}"
      })
  void whatIsNotForBoxesIsRefused(String schema) {
    assertThatThrownBy(() -> BoxSchema.of(schema.replace('\'', '"')))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("not for boxes");
  }
}
