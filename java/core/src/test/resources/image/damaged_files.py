"""JPEG and PNG files whose ends are missing or that are damaged where no pixel depends on it."""

import struct
import zlib

from PIL import Image

from make_goldens import HERE, RNG, H, W, chunk, encoded, png, smooth, write

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(data):
    """[(type, content)]"""
    found, at = [], len(SIGNATURE)
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def joined(parts):
    return SIGNATURE + b"".join(chunk(kind, content) for kind, content in parts)


def broken(kind, content):
    return chunk(kind, content)[:-4] + b"\1\2\3\4"


def pngs():
    whole = png(2, 8)
    header, data, end = chunks(whole)
    write("png-no-end.png", whole[:-12])
    write("png-no-end-no-checksum.png", whole[:-16])
    write("png-no-end-no-adler.png", whole[:-20])
    write("png-trailing-bytes.png", whole + b"not a chunk" * 9)
    write("png-checksum-of-data.png", SIGNATURE + chunk(*header) + broken(*data) + chunk(*end))
    write("png-checksum-after-data.png", whole[:-12] + broken(b"tEXt", b"Comment\0hello") + whole[-12:])
    half = len(data[1]) // 2
    split = [header, (b"IDAT", data[1][:half]), (b"IDAT", b""), (b"IDAT", data[1][half:]), end]
    write("png-split-data.png", joined(split))
    write("png-damaged-descriptions.png", joined([header, (b"zTXt", b"abc"), (b"iTXt", b"\xff"), (b"tIME", b""), data, end]))
    write("png-header-second.png", joined([(b"tEXt", b"Comment\0early"), header, data, end]))
    write("png-more-rows.png", joined([header, (b"IDAT", zlib.compress(zlib.decompress(data[1]) + bytes(300))), end]))
    for interlaced in ("color2-depth8", "color3-depth4", "color6-depth8"):
        write(f"png-no-end-{interlaced}-interlace1.png", (HERE / f"png-{interlaced}-interlace1.png").read_bytes()[:-12])
    for depth in (1, 2, 4, 8):
        head, colors, *rest = chunks(png(3, depth))
        few = 3 * max(1, (1 << depth) // 3)
        write(f"png-short-palette-{depth}.png", joined([head, (b"PLTE", colors[1][:few]), *rest]))
    head, colors, *rest = chunks(png(3, 8))
    write("png-no-palette.png", joined([head, *rest]))
    write("png-late-palette.png", joined([head, rest[0], colors, rest[1]]))
    write("png-grey16-transparent.png", png(0, 16, extra=chunk(b"tRNS", b"\1\2")))
    write("png-rgb16-transparent.png", png(2, 16, extra=chunk(b"tRNS", b"\0\1\0\2\0\3")))
    write("png-needless-transparency.png", png(6, 8, extra=chunk(b"tRNS", b"\0\1\0\1\0\1")))
    frames = [Image.fromarray(smooth(W, H, 3)) for _ in range(3)]
    write("png-animated.png", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    write("png-animated-after.png", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True))


def jpegs():
    rgb = Image.fromarray(smooth(53, 41, 3))
    kinds = {
        "420": encoded(rgb, "JPEG", quality=85),
        "444": encoded(rgb, "JPEG", quality=85, subsampling="4:4:4"),
        "grey": encoded(rgb.convert("L"), "JPEG"),
        "restart": encoded(rgb, "JPEG", restart_marker_blocks=2),
        "cmyk": encoded(Image.fromarray(smooth(53, 41, 4), mode="CMYK"), "JPEG"),
    }
    for name, data in kinds.items():
        write(f"jpeg-no-end-trailer-{name}.jpg", data[:-2] + b"\0\0\1\n\x0e\0\0\0Image_UTC_Data1700000000000SEFHe\0SEFT")
        write(f"jpeg-no-end-segment-{name}.jpg", data[:-2] + b"\xff\xe5\0\x0812345678" + b"abc" * 20)
        write(f"jpeg-end-and-trailer-{name}.jpg", data + RNG.bytes(500))
    write("jpeg-scan-cut-short.jpg", kinds["420"][:-200] + b"\xff\xd9")


def write_all():
    pngs()
    jpegs()
