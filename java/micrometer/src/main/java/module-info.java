/** Metrics and observations of a Fovea engine, with Micrometer. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer's modules
module io.fovea.micrometer {
  requires transitive io.fovea;
  requires transitive micrometer.commons;
  requires transitive micrometer.core;
  requires transitive micrometer.observation;
  requires static transitive org.jspecify;

  exports io.fovea.micrometer;
}
