"""What ``config.json`` of a CogVLM, CogVLM2 or CogAgent checkpoint says about the model's shape and constants."""

import dataclasses
import json
import pathlib

COGVLM, COGVLM2, COGAGENT = FAMILIES = ("cogvlm", "cogvlm2", "cogagent")


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
class CrossConfig:
    """CogAgent's high-resolution branch.

    ``config.json`` has the first three (as ``cross_hidden_size``, ``cross_compute_hidden_size``, ``cross_image_size``)
    and, in small checkpoints of our own, ``cross_num_heads``. The rest is in no file and has the published values;
    ``checkpoint.load`` takes it from the shapes of the tensors.
    """

    hidden_size: int
    compute_hidden_size: int
    image_size: int
    num_heads: int = 16
    patch_size: int = 14
    num_blocks: int = 24
    mlp_size: int = 2730
    classes: int = 768  # rows of the unused head

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
    eos_token_id: int | tuple[int, ...] = 2
    pad_token_id: int = 0
    template_version: str = "chat"
    num_multi_query_heads: int | None = None  # heads of keys and values; CogVLM2 only, see checkpoint.load
    cross: CrossConfig | None = None  # CogAgent only

    @property
    def family(self) -> str:
        if self.cross is not None:
            return COGAGENT
        return COGVLM if self.num_multi_query_heads is None else COGVLM2

    @property
    def head_size(self) -> int:
        return self.hidden_size // self.num_attention_heads

    @property
    def key_heads(self) -> int:
        return self.num_multi_query_heads or self.num_attention_heads

    @property
    def rope_base(self) -> float:
        """In no config.json: the published code has it as a constant."""
        return 500000.0 if self.family == COGVLM2 else 10000.0

    @property
    def image_rows(self) -> int:
        """boi, patches (2 x 2 of them a row in CogVLM2; of an odd grid the last row and column are lost), eoi."""
        side = self.vision.grid // 2 if self.family == COGVLM2 else self.vision.grid
        return side**2 + 2

    @property
    def stop_ids(self) -> tuple[int, ...]:
        return self.eos_token_id if isinstance(self.eos_token_id, tuple) else (self.eos_token_id,)

    @staticmethod
    def from_json(path) -> "CogVLMConfig":
        """Reads ``config.json``; keys that do not change the result are ignored."""
        raw = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        vision = VisionConfig(**_known(VisionConfig, raw["vision_config"]))
        if vision.image_size % vision.patch_size or vision.num_positions != vision.grid**2 + 1:
            raise ValueError(
                f"{path}: vision_config.num_positions is {vision.num_positions}, expected"
                f" (image_size / patch_size)^2 + 1 with image_size {vision.image_size}, patch_size {vision.patch_size}"
            )
        found = {**_known(CogVLMConfig, raw), "vision": vision}
        if isinstance(raw.get("eos_token_id"), list):
            found["eos_token_id"] = tuple(raw["eos_token_id"])
        if "cross_hidden_size" in raw:
            names = ("hidden_size", "compute_hidden_size", "image_size", "num_heads")
            found["cross"] = CrossConfig(**{name: raw[f"cross_{name}"] for name in names if f"cross_{name}" in raw})
        return CogVLMConfig(**found)


def _known(cls, raw: dict) -> dict:
    return {f.name: raw[f.name] for f in dataclasses.fields(cls) if f.name in raw}
