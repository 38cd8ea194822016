package io.fovea.engine;

import java.time.Duration;

/**
 * Where a request's time went.
 *
 * @param queued from the call until work began
 * @param imageEncode what encoding the image took, once, before this request; zero without image
 * @param prefill from the beginning of the work to the first token
 * @param decode from the first token to the end
 * @param timeToFirstToken from the call to the first token; zero if there was none
 */
public record Timings(
    Duration queued,
    Duration imageEncode,
    Duration prefill,
    Duration decode,
    Duration timeToFirstToken) {}
