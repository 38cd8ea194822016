"""Image -> the pixel tensor CogVLM was trained on: Pillow's antialiased bicubic stretch, then CLIP's normalisation."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

# RGB mean and deviation: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021.
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def resized(image: Image.Image, size: int) -> Image.Image:
    """Any picture -> [size, size] RGB: stretched, never padded or cropped; alpha dropped and EXIF rotation ignored."""
    return image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)


def pixel_values(image: Image.Image, size: int) -> Tensor:
    """Any picture -> [3, size, size] f32."""
    rgb = torch.from_numpy(np.array(resized(image, size))).permute(2, 0, 1).contiguous().to(torch.float32) / 255
    return (rgb - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
