"""TIFF files: those that Pillow writes, and tiles, planes, byte orders and samples that it does not."""

import struct
import zlib

import numpy as np
from PIL import Image

from make_goldens import RNG, encoded, foreign_profile, smooth, write

W, H = 23, 17
SHORT, LONG = 3, 4


def packed(samples, bits, order):
    if bits >= 8:
        kind = "u1" if bits == 8 else order + "u2"
        return samples.astype(kind).tobytes()
    lines = samples.reshape(samples.shape[0], -1)
    split = ((lines[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    return b"".join(np.packbits(line.reshape(-1)).tobytes() for line in split)


def blocks(samples, tile, strip_rows):
    """Tiles, filled up with zeros, or strips: arrays [h, w, channels]."""
    h, w, channels = samples.shape
    if not tile:
        return [samples[y : y + strip_rows] for y in range(0, h, strip_rows)]
    found = []
    for y in range(0, h, tile):
        for x in range(0, w, tile):
            full = np.zeros((tile, tile, channels), samples.dtype)
            part = samples[y : y + tile, x : x + tile]
            full[: part.shape[0], : part.shape[1]] = part
            found.append(full)
    return found


def tiff(samples, photometric, bits=8, order="<", tile=0, planes=False, deflate=False, tags=()):
    h, w, channels = samples.shape
    parts = [samples[:, :, c : c + 1] for c in range(channels)] if planes else [samples]
    data = [packed(block, bits, order) for part in parts for block in blocks(part, tile, 5)]
    data = [zlib.compress(block) for block in data] if deflate else data
    offsets = [8 + sum(map(len, data[:i])) for i in range(len(data))]
    sizes = [len(block) for block in data]
    where = [(322, LONG, [tile]), (323, LONG, [tile]), (324, LONG, offsets), (325, LONG, sizes)]
    if not tile:
        where = [(273, LONG, offsets), (278, LONG, [5]), (279, LONG, sizes)]
    entries = sorted(
        [
            (256, LONG, [w]), (257, LONG, [h]), (258, SHORT, [bits] * channels),
            (259, SHORT, [8 if deflate else 1]), (262, SHORT, [photometric]),
            (277, SHORT, [channels]), (284, SHORT, [2 if planes else 1]), *where, *tags,
        ]
    )
    body = b"".join(data)
    body += bytes(len(body) % 2)
    at = 8 + len(body)
    directory, far = struct.pack(order + "H", len(entries)), b""
    for tag, kind, values in entries:
        content = b"".join(struct.pack(order + ("H" if kind == SHORT else "I"), v) for v in values)
        directory += struct.pack(order + "HHI", tag, kind, len(values))
        if len(content) <= 4:
            directory += content.ljust(4, b"\0")
        else:
            directory += struct.pack(order + "I", at + 6 + 12 * len(entries) + len(far))
            far += content
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(order + "I", at) + body + directory + bytes(4) + far


def from_pillow():
    rgb = Image.fromarray(smooth(W, H, 3))
    rgba = Image.fromarray(smooth(W, H, 4))
    kinds = {
        "rgb": rgb, "grey": rgb.convert("L"), "bilevel": rgb.convert("1"), "palette": rgb.quantize(40),
        "rgba": rgba, "grey-alpha": rgba.convert("LA"),
        "cmyk": Image.fromarray(smooth(W, H, 4), mode="CMYK"),
        "grey16": Image.fromarray(RNG.integers(0, 600, (H, W)).astype(np.uint16)),
        "int32": Image.fromarray(RNG.integers(-100, 500, (H, W)).astype(np.int32)),
        "float": Image.fromarray(RNG.uniform(-50, 300, (H, W)).astype(np.float32)),
    }
    for name, image in kinds.items():
        for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate"):
            write(f"tiff-{name}-{compression}.tif", encoded(image, "TIFF", compression=compression))
    for compression in ("group3", "group4", "tiff_ccitt"):
        write(f"tiff-bilevel-{compression}.tif", encoded(kinds["bilevel"], "TIFF", compression=compression))
    for name in ("rgb", "rgba", "grey", "grey16"):
        data = encoded(kinds[name], "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
        write(f"tiff-{name}-differences.tif", data)
    write("tiff-rgb-jpeg.tif", encoded(rgb, "TIFF", compression="jpeg", quality=85))
    write("tiff-grey-jpeg.tif", encoded(kinds["grey"], "TIFF", compression="jpeg", quality=85))
    write("tiff-pages.tif", encoded(rgb, "TIFF", save_all=True, append_images=[kinds["grey"], rgba]))
    write("tiff-profile.tif", encoded(rgb, "TIFF", icc_profile=foreign_profile()))
    for orientation in range(1, 9):
        write(f"orientation-{orientation}.tif", encoded(Image.fromarray(smooth(19, 13, 3)), "TIFF", tiffinfo={0x0112: orientation}))


def by_hand():
    rgb, rgba, grey = smooth(W, H, 3), smooth(W, H, 4), smooth(W, H, 1)
    rgb16 = RNG.integers(0, 65536, (H, W, 3))
    alpha, associated = [(338, SHORT, [2])], [(338, SHORT, [1])]
    for order, name in {"<": "little", ">": "big"}.items():
        for tile in (0, 16):
            layout = f"{name}-{'tiles' if tile else 'strips'}"
            for planes in (False, True):
                kind = f"{layout}{'-planes' if planes else ''}.tif"
                options = {"order": order, "tile": tile, "planes": planes, "deflate": planes}
                write(f"tiff-rgb-{kind}", tiff(rgb, 2, **options))
                write(f"tiff-rgba-{kind}", tiff(rgba, 2, tags=alpha, **options))
                write(f"tiff-cmyk-{kind}", tiff(rgba, 5, **options))
                write(f"tiff-rgb16-{kind}", tiff(rgb16, 2, 16, **options))
            options = {"order": order, "tile": tile}
            write(f"tiff-white-is-0-{layout}.tif", tiff(grey, 0, **options))
            write(f"tiff-grey16-{layout}.tif", tiff(rgb16[:, :, :1], 1, 16, **options))
            write(f"tiff-associated-alpha-{layout}.tif", tiff(rgba, 2, tags=associated, **options))
            for bits in (1, 2, 4, 8):
                low = grey >> (8 - bits)
                colors = [(320, SHORT, [int(v) for v in RNG.integers(0, 65536, 3 << bits)])]
                write(f"tiff-palette{bits}-{layout}.tif", tiff(low, 3, bits, tags=colors, **options))
                if bits < 8:
                    write(f"tiff-grey{bits}-{layout}.tif", tiff(low, 1, bits, **options))


def write_all():
    from_pillow()
    by_hand()
