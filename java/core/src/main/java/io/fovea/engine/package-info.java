/**
 * The public API: load a model, encode pictures, ask about them. {@link
 * io.fovea.engine.FoveaEngine} owns the device, the thread that works on it and every byte they
 * take.
 */
@NullMarked
package io.fovea.engine;

import org.jspecify.annotations.NullMarked;
