package io.fovea.nativeops;

import java.util.List;

/**
 * How the native library was found and what it offers.
 *
 * @param location where the libraries were loaded from
 * @param buildId identifies the native build
 * @param cpuFeatures what the CPU offers and what the library uses of it
 * @param notes one line for each step taken, in order
 */
public record NativeLoadReport(
    String location, String buildId, String cpuFeatures, List<String> notes) {}
