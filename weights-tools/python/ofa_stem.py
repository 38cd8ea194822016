"""OFA's picture stem: a ResNet without its fourth stage, with BatchNorm or with it folded away.

Shapes in comments: S image side in pixels, W channels of the first convolution (64 as published).
"""

import torch.nn.functional as F
from torch import Tensor, nn

NORM_EPS = 1e-5
EXPANSION = 4  # channels out of a residual block by those of its 3 x 3 convolution


def no_trace(name: str, value: Tensor) -> None:
    """Records nothing."""


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 with the stride, 1 x 1; the first of a stage has a convolution in its shortcut."""

    def __init__(self, source: int, width: int, stride: int, first: bool):
        super().__init__()
        out = EXPANSION * width
        self.conv1 = nn.Conv2d(source, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width, eps=NORM_EPS)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width, eps=NORM_EPS)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out, eps=NORM_EPS)
        self.downsample = None
        if first:
            projection = nn.Conv2d(source, out, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(out, eps=NORM_EPS))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + shortcut)


def stage(source: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    sources = [source] + [EXPANSION * width] * (blocks - 1)
    return nn.Sequential(
        *(Bottleneck(c, width, stride if i == 0 else 1, first=i == 0) for i, c in enumerate(sources))
    )


class ResNet(nn.Module):
    """The first three stages of a ResNet. Always in evaluation mode: BatchNorm uses its stored statistics."""

    def __init__(self, width: int, blocks: tuple[int, int, int]):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width, eps=NORM_EPS)
        self.layer1 = stage(width, width, blocks[0], 1)
        self.layer2 = stage(EXPANSION * width, 2 * width, blocks[1], 2)
        self.layer3 = stage(EXPANSION * 2 * width, 4 * width, blocks[2], 2)

    def forward(self, pixels: Tensor, trace=no_trace) -> Tensor:
        """[3, S, S] -> [16 W, S/16, S/16], each halving rounded up."""
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(pixels[None]))), 3, stride=2, padding=1)
        trace("vision.embeddings", rows(x))
        for i, layer in enumerate((self.layer1, self.layer2, self.layer3)):
            x = layer(x)
            trace(f"vision.layers.{i}", rows(x))
        return x[0]


def rows(picture: Tensor) -> Tensor:
    """[1, C, h, w] -> [h w, C], row by row."""
    return picture[0].flatten(1).T


def folded(stem: ResNet) -> ResNet:
    """The same stem with every BatchNorm in the convolution before it, as an engine may run it."""
    pairs = [(stem.conv1, stem.bn1)]
    for block in (*stem.layer1, *stem.layer2, *stem.layer3):
        pairs += [(getattr(block, f"conv{i}"), getattr(block, f"bn{i}")) for i in (1, 2, 3)]
        pairs += [tuple(block.downsample)] if block.downsample is not None else []
    for convolution, norm in pairs:
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        convolution.weight = nn.Parameter(convolution.weight * gain[:, None, None, None])
        convolution.bias = nn.Parameter(norm.bias - norm.running_mean * gain)
    stem.bn1 = nn.Identity()
    for block in (*stem.layer1, *stem.layer2, *stem.layer3):
        block.bn1 = block.bn2 = block.bn3 = nn.Identity()
        if block.downsample is not None:
            block.downsample[1] = nn.Identity()
    return stem
