"""A checkout whose registry holds a model for each task: drawn, not trained, with heads that tell many labels apart; all else is as a study leaves it."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import shipped
import small_grid
import small_world
import torch
import yaml

from realignment import tracking
from realignment.config import params
from realignment.config.schema import Settings
from realignment.core.workspace import Workspace
from realignment.engine import adapters, encoder, heads
from realignment.records import sealing
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.sources.output import Counts, Origin, write_evalset
from realignment.study import adapted, allowed, cards, evaluate, finetune, plainly, realign

ROOT = Path(__file__).parents[2]
CELL = Cell("small", "none", Seeds.all(17))
WINDOW, STRIDE = 40, 10


@dataclass(frozen=True)
class Checkout:
    workspace: Workspace
    settings: Settings
    models: dict[str, Record]  # task -> the record of its model

    @property
    def root(self) -> Path:
        return self.workspace.root

    def folder(self, task: str) -> Path:
        return tracking.model_folder(self.root, f"models:/{self.models[task].model}/1")[0]


def make(root: Path, empty_store: Path, base: Path, tasks: tuple[str, ...], **spec) -> Checkout:
    """On the encoder in `base`; a realigned encoder is registered beside the models."""
    root.mkdir()
    shutil.copy(empty_store, root / "mlflow.db")
    shipped.settings(root)
    shutil.copytree(ROOT / "profiles", root / "profiles")
    shutil.copytree(base, root / "encoder")
    workspace, settings = small_world.build(root, root / "encoder", **spec)
    content = yaml.safe_load(params.dump(settings))
    content.pop("profile")
    content["study"]["encoders"]["small"]["name"] = "path:encoder"
    content["finetune"]["epochs"]["pos"], content["finetune"]["learning_rate"]["pos"] = (
        4,
        0.005,
    )  # of those that the commands train
    (root / "profiles/sample.yaml").write_text(yaml.safe_dump(content))
    how = {"window": WINDOW, "stride": STRIDE, "epochs": {**settings.finetune.epochs, "xquad": 1}, "sentence_vector": "first"}
    most = dict.fromkeys(("pos", "ner", "nli"), 32) | {"xquad": WINDOW}
    settings = replace(settings, finetune=replace(settings.finetune, **how), evaluate=replace(settings.evaluate, max_length=most))
    if "xquad" in tasks:
        questions(workspace)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
            patch.delenv(name, raising=False)
        models = {task: register(workspace, finetune.plan(workspace, settings, CELL, task, None)) for task in tasks}
        above = realign.plan(workspace, settings, replace(CELL, subset="latin_diverse"))
        register(workspace, above)
    return Checkout(workspace, settings, models)


def questions(workspace: Workspace) -> None:
    rows = [
        {
            "id": f"{split}{number}",
            "question": "pab leku ?",
            "context": context(number),
            "answers": ["pab"],
            "starts": [0],
            "split": split,
        }
        for split in ("train", "test")
        for number in range(6)
    ]
    content = json.loads(workspace.manifest.read_text())
    counts = Counts(len(rows), len(rows))
    content["files"].append(write_evalset(workspace, "xquad", "made", "qaa", rows, counts=counts, origin=Origin("test")))
    workspace.manifest.write_text(json.dumps(content))


def context(number: int) -> str:
    """The longer the later: the last are several windows."""
    return "pab " + " ".join(word for n in range(1 + 3 * number) for word in small_world.sentence(7 * number + n)[0])


def register(workspace: Workspace, job: Job) -> Record:
    """The model of a job as a study would save it, its weights drawn."""
    made = workspace.work / "jobs" / job.key
    tokenizer = encoder.load_tokenizer(Path(job.base))
    decoder, called = adapted.base(workspace, job), adapted.called(workspace, job)
    if job.task:
        model = heads.over(job.task, decoder, 17, None) if decoder else heads.build(job.task, Path(job.base), 17)
        with torch.no_grad():
            for name, one in model.named_parameters():
                if not name.startswith(f"{model.base_model_prefix}."):
                    one.mul_(20)
                elif "lora_B" in name:  # nought when it is drawn
                    one.normal_(std=0.1)
        card = cards.model(job, heads.AUTO[job.task], job.params["sentence_vector"], base=called)
    else:
        model = adapters.draw(decoder, 17) if decoder else encoder.load(Path(job.base), 17)
        card = cards.encoder(job, base=called)
    adapted.save(workspace, job, model, tokenizer, made / "model", card)
    plainly.tell(made / "model")
    allowed.add(workspace, job, made)
    record = small_grid.finished(job, files=sealing.files(made))
    tracking.save(workspace.root, workspace.profile, record, made, keep=True)
    return record


def evaluated(checkout: Checkout, task: str, texts: list) -> list:
    """What an evaluation predicts for these texts, with the settings of its job."""
    from realignment.engine import examples, prediction, recipes

    parent = checkout.models[task].job
    job = evaluate.plan(checkout.workspace, checkout.settings, CELL, task, parent)
    how = recipes.of(recipes.Predict, job.params, job.name)
    model, tokenizer = evaluate.load(checkout.workspace, job, checkout.folder(task))
    tokenizer = tokenizer.load()
    rows = examples.Examples([""] * len(texts), texts, [], [[0]] * len(texts) if task == "xquad" else [])
    rows = replace(rows, gold=[[context[:1]] for _, context in texts]) if task == "xquad" else rows
    limits = examples.Limits(how.max_length, how.hypothesis_only, how.words, how.stride)
    encoded = examples.encode(rows, task, tokenizer, limits)
    return prediction.predict(model, rows, encoded, task, how)[0]


def config_of(folder: Path) -> dict:
    """What MLflow hands the loader of the model in a folder."""
    return yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["python_function"]["config"]
