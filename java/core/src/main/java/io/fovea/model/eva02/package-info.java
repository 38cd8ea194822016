/** EVA-02, the high-resolution encoder of CogAgent. */
@NullMarked
package io.fovea.model.eva02;

import org.jspecify.annotations.NullMarked;
