/**
 * The load program: what an engine does when many callers want something of it at a time. It uses
 * the public API alone; bench/README.md says how to run it and what its rows mean.
 */
@NullMarked
package io.fovea.bench.load;

import org.jspecify.annotations.NullMarked;
