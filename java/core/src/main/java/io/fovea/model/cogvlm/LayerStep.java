package io.fovea.model.cogvlm;

import io.fovea.model.KvCache;
import io.fovea.model.StepPlan;
import io.fovea.ops.CacheRows;
import io.fovea.ops.RotaryTable;
import java.util.List;

/**
 * What every decoder layer must know about a step.
 *
 * @param visionRows rows [0, visionRows) take the vision expert, the others the language expert
 * @param rows each row's place in the cache, on the device
 * @param contexts rows by the picture that they attend to
 */
record LayerStep(
    int visionRows,
    CacheRows rows,
    RotaryTable rotary,
    KvCache cache,
    List<StepPlan.ContextRows> contexts) {}
