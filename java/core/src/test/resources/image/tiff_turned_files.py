"""TIFF files that say which way up they are: Pillow turns them as it reads them, by the tag or else by XMP."""

import numpy as np
from PIL import Image

from make_goldens import encoded, write

RNG = np.random.default_rng(20261124)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation=%s/></x:xmpmeta>'


def noise(channels):
    return Image.fromarray(RNG.integers(0, 256, (7, 11, channels), dtype=np.uint8))


def write_all():
    for orientation in range(2, 9):
        write(f"tiff-turned-{orientation}.tif", encoded(noise(3), "TIFF", tiffinfo={274: orientation}))
    # compressed, since Pillow 12.3 maps plain RGBA files into memory with their sides swapped
    write("tiff-turned-alpha.tif", encoded(noise(4), "TIFF", tiffinfo={274: 6}, compression="tiff_lzw"))
    write("tiff-turned-9.tif", encoded(noise(3), "TIFF", tiffinfo={274: 9}))
    write("tiff-turned-xmp.tif", encoded(noise(3), "TIFF", tiffinfo={700: XMP % b'"8"'}))
    write("tiff-turned-tag-and-xmp.tif", encoded(noise(3), "TIFF", tiffinfo={274: 3, 700: XMP % b'"8"'}))
