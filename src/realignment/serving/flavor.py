"""What `MLmodel` names: MLflow loads a fine-tuned model by this module, with what that file tells it (see `records/mlmodel.py`), and asks it to predict.

Nothing but safetensors and JSON is read, and no file that is not the one its run made.
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import realignment.core.hardening  # noqa: F401  before any library
from realignment.core.errors import BadInput, FailedWork
from realignment.records import sealing
from realignment.serving import answers, decoders, requests

BATCH = 8192  # tokens at once


class Served:
    """A model that answers one request after the other: a tokenizer is not for two threads at once."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.turn = reader, threading.Lock()

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """An answer per row, in order; of another request than the signature says, an error of MLflow's that says in one line what is wrong."""
        from realignment import tracking

        try:
            rows = requests.rows(data, self.reader.task)
            with self.turn:
                return answers.of(self.reader, rows)
        except BadInput as fault:
            raise tracking.refusal(str(fault)) from None


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> Served:
    """As MLflow calls it; BadInput where the folder is not the one that its run made."""
    from realignment.engine import answering, hardware, heads, recipes
    from realignment.engine.bases import locate

    folder, told = Path(path), dict(model_config or {})
    if wrong := {"task", "predict", "files"} - told.keys():
        raise BadInput(
            f"{folder / 'MLmodel'}: {', '.join(sorted(wrong))} is missing; this program writes it when it registers a model"
        )
    if wrong := sealing.differs(folder, told["files"]):
        raise BadInput(f"{wrong}; it is not the model that its run made, and is not served")
    how = {"batch_tokens": BATCH, "dtype": "float32", **told["predict"]}
    task, device = told["task"], hardware.device("auto")
    try:
        if "decoder" in told:
            base = decoders.base(folder, told, device)
            model, tokenizer = heads.restore(task, base, folder), locate.Tokenizer.of(base.folder).load()
        else:
            model, tokenizer = heads.load(task, folder, device), locate.Tokenizer.of(folder).load()
        return Served(answering.Reader(model, tokenizer, task, recipes.of(recipes.Predict, how, folder.name)))
    except FailedWork as fault:
        raise BadInput(str(fault)) from None
