"""Question and history -> text, and text -> the token sequence the model reads."""

import dataclasses
import pathlib
from typing import Sequence

import sentencepiece
import tokenizers
import torch
from torch import Tensor

from cogvlm import LANGUAGE, VISION
from cogvlm_config import COGAGENT, COGVLM, CogVLMConfig

ANSWER_CUE = {"chat": "Answer:", "chat_old": "Answer:", "vqa": "Short answer:"}
TEMPLATES = ("base", *ANSWER_CUE)
Tokenizer = sentencepiece.SentencePieceProcessor | tokenizers.Tokenizer


def render(template: str, question: str, history: Sequence[tuple[str, str]] = (), family: str = COGVLM) -> str:
    """The text after the image. "base" is the bare question and knows no history.

    CogAgent's "chat" has instruction brackets, "chat_old" is what the others call "chat", and its "vqa" knows no
    history. The published CogAgent code writes the marker <EOI> before the last two. It is left out: training cuts it
    from the text.
    """
    if template == "base":
        return question
    if template not in ANSWER_CUE:
        raise ValueError(f"unknown template '{template}', expected one of {', '.join(TEMPLATES)}")
    if template == "chat" and family == COGAGENT:
        past = "".join(f" [INST] {asked} [/INST] {answered}" for asked, answered in history)
        return f"{past} [INST] {question} [/INST] "
    if template == "vqa" and family == COGAGENT:
        history = ()
    cue = ANSWER_CUE[template]
    past = "".join(f"Question: {asked} {cue} {answered}\n" for asked, answered in history)
    return f"{past}Question: {question} {cue}"


@dataclasses.dataclass(frozen=True)
class TokenSequence:
    ids: Tensor  # [1, L] int64
    types: Tensor  # [1, L] int64, LANGUAGE or VISION


def sequence(config: CogVLMConfig, text_ids: Sequence[int], with_image: bool) -> TokenSequence:
    """BOS, placeholders for boi, patches and eoi where there is an image, then the text."""
    image_rows = config.image_rows if with_image else 0
    ids = [config.bos_token_id] + [config.pad_token_id] * image_rows + list(text_ids)
    types = [LANGUAGE] + [VISION] * image_rows + [LANGUAGE] * len(text_ids)
    return TokenSequence(torch.tensor([ids]), torch.tensor([types]))


def tokenizer_file(directory) -> pathlib.Path:
    """A model directory's tokenizer.model if it has one, else its tokenizer.json, all that CogVLM2's have."""
    found = pathlib.Path(directory) / "tokenizer.model"
    return found if found.exists() else found.with_name("tokenizer.json")


def load_tokenizer(path) -> Tokenizer:
    """A tokenizer.model (SentencePiece) or a tokenizer.json (byte-level BPE)."""
    if str(path).endswith(".json"):
        return tokenizers.Tokenizer.from_file(str(path))
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Text -> ids without BOS or EOS; "<s>", "<|eot_id|>" and their like in the text stay ordinary text."""
    if isinstance(tokenizer, tokenizers.Tokenizer):
        tokenizer.encode_special_tokens = True  # as text, that is
        return tokenizer.encode(text, add_special_tokens=False).ids
    return tokenizer.encode(text, add_bos=False, add_eos=False)  # with the dummy prefix
