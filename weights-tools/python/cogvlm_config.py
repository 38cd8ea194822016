"""What ``config.json`` of a CogVLM v1 checkpoint says about the model's shape and constants."""

import dataclasses
import json
import pathlib


@dataclasses.dataclass(frozen=True)
class VisionConfig:
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_heads: int
    image_size: int
    patch_size: int
    num_positions: int
    in_channels: int = 3
    layer_norm_eps: float = 1e-6

    @property
    def grid(self) -> int:
        return self.image_size // self.patch_size


@dataclasses.dataclass(frozen=True)
class CogVLMConfig:
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    vocab_size: int
    vision: VisionConfig
    rms_norm_eps: float = 1e-6
    bos_token_id: int = 1
    eos_token_id: int = 2
    pad_token_id: int = 0
    template_version: str = "chat"

    @staticmethod
    def from_json(path) -> "CogVLMConfig":
        """Reads ``config.json``; keys that do not change the result are ignored."""
        raw = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        for field in ("num_multi_query_heads", "cross_hidden_size"):
            if field in raw:
                raise ValueError(f"{path}: '{field}' belongs to a later member of the family; only CogVLM v1 is read")
        vision = VisionConfig(**_known(VisionConfig, raw["vision_config"]))
        if vision.image_size % vision.patch_size or vision.num_positions != vision.grid**2 + 1:
            raise ValueError(
                f"{path}: vision_config.num_positions is {vision.num_positions}, expected"
                f" (image_size / patch_size)^2 + 1 with image_size {vision.image_size}, patch_size {vision.patch_size}"
            )
        return CogVLMConfig(**{**_known(CogVLMConfig, raw), "vision": vision})


def _known(cls, raw: dict) -> dict:
    return {f.name: raw[f.name] for f in dataclasses.fields(cls) if f.name in raw}
