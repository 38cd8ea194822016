"""Writes adapters and what the peft library makes of them, for the tests of `fovea convert --lora`.

python lora_goldens.py            writes weights-tools/src/test/resources/lora
python lora_goldens.py --check    compares with what is there

Each folder has a case.json, which names the checkpoint and its adapters, the adapters as save_pretrained writes them,
and merged.safetensors: the tensors that merge_and_unload changes, in f32. Needs peft.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import peft
import safetensors.torch
import torch

import checkpoint
import kosmos2

HOME = pathlib.Path(__file__).resolve().parents[2]
ROOT = HOME / "weights-tools/src/test/resources/lora"
TRACES = HOME / "java/core/src/test/resources/goldens/traces"
LIMIT = 1e-6

COGVLM = "head64_128"
KOSMOS2 = "kosmos2/queries12"
CASES = {
    "experts": (COGVLM, [("adapter", False, {
        "r": 3, "lora_alpha": 5,
        "target_modules": r"model\.layers\.0\.(self_attn\.(language_expert_dense|vision_expert_query_key_value)"
        r"|mlp\.(language_mlp\.down|vision_mlp\.up)_proj)",
        "rank_pattern": {"vision_mlp.up_proj": 2, r"self_attn\.vision_expert_.*": 4},
        "alpha_pattern": {r"mlp\.language_mlp\.(up|down)_proj": 0.75},
    })]),
    "encoder": (COGVLM, [("adapter", False, {
        "r": 2, "lora_alpha": 3,
        "target_modules": r"model\.(embed_tokens|vision\.(patch_embedding\.proj|linear_proj\.(linear_proj|gate_proj)"
        r"|transformer\.layers\.1\.(attention\.query_key_value|mlp\.fc2)))",
        "modules_to_save": ["norm1"],
    })]),
    "two": (COGVLM, [
        ("first", False, {"r": 2, "lora_alpha": 8, "target_modules": r"model\.layers\.1\..*gate_proj"}),
        ("second", True, {
            "r": 3, "lora_alpha": 2, "use_rslora": True,
            "target_modules": r"model\.layers\.1\..*(gate_proj|language_expert_dense)",
        }),
    ]),
    "kosmos2": (KOSMOS2, [("adapter", False, {
        "r": 4, "lora_alpha": 6, "use_rslora": True, "bias": "lora_only", "lora_bias": True,
        "target_modules": r".*(text_model\.model\.layers\.0\.(self_attn\.(q|v|out)_proj|ffn\.fc1)"
        r"|x_attn\.k_proj|layers\.1\.mlp\.fc2)",
        "modules_to_save": ["dense", "post_layernorm"],
    })]),
    "dora": (KOSMOS2, [("adapter", True, {
        "r": 2, "lora_alpha": 3, "use_dora": True,
        "target_modules": r".*(text_model\.model\.layers\.1\.(self_attn\.out_proj|ffn\.fc2)|patch_embedding)",
    })]),
}  # fmt: skip


def load(name: str) -> torch.nn.Module:
    directory = TRACES / name / "checkpoint"
    if name.startswith("kosmos2"):
        return kosmos2.load(directory, torch.float32)
    return checkpoint.load(directory)


def randomise(model: torch.nn.Module, seed: int) -> None:
    """Values for all that an adapter trains, in the order of their names."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, weight in sorted(model.named_parameters()):
            if weight.requires_grad:
                noise = torch.randn(weight.shape, generator=generator)
                weight.copy_(0.3 * noise + (weight if weight.dim() == 1 else 0))


def write(root: pathlib.Path) -> None:
    for seed, (case, (model_name, adapters)) in enumerate(CASES.items()):
        folder = root / case
        folder.mkdir(parents=True, exist_ok=True)
        model = load(model_name)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        for number, (name, torch_format, options) in enumerate(adapters):
            tuned = peft.get_peft_model(model, peft.LoraConfig(**options))
            randomise(tuned, 100 * seed + number)
            tuned.save_pretrained(folder / name)
            (folder / name / "README.md").unlink(missing_ok=True)
            config = json.loads((folder / name / "adapter_config.json").read_text(encoding="utf-8"))
            config.pop("auto_mapping", None)  # of this program's classes
            config["base_model_name_or_path"] = None
            _write_json(folder / name / "adapter_config.json", config)
            if torch_format:
                weights = folder / name / "adapter_model.safetensors"
                torch.save(safetensors.torch.load_file(weights), folder / name / "adapter_model.bin")
                weights.unlink()
            model = tuned.merge_and_unload()
        after = {name: value for name, value in model.state_dict().items() if name in before}
        if after.keys() != before.keys():
            raise ValueError(f"{case}: {before.keys() - after.keys()} are gone")
        changed = {name: value.contiguous() for name, value in after.items() if not value.equal(before[name])}
        if not changed:
            raise ValueError(f"{case}: nothing changed")
        safetensors.torch.save_file(changed, folder / "merged.safetensors")
        _write_json(folder / "case.json", {"model": model_name, "adapters": [name for name, _, _ in adapters]})


def _write_json(path: pathlib.Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def differences(fresh: pathlib.Path) -> list[str]:
    found = []
    for case in CASES:
        sides = [safetensors.torch.load_file(root / case / "merged.safetensors") for root in (fresh, ROOT)]
        if sides[0].keys() != sides[1].keys():
            found.append(f"{case}: other tensors")
            continue
        for name, value in sides[0].items():
            error = (value - sides[1][name]).abs().max() / value.abs().max()
            if not error <= LIMIT:
                found.append(f"{case}: {name}: {error:.1e}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write none")
    args = parser.parse_args()
    if not args.check:
        shutil.rmtree(ROOT, ignore_errors=True)
        write(ROOT)
        return
    with tempfile.TemporaryDirectory() as fresh:
        write(pathlib.Path(fresh))
        found = differences(pathlib.Path(fresh))
    print("\n".join(found) or "goldens are up to date")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
