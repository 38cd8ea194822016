"""Question and history -> text, and text -> the token sequence the model reads."""

import dataclasses
from typing import Sequence

import sentencepiece
import torch
from torch import Tensor

from cogvlm import LANGUAGE, VISION
from cogvlm_config import CogVLMConfig

ANSWER_CUE = {"chat": "Answer:", "vqa": "Short answer:"}
TEMPLATES = ("base", *ANSWER_CUE)


def render(template: str, question: str, history: Sequence[tuple[str, str]] = ()) -> str:
    """The text after the image. "base" is the bare question and knows no history."""
    if template == "base":
        return question
    if template not in ANSWER_CUE:
        raise ValueError(f"unknown template '{template}', expected one of {', '.join(TEMPLATES)}")
    cue = ANSWER_CUE[template]
    past = "".join(f"Question: {asked} {cue} {answered}\n" for asked, answered in history)
    return f"{past}Question: {question} {cue}"


@dataclasses.dataclass(frozen=True)
class TokenSequence:
    ids: Tensor  # [1, L] int64
    types: Tensor  # [1, L] int64, LANGUAGE or VISION


def sequence(config: CogVLMConfig, text_ids: Sequence[int], with_image: bool) -> TokenSequence:
    """BOS, placeholders for boi, patches and eoi where there is an image, then the text."""
    image_rows = config.vision.grid**2 + 2 if with_image else 0
    ids = [config.bos_token_id] + [config.pad_token_id] * image_rows + list(text_ids)
    types = [LANGUAGE] + [VISION] * image_rows + [LANGUAGE] * len(text_ids)
    return TokenSequence(torch.tensor([ids]), torch.tensor([types]))


def load_tokenizer(path) -> sentencepiece.SentencePieceProcessor:
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def encode(tokenizer: sentencepiece.SentencePieceProcessor, text: str) -> list[int]:
    """Text -> ids with the dummy prefix, without BOS or EOS; "<s>" and its like in the text stay ordinary text."""
    return tokenizer.encode(text, add_bos=False, add_eos=False)
