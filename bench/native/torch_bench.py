"""Times PyTorch (cuBLAS, scaled_dot_product_attention) at the shapes of op_bench's rows, on the same
card, and prints both side by side.

    python3 torch_bench.py ROWS.jsonl [RESULT.jsonl]

ROWS.jsonl is what `op_bench --device cuda --json` wrote. bf16, random data; weights take turns so
that none is found in the L2 cache; calls are recorded in a CUDA graph and timed by events, as
op_bench --graph does. Rows of quantised weights stand beside PyTorch's bf16 product. What PyTorch
runs is the bare product or attention: no bias, activation, residual or paging.
"""

import json
import math
import re
import statistics
import sys

import torch
import torch.nn.functional as F

COLD_BYTES = 256 << 20  # as op_bench
SAMPLES = 15


def sizes(shape):
    """'R16 N4096 K11008 residual of bf16' -> {'R': 16, 'N': 4096, 'K': 11008}"""
    return {name: int(n) for name, n in re.findall(r"\b(R|N|K|T|U|H|slots)(\d+)\b", shape)}


def random(*shape):
    return torch.randn(*shape, device="cuda", dtype=torch.bfloat16)


def copies_of(*shape):
    count = max(1, math.ceil(COLD_BYTES / (2 * math.prod(shape))))
    return [random(*shape) * 0.02 for _ in range(count)]


def microseconds(call, least_calls):
    """Median time of call(i), i counting up, in a recorded run of some 1 ms."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for i in range(3):
            call(i)
        stream.synchronize()
        begin, end = torch.cuda.Event(True), torch.cuda.Event(True)
        begin.record(stream)
        call(0)
        end.record(stream)
        end.synchronize()
        once = max(1e-3, begin.elapsed_time(end))
        calls = max(least_calls, min(512, int(1 / once) + 1))
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            for i in range(calls):
                call(i)
        times = []
        for i in range(SAMPLES + 5):  # the first five: the clocks rise
            begin.record(stream)
            graph.replay()
            end.record(stream)
            end.synchronize()
            times.append(begin.elapsed_time(end) * 1000 / calls)
    return statistics.median(times[5:])


def linear(row):
    n = sizes(row["shape"])
    weights = copies_of(n["N"], n["K"])
    x = random(n["R"], n["K"])
    return microseconds(lambda i: F.linear(x, weights[i % len(weights)]), len(weights))


def attention(row):
    n = sizes(row["shape"])
    q, k, v = (random(1, n["H"], n["T"], n["K"]) for _ in range(3))
    return microseconds(lambda i: F.scaled_dot_product_attention(q, k, v), 1)


def cross_attention(row):
    n = sizes(row["shape"])
    q = random(1, n["H"], n["T"], n["K"])
    k, v = (random(1, n["H"], n["U"], n["K"]) for _ in range(2))
    return microseconds(lambda i: F.scaled_dot_product_attention(q, k, v), 1)


def paged_attention(row):
    """Without pages: keys and values lie in one piece. R = slots is causal, R = 1 sees all."""
    n = sizes(row["shape"])
    if n["R"] not in (1, n["slots"]):
        return None
    cache = copies_of(2, 1, n["H"], n["slots"], n["K"])
    q = random(1, n["H"], n["R"], n["K"])
    causal = n["R"] > 1
    return microseconds(
        lambda i: F.scaled_dot_product_attention(q, *cache[i % len(cache)], is_causal=causal),
        len(cache),
    )


OPS = {
    "linear": linear,
    "routed_linear": linear,
    "attention": attention,
    "cross_attention": cross_attention,
    "paged_attention": paged_attention,
}


def best_product():
    """bf16 TFLOP/s of the largest square product: what the card's tensor cores give in practice."""
    a, b = random(8192, 8192), random(8192, 8192)
    return 2 * 8192**3 / microseconds(lambda i: a @ b, 40) * 1e-6


def main(arguments):
    if not torch.cuda.is_available():
        print("PyTorch sees no GPU: nothing was compared")
        return 77
    with open(arguments[0], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    result = open(arguments[1], "w", encoding="utf-8") if len(arguments) > 1 else None
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}")
    print(f"bf16 product of 8192 x 8192 x 8192: {best_product():.1f} TFLOP/s")
    print(f"{'op':<16} {'weights':<8} {'shape':<58} {'ours us':>10} {'torch us':>10} {'ratio':>6}")
    known = {}  # quantised rows and several runs share a baseline
    for row in rows:
        if row["op"] not in OPS:
            continue
        key = (row["op"] if row["op"] not in ("linear", "routed_linear") else "linear",
               tuple(sorted(sizes(row["shape"]).items())))
        if key not in known:
            known[key] = OPS[row["op"]](row)
        torch_us = known[key]
        if torch_us is None:
            continue
        row["torch_us"] = round(torch_us, 3)
        print(f"{row['op']:<16} {row['dtype']:<8} {row['shape']:<58} {row['median_us']:>10.1f} "
              f"{torch_us:>10.1f} {row['median_us'] / torch_us:>6.2f}")
        if result:
            result.write(json.dumps(row) + "\n")
    if result:
        result.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
