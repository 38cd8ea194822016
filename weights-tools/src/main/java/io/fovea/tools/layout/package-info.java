/** Which tensors a model has: names, shapes, parts, worked out from its config.json. */
@NullMarked
package io.fovea.tools.layout;

import org.jspecify.annotations.NullMarked;
