package io.fovea.engine;

/**
 * What an engine is doing and has done, as of its last step.
 *
 * @param running requests that have begun; those that a step has no room for take turns
 * @param waiting requests in the queue
 * @param completed requests that ended with a result
 * @param cancelled requests cancelled, or ended with their engine
 * @param late requests whose deadline passed
 * @param failed requests that ended with an error
 * @param rejected requests refused because the queue was full
 * @param promptTokens prompt tokens computed; cached ones do not count
 * @param completionTokens tokens generated, forced ones included
 * @param cachedTokens tokens taken from the cache instead of computed
 * @param repeatedTokens of the tokens computed, those computed before, on pages given up since
 * @param steps forward steps of the language model
 * @param preemptions how often a request gave its pages up for an older one
 * @param kvPagesFree pages of 64 tokens that no request holds
 * @param kvPagesCached of these, pages that keep a prefix for whoever begins with it
 * @param kvPagesTotal pages in all
 * @param kvEvictions how often a cached page was given up for its room
 * @param openImages encoded images not yet closed
 * @param deviceBytes bytes allocated on the device
 */
public record EngineStats(
    int running,
    int waiting,
    long completed,
    long cancelled,
    long late,
    long failed,
    long rejected,
    long promptTokens,
    long completionTokens,
    long cachedTokens,
    long repeatedTokens,
    long steps,
    long preemptions,
    int kvPagesFree,
    int kvPagesCached,
    int kvPagesTotal,
    long kvEvictions,
    int openImages,
    long deviceBytes) {}
