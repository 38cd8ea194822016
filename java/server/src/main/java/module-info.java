/** A server over engines; exported is what starts it. */
@SuppressWarnings("module") // the command line is not there when this is compiled
module io.fovea.server {
  requires com.fasterxml.jackson.databind;
  requires io.netty.buffer;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.vertx.core;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires org.slf4j;
  requires static auto.value.annotations; // while compiling
  requires static java.compiler; // what it generates is marked so
  requires transitive io.fovea;
  requires transitive io.fovea.micrometer;
  requires static transitive org.jspecify;

  exports io.fovea.server;
  exports io.fovea.server.wire to
      io.fovea.cli;

  opens io.fovea.server.wire to
      com.fasterxml.jackson.databind;
}
