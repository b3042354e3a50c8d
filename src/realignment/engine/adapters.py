"""Decoders: a frozen base with adapters in it (LoRA, by `peft`), which alone are trained, saved without the base and put back over it.

What the functions return is the model of `transformers`, its adapters within: whoever trains or reads it need not know of them.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core import strictjson
from realignment.core.errors import BadInput, FailedWork
from realignment.engine import encoder, recipes

if TYPE_CHECKING:
    import torch

WEIGHTS, ABOUT = "adapter_model.safetensors", "adapter_config.json"
HEAD = "score"  # what every decoder's class of `transformers` calls it
INSIDE = "base_model.model."  # before every name in a folder of peft's
SORTS = {  # class of a model -> what peft calls its task
    "AutoModel": "FEATURE_EXTRACTION",
    "AutoModelForTokenClassification": "TOKEN_CLS",
    "AutoModelForSequenceClassification": "SEQ_CLS",
}
# Of adapter_config.json, what is no part of the arithmetic: where the base was, what wrote it, what else than adapters is in the folder.
ASIDE = ("base_model_name_or_path", "revision", "inference_mode", "peft_version", "task_type", "modules_to_save", "auto_mapping")


@dataclass(frozen=True)
class Base:
    """A frozen decoder: where it lies, how it is read and what is trained in it, on which device, in which arithmetic."""

    folder: Path
    how: recipes.Decoder
    device: str = "cpu"
    dtype: str = "float32"  # bfloat16 keeps the base in it too: half the memory


def draw(base: Base, seed: int, auto: str = "AutoModel", **options):
    """The decoder with adapters that change nothing yet, and a head where `auto` has one, both drawn from `seed`."""
    return _placed(base, _with_adapters(base, seed, auto, options))


def carry_on(base: Base, seed: int, adapter: Path, auto: str, **options):
    """The decoder with the adapters of a realignment, and a head drawn from `seed`. FailedWork where one of their weights has no place."""
    model = _with_adapters(base, seed, auto, options)
    prefix = f"{model.base_model_prefix}."
    found = {f"{prefix}{name}": value for name, value in read(adapter, base.how).items()}
    own = {name for name in weights(model) if not name.startswith(f"{HEAD}.")}
    if wrong := sorted(own.symmetric_difference(found)):
        raise FailedWork(f"{adapter}: weights of the adapter and places for them differ: {len(wrong)}: {', '.join(wrong[:3])}")
    _put(adapter, model, found)
    return _placed(base, model)


def restore(base: Base, folder: Path, auto: str = "AutoModel", **options):
    """The decoder with adapters, and a head, as they were saved. BadInput where the folder holds others than the model has."""
    model = _with_adapters(base, 0, auto, options)
    found = read(folder, base.how)
    if wrong := sorted(weights(model).keys() ^ found.keys()):
        raise BadInput(f"{folder}: weights of another model: {len(wrong)} differ: {', '.join(wrong[:3])}; make it again")
    _put(folder, model, found)
    return _placed(base, model)


def within(model) -> bool:
    """Whether a model has adapters, which alone are trained."""
    return hasattr(model, "peft_config")


def weights(model) -> "dict[str, torch.Tensor]":
    """Those of the adapters, and the head beside them, under their names in the model of `transformers`."""
    from peft import get_peft_model_state_dict

    return get_peft_model_state_dict(model, save_embedding_layers=False)


def read(folder: Path, how: recipes.Decoder) -> "dict[str, torch.Tensor]":
    """`weights` of a folder; BadInput where it holds none, or a number that is none; FailedWork where its adapters are of another form than `how`."""
    import torch
    from safetensors.torch import load_file

    if not (folder / ABOUT).is_file() or not (folder / WEIGHTS).is_file():
        raise BadInput(
            f"{folder}: an adapter is required ({ABOUT}, {WEIGHTS}) and a whole model, or none, is there; realign again"
        )
    try:
        about = strictjson.loads((folder / ABOUT).read_text(encoding="utf-8"))
        found = load_file(folder / WEIGHTS)
    except Exception as fault:  # of safetensors too
        raise BadInput(f"{folder}: its adapter cannot be read ({' '.join(str(fault).split())[:200]}); make it again") from None
    wanted = {name: value for name, value in _listed(_form(how, "AutoModel")).items() if name not in ASIDE}
    if other := sorted(name for name, value in wanted.items() if about.get(name) != value):
        raise FailedWork(
            f"{folder / ABOUT}: {', '.join(f'{name} is {about.get(name)!r}, the job says {wanted[name]!r}' for name in other[:3])}; run again"
        )
    if broken := [name for name, value in found.items() if not bool(torch.isfinite(value).all())]:
        raise BadInput(f"{folder}: weights hold NaN or infinity: {len(broken)}: {', '.join(broken[:3])}; make it again")
    return {name.removeprefix(INSIDE): value for name, value in found.items()}


def save(model, tokenizer, folder: Path, card: str, base: tuple[str, str | None]) -> None:
    """Adapters and head, the model's configuration and the tokenizer; `base` is what its base is called, and its revision.

    `peft` and plain `transformers` load it. The same bytes each time.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)
    found = {f"{INSIDE}{name}": value.detach().cpu().contiguous() for name, value in weights(model).items()}
    save_file(found, folder / WEIGHTS, {"format": "pt"})
    (folder / WEIGHTS).chmod(0o644)  # as the other files: save_file leaves it to its owner alone
    form = model.peft_config["default"]
    form.base_model_name_or_path, form.revision = base
    about = {**_listed(form), "inference_mode": True}
    (folder / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    encoder.save_tokenizer(tokenizer, folder)
    (folder / "README.md").write_text(card, encoding="utf-8")


def _with_adapters(base: Base, seed: int, auto: str, options: dict):
    """On the CPU, where both are drawn: the same on every device, but for a quantized base. The adapters and the head are float32."""
    import torch
    from peft import get_peft_model

    kept = {"quantized": _in_four_bits(base), "device": base.device} if base.how.quantized else {}
    model = encoder.load(base.folder, seed, auto=auto, stored=base.dtype, looks=base.how.attention, **kept, **options)
    if auto != "AutoModel":
        getattr(model, HEAD).float()
    torch.manual_seed(seed)
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of peft, about a name of transformers'
        return get_peft_model(model, _form(base.how, auto)).get_base_model()


def _in_four_bits(base: Base) -> dict:
    """What `transformers` is told to keep linear layers in four bits (QLoRA, Dettmers et al. 2023), the head left out."""
    import torch
    from transformers import BitsAndBytesConfig

    how = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=getattr(torch, base.dtype), llm_int8_skip_modules=[HEAD]
    )  # fmt: skip
    return {"quantization_config": how, "device_map": {"": base.device}}


