/** Results as JSON has them. */
@NullMarked
package io.fovea.server.wire;

import org.jspecify.annotations.NullMarked;
