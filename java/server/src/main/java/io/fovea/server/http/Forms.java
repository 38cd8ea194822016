package io.fovea.server.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpData;
import io.netty.handler.codec.http.multipart.HttpPostMultipartRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Forms ({@code multipart/form-data}, RFC 7578), read once they are whole: Netty's decoder leaves a
 * carriage return in a value where the pieces that it gets are cut within a boundary.
 */
final class Forms {
  private static final int MOST_PARTS = 128;

  /** Of a boundary, RFC 2046; longer ones take long to look for. */
  private static final Pattern BOUNDARY =
      Pattern.compile(".*boundary=(\"[^\"]{1,70}\"|[^\";,\\s]{1,70})\\s*(;.*)?");

  private Forms() {}

  /**
   * The parts of a form, in their order.
   *
   * @param contentType the header, which names the boundary
   * @throws ApiException 400 where it is damaged
   */
  static List<Call.Part> parts(String contentType, byte[] body) {
    if (!BOUNDARY.matcher(contentType).matches()) {
      throw ApiException.invalid(
          "invalid_body", null, "the form's boundary must have 1 to 70 characters");
    }
    DefaultFullHttpRequest whole =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.POST, "/", Unpooled.wrappedBuffer(body));
    whole.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
    HttpPostMultipartRequestDecoder decoder = null;
    try {
      decoder =
          new HttpPostMultipartRequestDecoder(
              new DefaultHttpDataFactory(/* useDisk= */ false),
              whole,
              StandardCharsets.UTF_8,
              MOST_PARTS,
              Math.max(1, body.length));
      List<Call.Part> parts = new ArrayList<>();
      for (InterfaceHttpData data : decoder.getBodyHttpDatas()) {
        parts.add(
            new Call.Part(data.getName(), data instanceof FileUpload, ((HttpData) data).get()));
      }
      return parts;
    } catch (RuntimeException | IOException e) { // of many kinds, by what is damaged
      throw ApiException.invalid(
          "invalid_body", null, "the form cannot be read: " + e.getMessage());
    } finally {
      if (decoder != null) {
        decoder.destroy();
      }
    }
  }
}
