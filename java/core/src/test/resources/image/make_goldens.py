"""Writes small picture files of every kind beside this script, and what Pillow makes of them.

For FILE there is FILE.ppm: Image.open(FILE).convert("RGB"); for some transparent ones there is FILE.white,
the same over white. Files named orientation* are turned upright first (ImageOps.exif_transpose). Needs
Pillow and numpy. The generator is seeded, so a second run with the same Pillow gives the same files.
Kinds with many files have modules of their own.
"""

import importlib
import io
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = pathlib.Path(__file__).parent
RNG = np.random.default_rng(20261122)
W, H = 19, 13


def smooth(w, h, channels):
    """A gradient with some noise: [h, w, channels] uint8; JPEG keeps it recognisable."""
    y, x = np.mgrid[0:h, 0:w].astype(float)
    planes = [
        127 + 100 * np.sin(x / w * (3 + c) + y / h * (2 - c)) + RNG.normal(0, 6, (h, w))
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def write(name, data):
    (HERE / name).write_bytes(data)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def foreign_profile():
    """An ICC profile far from sRGB: red and blue primaries swapped."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = data[:24] + bytes(12) + data[36:]  # the date of creation
    return data.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


# ---- PNG: every colour type, depth and interlace, written by hand since Pillow writes only some


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def packed(samples, depth):
    """[h, w, channels] integers to filter-0 scanlines."""
    lines = []
    for line in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            data = line.astype(">u2").tobytes()
        else:
            bits = ((line[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
            data = np.packbits(bits.reshape(-1)).tobytes()
        lines.append(b"\0" + data)
    return b"".join(lines)


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(color, depth, interlace=0, extra=b"", w=W, h=H, samples=None):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    if samples is None:
        samples = RNG.integers(0, 2**depth, (h, w, channels))
    if interlace:
        passes = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        data = b"".join(packed(p, depth) for p in passes if p.size)
    else:
        data = packed(samples, depth)
    header = struct.pack(">IIBBBBB", w, h, depth, color, 0, 0, interlace)
    palette = chunk(b"PLTE", RNG.bytes(3 * 2**depth)) if color == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + extra
        + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def pngs():
    for color, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlace in (0, 1):
                write(f"png-color{color}-depth{depth}-interlace{interlace}.png", png(color, depth, interlace))
    write("png-grey-transparent.png", png(0, 8, extra=chunk(b"tRNS", b"\0\x07")))
    write("png-rgb-transparent.png", png(2, 8, extra=chunk(b"tRNS", b"\0\1\0\2\0\3")))
    write("png-palette-transparent.png", png(3, 8, extra=chunk(b"tRNS", RNG.bytes(256))))
    write("png-gamma.png", png(2, 8, extra=chunk(b"gAMA", struct.pack(">I", 100000))))
    write("png-grey-gamma.png", png(0, 8, extra=chunk(b"gAMA", struct.pack(">I", 100000))))
    profile = chunk(b"iCCP", b"foreign\0\0" + zlib.compress(foreign_profile()))
    rgb = smooth(W, H, 3).astype(np.int64)
    head, rest = png(2, 8, samples=rgb)[:33], png(2, 8, samples=rgb)[33:]
    write("png-profile.png", head + profile + rest)
    write("png-one-pixel.png", png(6, 8, w=1, h=1))


# ---- JPEG


def without_segment(data, marker):
    at = 2
    while data[at + 1] != marker:
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return data[:at] + data[end:]


def jpegs():
    rgb = Image.fromarray(smooth(53, 41, 3))
    write("jpeg-grey.jpg", encoded(rgb.convert("L"), "JPEG", quality=90))
    for name, subsampling in {"444": "4:4:4", "422": "4:2:2", "420": "4:2:0"}.items():
        write(f"jpeg-{name}.jpg", encoded(rgb, "JPEG", quality=85, subsampling=subsampling))
        write(
            f"jpeg-progressive-{name}.jpg",
            encoded(rgb, "JPEG", quality=75, subsampling=subsampling, progressive=True),
        )
    write("jpeg-rgb.jpg", encoded(rgb, "JPEG", quality=90, keep_rgb=True))
    write("jpeg-restart.jpg", encoded(rgb, "JPEG", quality=85, restart_marker_blocks=3))
    write("jpeg-profile.jpg", encoded(rgb, "JPEG", quality=85, icc_profile=foreign_profile()))
    # no JFIF marker: decoders guess the colour space
    write("jpeg-bare-444.jpg", without_segment(encoded(rgb, "JPEG", subsampling="4:4:4"), 0xE0))
    write("jpeg-bare-420.jpg", without_segment(encoded(rgb, "JPEG", subsampling="4:2:0"), 0xE0))
    write("jpeg-trailing-bytes.jpg", encoded(rgb, "JPEG") + b"\xff\xd8 trailing")
    ink = Image.fromarray(smooth(53, 41, 4), mode="CMYK")
    cmyk = encoded(ink, "JPEG", quality=90)
    write("jpeg-cmyk.jpg", cmyk)
    write("jpeg-cmyk-bare.jpg", without_segment(cmyk, 0xEE))
    at = cmyk.index(b"Adobe") + 11
    write("jpeg-ycck.jpg", cmyk[:at] + b"\2" + cmyk[at + 1 :])


# ---- the rest


def others():
    rgb = Image.fromarray(smooth(W, H, 3))
    palette = rgb.quantize(40)
    gif = encoded(palette, "GIF")
    write("gif-palette.gif", gif)
    write("gif-grey.gif", encoded(rgb.convert("L"), "GIF"))
    write("gif-transparent.gif", encoded(palette, "GIF", transparency=3))
    frames = [Image.fromarray(smooth(W, H, 3)).quantize(16) for _ in range(2)]
    write("gif-animated.gif", encoded(palette, "GIF", save_all=True, append_images=frames))
    for name, data in {"": gif, "-transparent": encoded(palette, "GIF", transparency=3)}.items():
        at = data.index(b",\0\0\0\0" + struct.pack("<HH", W, H))
        moved = data[: at + 1] + struct.pack("<HH", 4, 2) + data[at + 5 :]
        write(f"gif-small-frame{name}.gif", moved[:6] + struct.pack("<HH", W + 9, H + 5) + moved[10:])
        write(f"gif-frame-past-screen{name}.gif", moved)
    write("bmp-rgb.bmp", encoded(rgb, "BMP"))
    write("bmp-palette.bmp", encoded(palette, "BMP"))
    write("bmp-bilevel.bmp", encoded(rgb.convert("1"), "BMP"))
    write("bmp-grey.bmp", encoded(rgb.convert("L"), "BMP"))
    write("bmp-alpha.bmp", encoded(Image.fromarray(smooth(W, H, 4)), "BMP"))
    pixels = RNG.integers(0, 2**15, (H, W + 1), dtype=np.uint16)
    header = struct.pack("<IiiHHIIiiII", 40, W, H, 1, 16, 0, pixels.nbytes, 0, 0, 0, 0)
    body = header + pixels.astype("<u2").tobytes()
    write("bmp-555.bmp", b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 54) + body)
    write("webp-lossless.webp", encoded(rgb, "WEBP", lossless=True))
    write("webp-lossless-alpha.webp", encoded(Image.fromarray(smooth(W, H, 4)), "WEBP", lossless=True, exact=True))
    write("webp-profile.webp", encoded(rgb, "WEBP", lossless=True, icc_profile=foreign_profile()))
    write("webp-lossy.webp", encoded(Image.fromarray(smooth(53, 41, 3)), "WEBP", quality=80))


def orientations():
    rgb = Image.fromarray(smooth(48, 32, 3))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010E] = "a description before the orientation"
        write(f"orientation-{orientation}.jpg", encoded(rgb, "JPEG", exif=exif))
        little = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)
        big = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)
        write(f"orientation-{orientation}.png", png(2, 8, extra=chunk(b"eXIf", little)))
        write(f"orientation-{orientation}-big-endian.png", png(2, 8, extra=chunk(b"eXIf", big)))


TRANSPARENT = [
    "bmp-masks-bgra.bmp", "gif-small-frame-transparent.gif", "gif-transparent.gif", "png-color4-depth8-interlace0.png",
    "png-color6-depth8-interlace0.png", "png-palette-transparent.png", "tiff-grey-alpha-raw.tif",
    "tiff-rgba-tiff_lzw.tif", "tiff-turned-alpha.tif",
    "webp-animated-lossless-small-frame.webp", "webp-lossless-alpha.webp",
    "webp-lossy-alpha-coarse.webp", "webp-lossy-alpha-f0-c1.webp", "webp-lossy-alpha-f1-c0.webp",
    "webp-lossy-alpha-f1-c1.webp", "webp-lossy-alpha-f2-c1.webp",
]  # fmt: skip


def over_white():
    for name in TRANSPARENT:
        with Image.open(HERE / name) as image:
            picture = image.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        Image.alpha_composite(white, picture).convert("RGB").save(HERE / (name + ".white"), "PPM")


def expectations():
    for file in sorted(HERE.iterdir()):
        if file.suffix in (".png", ".jpg", ".gif", ".bmp", ".webp", ".tif"):
            with Image.open(file) as image:
                if file.name.startswith("orientation"):
                    image = ImageOps.exif_transpose(image)
                image.convert("RGB").save(HERE / (file.name + ".ppm"))


if __name__ == "__main__":
    pngs()
    jpegs()
    others()
    orientations()
    for module in ("bmp", "damaged", "tiff", "webp", "tiff_deep", "tiff_turned", "gif"):
        importlib.import_module(f"{module}_files").write_all()
    expectations()
    over_white()
    print("Pillow", Image.__version__, file=sys.stderr)
