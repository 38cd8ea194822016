package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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
        "{'type':'array','items':{'type':'object','required':['mood'],'properties':"
            + "{'box':{'type':'array'}}}}",
        "{'type':'array','items':{'type':'object','properties':"
            + "{'score':{'type':'string'},'box':{'type':'array'}}}}",
        "{'type':'object','required':['b'],'properties':{'a':{'type':'array'}}}",
        "{'$ref':'#'}",
        "{'type':'object','properties':{'a':{'type':'array'},'b':{'type':'array'}}}"
      })
  void whatIsNotForBoxesIsRefused(String schema) {
    assertThatThrownBy(() -> BoxSchema.of(schema.replace('\'', '"')))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("not for boxes");
  }

  /** A schema with the properties of a box, and these, and more keywords in three places. */
  private static String schema(String property, String box, String array) {
    return ("{'type':'array'"
            + array
            + ",'items':{'type':'object'"
            + box
            + ",'properties':{'pixels':{'type':'array'},"
            + property
            + "}}}")
        .replace('\'', '"');
  }

  private static String sole(String property) {
    return schema(property, "", "");
  }

  static Stream<Arguments> whatCannotBeKept() {
    return Stream.of(
        arguments(schema("'x':{}", "", ",'minItems':1"), "#/minItems"),
        arguments(schema("'x':{}", "", ",'maxItems':'two'"), "#/maxItems"),
        arguments(schema("'x':{}", "", ",'contains':{}"), "#/contains"),
        arguments(schema("'x':{}", "", ",'enum':[[]]"), "#/enum"),
        arguments(schema("'x':{}", ",'minProperties':9", ""), "#/items/minProperties"),
        arguments(schema("'x':{}", ",'patternProperties':{}", ""), "#/items/patternProperties"),
        arguments(schema("'x':{}", ",'required':true", ""), "#/items/required"),
        arguments(sole("'label':{'type':'string','pattern':'a'}"), "#/items/properties/label/pat"),
        arguments(sole("'label':{'type':'string','enum':'cat'}"), "#/items/properties/label/enum"),
        arguments(sole("'label':{'type':'string','anyOf':[{}]}"), "#/items/properties/label/type"),
        arguments(sole("'score':{'type':'number','minimum':0.1}"), "/score/minimum"),
        arguments(sole("'score':{'type':'number','exclusiveMinimum':0}"), "/exclusiveMinimum"),
        arguments(sole("'score':{'type':'number','maximum':0.9}"), "/score/maximum"),
        arguments(sole("'score':{'type':'number','maximum':'1'}"), "/score/maximum"),
        arguments(sole("'score':{'type':'number','const':1}"), "/score/const"),
        arguments(sole("'score':{'type':'number','multipleOf':0.5}"), "/score/multipleOf"),
        arguments(sole("'score':{'type':'number','format':'date'}"), "/score/format"),
        arguments(sole("'score':{'not':{},'type':'number'}"), "/score/not"),
        arguments(sole("'score':{'anyOf':[{'type':'number'},{'type':'integer'}]}"), "/score/anyOf"),
        arguments(
            sole("'score':{'oneOf':[{'type':['null','number']},{'type':'null'}]}"), "/score/oneOf"),
        arguments(sole("'score':{'allOf':[{'type':'number'},{'minimum':0}]}"), "/score/allOf"),
        arguments(sole("'box':{'type':'array','maxItems':3}"), "/box/maxItems"),
        arguments(sole("'box':{'type':'array','minItems':5}"), "/box/minItems"),
        arguments(sole("'box':{'type':'array','uniqueItems':true}"), "/box/uniqueItems"),
        arguments(sole("'box':{'type':'array','items':false}"), "/box/items"),
        arguments(
            sole("'box':{'type':'array','items':{'type':'integer','maximum':998}}"),
            "/box/items/maximum"),
        arguments(
            sole(
                "'box':{'type':'array','items':false,'prefixItems':"
                    + "[{'type':'number'},{'type':'number','minimum':1}]}"),
            "/box/prefixItems/1/minimum"),
        arguments(
            sole("'bbox':{'$ref':'#/$defs/a~1b'}")
                .replaceFirst("\\{", "{\"\\$defs\":{\"a/b\":{\"type\":\"array\",\"x\":1}},"),
            "#/$defs/a~1b/x"));
  }

  @ParameterizedTest
  @MethodSource("whatCannotBeKept")
  void aKeywordThatCannotBeKeptIsRefusedByItsPlace(String schema, String place) {
    assertThatThrownBy(() -> BoxSchema.of(schema))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(place)
        .hasMessageContaining("; ");
  }

  @Test
  void labelsAreOfThoseThatTheSchemaAllows() {
    BoxSchema schema =
        BoxSchema.of(sole("'label':{'type':'string','enum':['cat','dog'],'maxLength':3}"));
    schema.requireLocatable(List.of("cat", "dog"));
    assertThat(schema.write(CAT, SIZE)).contains("\"label\":\"cat\"");
    assertThatThrownBy(() -> schema.requireLocatable(List.of("cat", "cow")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("#/items/properties/label/enum forbids the label 'cow'");
    assertThatThrownBy(() -> schema.write(List.of(CAT.get(0).withPhrase("mouse")), SIZE))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("maxLength");
    assertThatThrownBy(schema::requireDescribable)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("#/items/properties/label/maxLength");
  }

  @Test
  void aBoxWithoutConfidence() {
    List<Region> read = List.of(Region.builder(new Box(0, 0, 1, 1)).phrase("cat").build());
    String number = "'score':{'type':'number'}";
    String optional = BoxSchema.of(sole(number)).write(read, SIZE);
    assertThat(optional).isEqualTo("[{\"pixels\":[0.0,0.0,0.2,0.1]}]");
    String nullable = "'score':{'anyOf':[{'type':'number','minimum':0},{'type':'null'}]}";
    BoxSchema.of(schema(nullable, ",'required':['score']", "")).requireDescribable();
    assertThat(BoxSchema.of(sole(nullable)).write(read, SIZE)).contains("\"score\":null");
    BoxSchema required = BoxSchema.of(schema(number, ",'required':['score']", ""));
    assertThat(required.write(CAT, SIZE)).contains("\"score\":0.25");
    for (ThrowingCallable each :
        List.<ThrowingCallable>of(required::requireDescribable, () -> required.write(read, SIZE))) {
      assertThatThrownBy(each)
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("#/items/properties/score/type")
          .hasMessageContaining("allow null");
    }
  }

  @Test
  void noMoreBoxesThanTheSchemaAllowsAndNoneTwice() {
    List<Region> three = List.of(CAT.get(0), CAT.get(0), CAT.get(0).withPhrase("dog"));
    String label = "'label':{'type':'string'}";
    assertThat(labels(schema(label, "", ",'maxItems':2"), three)).isEqualTo("cat cat");
    assertThat(labels(schema(label, "", ",'uniqueItems':true"), three)).isEqualTo("cat dog");
  }

  private static String labels(String schema, List<Region> regions) {
    return String.join(
        " ",
        Pattern.compile("\"label\":\"(\\w+)\"")
            .matcher(BoxSchema.of(schema).write(regions, SIZE))
            .results()
            .map(found -> found.group(1))
            .toList());
  }

  @Test
  void numbersOfAnArrayAreWholeWhereTheSchemaSaysSo() {
    assertThat(written("'bbox':{'type':'array','items':{'type':'integer'}}"))
        .isEqualTo("{'found':[{'bbox':[20,20,60,41]}]}");
    assertThat(
            written(
                "'bbox':{'type':'array','minItems':4,'maxItems':4,'prefixItems':[{'type':'integer'},"
                    + "{'type':'number'},{'type':'number','multipleOf':1}]}"))
        .isEqualTo("{'found':[{'bbox':[20,20.0,60,40.5]}]}");
  }
}
