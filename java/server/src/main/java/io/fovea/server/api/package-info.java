/** The endpoints: what a request asks of an engine, and how the answer is written. */
@NullMarked
package io.fovea.server.api;

import org.jspecify.annotations.NullMarked;
