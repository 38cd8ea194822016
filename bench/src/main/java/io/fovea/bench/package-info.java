/** JMH benchmarks of the public API; bench/README.md says how to run and quote them. */
@NullMarked
package io.fovea.bench;

import org.jspecify.annotations.NullMarked;
