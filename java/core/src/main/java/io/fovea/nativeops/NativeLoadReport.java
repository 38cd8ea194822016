package io.fovea.nativeops;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the native library was found and what it offers.
 *
 * @param location where the libraries were loaded from
 * @param buildId identifies the native build
 * @param cpuFeatures what the CPU offers and what the library uses of it
 * @param cudaAbsence why the CUDA backend's library is not in {@code location}, or null where it is
 * @param notes one line for each step taken, in order
 */
public record NativeLoadReport(
    String location,
    String buildId,
    String cpuFeatures,
    @Nullable String cudaAbsence,
    List<String> notes) {}
