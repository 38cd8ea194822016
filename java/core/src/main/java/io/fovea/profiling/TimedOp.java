package io.fovea.profiling;

/**
 * One call of an op.
 *
 * @param op its name in the native contract, with the epilogue where there is one
 * @param stage the named result it led to
 * @param operands dtypes and shapes
 * @param begin milliseconds from the step's begin
 * @param milliseconds it took on the device
 */
public record TimedOp(
    String op, String stage, String operands, OpCost cost, double begin, double milliseconds) {}
