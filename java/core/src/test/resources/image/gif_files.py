"""GIF files by hand: interlaced ones of few rows, frames on larger screens, and palettes that lack colours."""

import struct

import numpy as np

from make_goldens import write

RNG = np.random.default_rng(20261125)


def codes(indices, bits):
    """Indices in codes of bits + 1 bits each, cleared often enough that they never grow."""
    clear = 1 << bits
    words = []
    for i, index in enumerate(indices):
        words += [clear] if i % max(1, clear - 2) == 0 else []
        words.append(int(index))
    number = sum(word << (i * (bits + 1)) for i, word in enumerate([*words, clear + 1]))
    data = number.to_bytes(((len(words) + 1) * (bits + 1) + 7) // 8, "little")
    blocks = [data[i : i + 255] for i in range(0, len(data), 255)]
    return bytes([bits]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def frame(width, height, bits=2, left=0, top=0, interlaced=True, colors=b"", most=None):
    indices = RNG.integers(0, most or 1 << bits, width * height)
    flags = (0x40 if interlaced else 0) | (0x80 | (len(colors) // 3).bit_length() - 2 if colors else 0)
    return b"," + struct.pack("<HHHHB", left, top, width, height, flags) + colors + codes(indices, bits)


def gif(width, height, *blocks, colors=b"", trailer=b";"):
    flags = 0x80 | (len(colors) // 3).bit_length() - 2 if colors else 0
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + colors + b"".join(blocks) + trailer


def transparent(index):
    return b"!\xf9\x04\1\0\0" + bytes([index]) + b"\0"


def write_all():
    four = RNG.bytes(12)
    for height in (1, 2, 3, 4, 5, 7, 8, 9, 17):
        write(f"gif-interlaced-{height}.gif", gif(5, height, frame(5, height), colors=four))
    write("gif-interlaced-small-frame.gif", gif(6, 9, frame(4, 3, left=1, top=2), colors=four))
    own = RNG.bytes(12)
    write("gif-interlaced-own-palette.gif", gif(6, 9, frame(4, 3, left=1, top=2, colors=own), colors=four))
    write("gif-no-palette.gif", gif(9, 7, frame(6, 5, 4, left=2, top=1)))
    write("gif-no-palette-transparent.gif", gif(9, 7, transparent(5), frame(6, 5, 4, left=2, top=1)))
    write("gif-indices-past-palette.gif", gif(9, 7, frame(9, 7, 5), colors=four))
    write("gif-transparent-past-palette.gif", gif(9, 7, transparent(200), frame(6, 5, left=2, top=1), colors=four))
    ramp = bytes(v for level in range(4) for v in (level, level, level))
    write("gif-indices-past-grey-palette.gif", gif(9, 7, frame(9, 7, 5), colors=ramp))
    write("gif-two-colors-long-codes.gif", gif(9, 7, frame(9, 7, 8, interlaced=False, most=2), colors=four[:6]))
    write("gif-code-bits-1.gif", gif(9, 7, frame(9, 7, 1, interlaced=False), colors=four[:6]))
    write("gif-code-bits-11.gif", gif(9, 7, frame(9, 7, 11, interlaced=False, most=4), colors=four))
    write("gif-bytes-between-blocks.gif", gif(9, 7, b"\1\2\0", transparent(1), b"\0\0", frame(9, 7), colors=four))
    write("gif-no-trailer.gif", gif(9, 7, frame(9, 7), colors=four, trailer=b""))
