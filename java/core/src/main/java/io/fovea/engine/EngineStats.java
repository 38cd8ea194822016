package io.fovea.engine;

/**
 * What an engine is doing and has done, as of its last step.
 *
 * @param running requests taking part in steps
 * @param waiting requests in the queue
 * @param completed requests that ended with a result
 * @param failed requests that ended otherwise: cancelled, past their deadline, or with an error
 * @param promptTokens prompt tokens computed; cached ones do not count
 * @param completionTokens tokens generated, forced ones included
 * @param steps forward steps of the language model
 * @param kvPagesFree pages of 64 tokens that nobody holds
 * @param kvPagesTotal pages in all
 * @param openImages encoded images not yet closed
 * @param deviceBytes bytes allocated on the device
 */
public record EngineStats(
    int running,
    int waiting,
    long completed,
    long failed,
    long promptTokens,
    long completionTokens,
    long steps,
    int kvPagesFree,
    int kvPagesTotal,
    int openImages,
    long deviceBytes) {}
