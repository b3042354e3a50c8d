"""A profile's data folder in miniature: a pivot, three languages that spell its words in other letters, bitext and all three tasks."""

import json
import shutil
from pathlib import Path

import pytest
import shipped
from encoders import ALPHABETS

from realignment.config import params
from realignment.config.schema import Settings
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources.output import Counts, Origin, entry, write_bitext, write_evalset

ROOT = Path(__file__).parents[2]
CODES = {"qaa": ("eng", 5, True), "qab": ("deu", 5, True), "qac": ("rus", 4, True), "qad": ("swa", 1, False)}
LETTERS = {"qaa": ALPHABETS[0], "qab": ALPHABETS[0][::-1], "qac": ALPHABETS[1], "qad": ALPHABETS[2]}
NOUNS, VERBS = ["pab", "cod", "tef", "gah", "nim"], ["leku", "mora", "sita", "duba"]


def checkout(root: Path, empty_store: Path, patch: pytest.MonkeyPatch) -> None:
    """What a study and its report read of a checkout beside the data folder, with a store of its own that no variable leads away from."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        patch.delenv(name, raising=False)
    shutil.copy(empty_store, root / "mlflow.db")
    shipped.settings(root)
    for name in ("profiles", "data/published"):
        shutil.copytree(ROOT / name, root / name)


def spell(text: str, code: str) -> str:
    """The text of the pivot in the letters of another language, letter by letter."""
    return "".join(
        LETTERS[code][ALPHABETS[0].index(letter) % len(LETTERS[code])] if letter in ALPHABETS[0] else letter for letter in text
    )


def sentence(number: int) -> tuple[list[str], list[str]]:
    """(words, tags), the same for a number every time."""
    words = [
        NOUNS[number % 5],
        VERBS[number // 5 % 4],
        NOUNS[number // 20 % 5],
        VERBS[number // 100 % 4] + NOUNS[number // 7 % 5],
        ".",
    ]
    return words, ["NOUN", "VERB", "NOUN", "PROPN", "PUNCT"]


def build(root: Path, encoder: Path, **said) -> tuple[Workspace, Settings]:
    """The workspace under `root` and settings that train on it in seconds with the encoder of a folder, of which more may be `said`."""
    merged = params.merge("sample", ROOT)
    merged["select"] |= {"n": 2}
    merged["realign"] |= {"steps": 6, "pairs": 4}
    merged["finetune"] |= {"epochs": {"pos": 1, "ner": 1, "nli": 1}, "batch": 8, "max_length": 32}
    merged["evaluate"] |= {"retrieval_pairs": 20}
    merged["study"] |= {
        "encoders": {"small": {"name": f"path:{encoder}", "seen": "mbert", **said}},
        "device": "cpu",
        "seeds": [17, 23],
    }
    settings = params.validate(merged, "the small world")
    workspace = Workspace(root, "sample")
    known = [
        languages.Language(code, code, "Latin", code, code, joshi, ("mbert",) if seen else (), code != "qaa", "", shadow)
        for code, (shadow, joshi, seen) in CODES.items()
    ]
    languages.write(known, workspace.languages)
    files = []
    for code in list(CODES)[1:]:
        rows = [(" ".join(sentence(i)[0]), spell(" ".join(sentence(i)[0]), code), "test") for i in range(80)]
        path = write_bitext(workspace, code, rows, settings.fetch.heldout)
        files.append(entry(workspace, path, counts=Counts(80, 80), origin=Origin("test"), kind="bitext", language=code))
    for code in CODES:
        splits = [("test", range(100, 120)), *([("train", range(60))] if code == "qaa" else [])]
        numbers = [(split, i) for split, some in splits for i in some]
        counts = Counts(len(numbers), len(numbers))
        tagged = [(split, i, [spell(word, code) for word in sentence(i)[0]], sentence(i)[1]) for split, i in numbers]
        pos = [{"id": str(i), "words": words, "tags": tags, "split": split} for split, i, words, tags in tagged]
        ner = [{**row, "tags": ["B-PER" if tag == "PROPN" else "O" for tag in row["tags"]]} for row in pos]
        nli = [{"id": str(i), "premise": " ".join(words), "hypothesis": words[0], "label": ("entailment", "neutral", "contradiction")[i % 3], "split": split}
               for split, i, words, _ in tagged]  # fmt: skip
        for task, rows in (("pos", pos), ("ner", ner), ("nli", nli)):
            files.append(write_evalset(workspace, task, "made", code, rows, counts=counts, origin=Origin("test")))
    workspace.manifest.write_text(json.dumps({"source": "test", "files": sorted(files, key=lambda one: one["path"])}))
    exclude(workspace, [])
    everything = [code for code in CODES if code != "qaa"]
    subsets = {"none": [], "all": everything, "latin_diverse_2": ["qab", "qac"], "uriel_diverse_2": ["qac", "qad"]}
    about = {
        "n": 2,
        "rule": "made",
        "objective": None,
        "draws": {},
        "bound": None,
        "proven": False,
        "known_features": {},
        "erratum": "",
        "unavailable": "",
    }
    content = {
        "reading": "computed",
        "n": 2,
        "vectors": "",
        "pool": everything,
        "subsets": {name: {**about, "languages": codes} for name, codes in subsets.items()},
    }
    workspace.subsets.write_text(json.dumps(content))
    return workspace, settings


def exclude(workspace: Workspace, rows: list[dict]) -> None:
    """Write excluded.parquet with `rows` (path, row)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [
        ("kind", pa.string()),
        ("language", pa.string()),
        ("path", pa.string()),
        ("row", pa.int64()),
        ("reason", pa.string()),
    ]
    filled = [{"kind": "bitext", "language": Path(row["path"]).stem, "reason": "made", **row} for row in rows]
    pq.write_table(pa.Table.from_pylist(filled, schema=pa.schema(names)), workspace.excluded)
