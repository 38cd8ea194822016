package io.fovea.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class McpMessagesTest {
  private static @Nullable JSONRPCMessage read(String line) throws McpRefusal {
    return new McpMessages(new JsonMapper()).read(line.replace('\'', '"').getBytes(UTF_8));
  }

  private static McpRefusal refusal(String line) {
    McpRefusal refusal = catchThrowableOfType(McpRefusal.class, () -> read(line));
    return requireNonNull(refusal, line);
  }

  @Test
  void requestsAndNotificationsAreRead() throws McpRefusal {
    assertThat(read("{'jsonrpc':'2.0','id':7,'method':'a','params':{'b':[1]},'more':0}"))
        .isEqualTo(new JSONRPCRequest("a", 7, Map.of("b", List.of(1))));
    assertThat(read("{'jsonrpc':'2.0','id':'x','method':''} \r"))
        .isEqualTo(new JSONRPCRequest("", "x", Map.of()));
    assertThat(read("{'jsonrpc':'2.0','id':9007199254740993,'method':'a','params':null}"))
        .isEqualTo(new JSONRPCRequest("a", 9_007_199_254_740_993L, Map.of()));
    assertThat(read("{'jsonrpc':'2.0','method':'a'}"))
        .isEqualTo(new JSONRPCNotification("a", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'jsonrpc':'2.0','id':1,'result':{}}",
        "{'jsonrpc':'2.0','id':1,'result':null}",
        "{'jsonrpc':'2.0','id':1,'error':{'code':-1,'message':'no'}}",
        "{'jsonrpc':'2.0','id':null,'error':{'code':-1,'message':'no'}}"
      })
  void responsesAreForNobody(String line) throws McpRefusal {
    assertThat(read(line)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "{", "{} {}", "{'a':}", "[1,", "{'jsonrpc':'2.0','method':'\u0001'}", "1 2"})
  void whatIsNoJsonIsAParseError(String line) {
    assertThat(refusal(line).code()).isEqualTo(-32700);
    assertThat(refusal(line).id()).isNull();
  }

  @Test
  void bytesThatAreNoTextAreAParseError() {
    byte[] line = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};
    McpRefusal refusal =
        catchThrowableOfType(McpRefusal.class, () -> new McpMessages(new JsonMapper()).read(line));
    assertThat(requireNonNull(refusal).code()).isEqualTo(-32700);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "3",
        "null",
        "'text'",
        "{'jsonrpc':'2.0'}",
        "{'jsonrpc':'2.0','method':7}",
        "{'jsonrpc':'2.0','method':null}",
        "{'jsonrpc':'1.0','method':'a'}",
        "{'jsonrpc':2.0,'method':'a'}",
        "{'method':'a'}",
        "{'jsonrpc':'2.0','id':null,'method':'a'}",
        "{'jsonrpc':'2.0','id':1.5,'method':'a'}",
        "{'jsonrpc':'2.0','id':true,'method':'a'}",
        "{'jsonrpc':'2.0','id':{},'method':'a'}",
        "{'jsonrpc':'2.0','id':[1],'method':'a'}",
        "{'jsonrpc':'2.0','id':99999999999999999999,'method':'a'}",
        "{'jsonrpc':'2.0','method':'a','params':[]}",
        "{'jsonrpc':'2.0','method':'a','params':'b'}",
        "{'jsonrpc':'2.0','id':null,'result':{}}",
        "{'jsonrpc':'2.0','result':{}}",
        "{'jsonrpc':'2.0','error':{'code':-1,'message':'no'}}",
        "[{'jsonrpc':'2.0','id':1,'method':'ping'}]"
      })
  void whatIsNoMessageIsInvalid(String line) {
    assertThat(refusal(line).code()).isEqualTo(-32600);
    assertThat(refusal(line).id()).isNull();
    assertThat(refusal(line)).hasMessageContaining(";");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'id':1}",
        "{'jsonrpc':'2.0','id':1}",
        "{'jsonrpc':'2.0','id':1,'method':7}",
        "{'id':1,'method':'a'}",
        "{'jsonrpc':'2.0','id':1,'method':'a','params':[]}",
        "{'jsonrpc':'2.0','id':1,'result':{},'error':{'code':-1,'message':'no'}}",
        "{'jsonrpc':'2.0','id':1,'error':'no'}",
        "{'jsonrpc':'2.0','id':1,'error':{'code':'x','message':'no'}}"
      })
  void anErrorHasTheIdThatIsValid(String line) {
    assertThat(refusal(line).code()).isEqualTo(-32600);
    assertThat(refusal(line).id()).isEqualTo(1);
  }
}
