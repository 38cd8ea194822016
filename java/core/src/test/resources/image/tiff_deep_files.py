"""TIFF files of 12 and 16 bits a sample: inks, associated alpha, grey that Pillow takes for counts."""

import numpy as np

from make_goldens import write
from tiff_files import SHORT, tiff

RNG = np.random.default_rng(20261123)
W, H = 23, 17
INK_SET, EXTRA = 332, 338


def deep(channels):
    """[H, W, channels], 16 bits."""
    return RNG.integers(0, 65536, (H, W, channels))


def inks():
    for order, name in {"<": "little", ">": "big"}.items():
        tags = [(INK_SET, SHORT, [1])]
        write(f"tiff-cmyk16-{name}.tif", tiff(deep(4), 5, 16, order, tags=tags))
        write(f"tiff-cmyk16-{name}-tiles-planes.tif", tiff(deep(4), 5, 16, order, 16, True, True, tags=tags))
    differences = deep(4)
    write("tiff-cmyk16-differences.tif", tiff(differences, 5, 16, deflate=True, tags=[(317, SHORT, [2])]))
    write("tiff-cmyk-unused-sample.tif", tiff(deep(5) >> 8, 5, 8, tags=[(EXTRA, SHORT, [0])]))


def associated_alpha():
    """Colours are at most their alpha; some alphas are 0, some 65535."""
    samples = deep(4)
    samples[:3, :, 3] = 65535
    samples[3:6, :, 3] = 0
    samples[6:9, :, 3] &= 1023  # a high byte of 0 to 3
    samples[..., :3] = samples[..., :3] * samples[..., 3:] // 65535
    for order, name in {"<": "little", ">": "big"}.items():
        write(f"tiff-associated-alpha16-{name}.tif", tiff(samples, 2, 16, order, tags=[(EXTRA, SHORT, [1])]))


def grey12():
    """12 bits of grey: Pillow reads them in the little byte order only."""
    samples = RNG.integers(0, 400, (H, W, 1))
    samples[0, :5, 0] = [0, 255, 256, 273, 4095]
    bits = ((samples.reshape(H, W, 1) >> np.arange(11, -1, -1)) & 1).astype(np.uint8)
    rows = np.packbits(bits.reshape(H, -1), axis=1)  # [H, bytes]
    data = tiff(rows[:, :, None], 1, 8, tags=[])
    write("tiff-grey12.tif", _with_sizes(data))


def _with_sizes(data):
    """The same file with W pixels of 12 bits in each row instead of that many of 8."""
    data = bytearray(data)
    at = int.from_bytes(data[4:8], "little")
    for entry in range(at + 2, at + 2 + 12 * int.from_bytes(data[at : at + 2], "little"), 12):
        tag = int.from_bytes(data[entry : entry + 2], "little")
        if tag in (256, 258):
            data[entry + 8 : entry + 10] = (W if tag == 256 else 12).to_bytes(2, "little")
    return bytes(data)


def write_all():
    inks()
    associated_alpha()
    grey12()