def _form(how: recipes.Decoder, auto: str):
    from peft import LoraConfig

    return LoraConfig(
        task_type=SORTS[auto], r=how.lora_rank, lora_alpha=how.lora_alpha, lora_dropout=how.lora_dropout, target_modules=how.targets
    )  # fmt: skip


def _listed(form) -> dict:
    """As adapter_config.json has it, sets in order."""
    return {name: sorted(value) if isinstance(value, set) else value for name, value in form.to_dict().items()}


def _put(folder: Path, model, found: "dict[str, torch.Tensor]") -> None:
    """The weights of a folder into the places of the same names; BadInput where one does not come to lie there."""
    import torch
    from peft import set_peft_model_state_dict

    own = weights(model)
    if wrong := [name for name, value in found.items() if value.shape != own[name].shape]:
        raise BadInput(
            f"{folder}: weights have another shape than the model: {len(wrong)}: {', '.join(wrong[:3])}; make it again"
        )
    set_peft_model_state_dict(model, {**own, **found})  # it wants every weight, also those of a head that stays as it was drawn
    now = weights(model)
    if wrong := [name for name, value in found.items() if not torch.equal(now[name], value.to(now[name].dtype))]:
        raise FailedWork(f"{folder}: peft places weights otherwise than their names say: {len(wrong)}: {', '.join(wrong[:3])}")


def _placed(base: Base, model):
    return model if base.how.quantized else model.to(base.device)
