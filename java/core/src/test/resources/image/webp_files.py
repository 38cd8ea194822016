"""WebP files, lossy ones with settings that Pillow has no words for: through the libwebp in its wheel."""

import ctypes
import pathlib
import struct

import numpy as np
import PIL
from PIL import Image

from make_goldens import encoded, foreign_profile, smooth, write

ABI = 0x0210


class Config(ctypes.Structure):
    """WebPConfig of libwebp's encode.h."""

    _fields_ = [
        ("lossless", ctypes.c_int), ("quality", ctypes.c_float),
        *((name, ctypes.c_int) for name in ("method", "image_hint", "target_size")),
        ("target_psnr", ctypes.c_float),
        *(
            (name, ctypes.c_int)
            for name in (
                "segments", "sns_strength", "filter_strength", "filter_sharpness", "filter_type", "autofilter",
                "alpha_compression", "alpha_filtering", "alpha_quality", "passes", "show_compressed",
                "preprocessing", "partitions", "partition_limit", "emulate_jpeg_size", "thread_level",
                "low_memory", "near_lossless", "exact", "use_delta_palette", "use_sharp_yuv", "qmin", "qmax",
            )
        ),
    ]


class Picture(ctypes.Structure):
    """WebPPicture of the same file."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("use_argb", "colorspace", "width", "height")),
        *((name, ctypes.c_void_p) for name in "yuv"),
        ("y_stride", ctypes.c_int), ("uv_stride", ctypes.c_int),
        ("a", ctypes.c_void_p), ("a_stride", ctypes.c_int), ("pad1", ctypes.c_uint32 * 2),
        ("argb", ctypes.c_void_p), ("argb_stride", ctypes.c_int), ("pad2", ctypes.c_uint32 * 3),
        ("writer", ctypes.c_void_p), ("custom", ctypes.c_void_p), ("info_type", ctypes.c_int),
        ("info", ctypes.c_void_p), ("stats", ctypes.c_void_p), ("error", ctypes.c_int),
        ("hook", ctypes.c_void_p), ("user", ctypes.c_void_p), ("pad3", ctypes.c_uint32 * 3),
        ("pad4", ctypes.c_void_p * 2), ("pad6", ctypes.c_uint32 * 8), ("memory", ctypes.c_void_p * 2),
        ("pad7", ctypes.c_void_p * 2),
    ]


def library():
    folder = pathlib.Path(PIL.__file__).parent.parent / "pillow.libs"
    ctypes.CDLL(str(next(folder.glob("libsharpyuv*"))), mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(str(next(folder.glob("libwebp-*"))))


def lossy(pixels, quality=75.0, **settings):
    """A file of [h, w, 3 or 4] uint8 with libwebp's settings."""
    webp, config, picture = library(), Config(), Picture()
    assert webp.WebPConfigInitInternal(ctypes.byref(config), 0, ctypes.c_float(quality), ABI)
    for name, value in settings.items():
        setattr(config, name, value)
    assert webp.WebPValidateConfig(ctypes.byref(config))
    assert webp.WebPPictureInitInternal(ctypes.byref(picture), ABI)
    h, w, channels = pixels.shape
    picture.width, picture.height = w, h
    data = np.ascontiguousarray(pixels).tobytes()
    read = webp.WebPPictureImportRGBA if channels == 4 else webp.WebPPictureImportRGB
    assert read(ctypes.byref(picture), data, channels * w)
    out = []
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
    sink = kind(lambda at, size, _: out.append(ctypes.string_at(at, size)) or 1)
    picture.writer = ctypes.cast(sink, ctypes.c_void_p)
    assert webp.WebPEncode(ctypes.byref(config), ctypes.byref(picture)), picture.error
    webp.WebPPictureFree(ctypes.byref(picture))
    return b"".join(out)


def shapes(w, h):
    """Flat coloured circles with sharp edges over a gradient, as screens and drawings have them."""
    y, x = np.mgrid[0:h, 0:w]
    pixels = smooth(w, h, 3) // 4 + 96
    for i, color in enumerate([(255, 0, 0), (0, 0, 255), (0, 128, 0), (0, 0, 0), (255, 255, 255)]):
        inside = (x - w * (i + 1) / 6) ** 2 + (y - h * (i % 3 + 1) / 4) ** 2 < (h / 5) ** 2
        pixels[inside] = color
    return pixels


def lossy_files():
    for i, (w, h) in enumerate([(1, 1), (2, 1), (1, 7), (16, 16), (17, 33), (32, 15)]):
        write(f"webp-lossy-{w}x{h}.webp", lossy(smooth(w, h, 3), 20.0 + 15 * i))
    for quality in (0, 10, 40, 75, 100):
        write(f"webp-lossy-q{quality}.webp", lossy(shapes(53, 41), float(quality)))
    settings = {
        "simple-filter": {"filter_type": 0, "filter_strength": 60},
        "strong-filter": {"filter_type": 1, "filter_strength": 100, "filter_sharpness": 0},
        "sharpness-3": {"filter_strength": 70, "filter_sharpness": 3},
        "sharpness-7": {"filter_type": 0, "filter_strength": 100, "filter_sharpness": 7},
        "no-filter": {"filter_strength": 0},
        "one-segment": {"segments": 1, "filter_strength": 50},
        "segments": {"segments": 4, "sns_strength": 100, "autofilter": 1},
        "partitions-2": {"partitions": 1},
        "partitions-8": {"partitions": 3},
        "method-0": {"method": 0},
        "method-6": {"method": 6, "passes": 4},
        "few-modes": {"partition_limit": 100},
    }
    for name, values in settings.items():
        write(f"webp-lossy-{name}.webp", lossy(shapes(70, 83), 35.0, **values))
    for filtering in (0, 1, 2):
        for compression in (0, 1):
            data = lossy(smooth(53, 41, 4), 60.0, alpha_filtering=filtering, alpha_compression=compression)
            write(f"webp-lossy-alpha-f{filtering}-c{compression}.webp", data)
    write("webp-lossy-alpha-coarse.webp", lossy(smooth(53, 41, 4), 60.0, alpha_quality=30))


def others():
    rgb, rgba = Image.fromarray(smooth(19, 13, 3)), Image.fromarray(smooth(19, 13, 4))
    write("webp-lossy-profile.webp", encoded(rgb, "WEBP", quality=80, icc_profile=foreign_profile()))
    for name, options in {"lossy": {}, "lossless": {"lossless": True}}.items():
        frames = [Image.fromarray(smooth(19, 13, 4)) for _ in range(3)]
        data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], **options)
        write(f"webp-animated-{name}.webp", data)
        canvas, frame = data.index(b"VP8X") + 12, data.index(b"ANMF") + 8
        moved = data[:canvas] + struct.pack("<I", 29)[:3] + struct.pack("<I", 21)[:3] + data[canvas + 6 :]
        moved = moved[:frame] + b"\3\0\0\2\0\0" + moved[frame + 6 :]  # in units of two pixels
        write(f"webp-animated-{name}-small-frame.webp", moved)
    for colors in (2, 4, 16, 200):
        write(f"webp-lossless-{colors}-colors.webp", encoded(rgb.quantize(colors).convert("RGB"), "WEBP", lossless=True))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        write(f"orientation-{orientation}.webp", encoded(rgb, "WEBP", lossless=True, exif=exif))
        write(f"orientation-{orientation}-lossy.webp", encoded(rgba, "WEBP", exif=exif))


def write_all():
    lossy_files()
    others()
