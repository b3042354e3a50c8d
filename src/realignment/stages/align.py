"""Stage `align`: word alignments, for the word mode.

reads   bitext/, excluded.parquet
writes  alignments/<lang>.parquet: one row per training pair, in the order of the bitext, with its one-to-one links
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from realignment.config.schema import Settings
from realignment.core.console import track
from realignment.core.errors import BadInput
from realignment.core.files import put_in_place, writable
from realignment.core.workspace import Workspace
from realignment.corpora import bitext, segmentation
from realignment.engine import alignment, encoder, hardware, recipes

OFF = """# Word alignments

None: `align.aligner` is `none`, so realignment brings sentences together (Eq. 1 of the paper), which needs no word alignments.
"""


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """One row per language: pairs and links. With aligner `none` a folder that says so, for the stages that depend on it."""
    how = settings.align
    writable(workspace.work, workspace.data)
    workspace.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="align-", dir=workspace.work) as place:
        staging, rows = Path(place) / "alignments", []
        staging.mkdir()
        if how.aligner == "none":
            (staging / "README.md").write_text(OFF, encoding="utf-8")
            rows.append({"aligner": "none", "languages": 0})
        else:
            paths = sorted(workspace.bitexts.glob("*.parquet"))
            rows = [align(workspace, path, settings, staging) for path in track(paths, "aligning words")]
        workspace.data.mkdir(parents=True, exist_ok=True)
        put_in_place([(staging, workspace.alignments)])
    return rows


def align(workspace: Workspace, path: Path, settings: Settings, target: Path) -> dict:
    """Aligns the training pairs of one bitext."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pairs = bitext.read_train(path, bitext.excluded_rows(workspace.excluded, path.stem))
    sides = [[split(pair[side], settings.realign.splitter) for pair in pairs] for side in (0, 1)]
    links = list(find_links(workspace, settings, pairs, sides))
    kind = pa.list_(pa.int32())
    table = pa.table([pa.array([one[side] for one in links], kind) for side in (0, 1)], names=["source", "target"])
    pq.write_table(table, target / path.name, compression="zstd")
    number = sum(len(source) for source, _ in links)
    without = sum(not source for source, _ in links)
    shortest = sum(min(len(source), len(other)) for source, other in zip(*sides, strict=True))
    row = {"language": path.stem, "pairs": len(pairs), "links": number, "without_links": without}
    return {**row, "share_linked": round(number / max(shortest, 1), 3)}


def find_links(workspace: Workspace, settings: Settings, pairs: list, sides: list) -> Iterator[alignment.Links]:
    """One a pair, by the aligner of the settings; `sides` are its words, `pairs` its texts."""
    how = settings.align
    if how.aligner == "encoder":
        yield from alignment.by_encoder(
            *loaded(workspace.root, settings),
            [[pair[side] for pair in pairs] for side in (0, 1)],
            recipes.Align(how.layer, how.max_length, settings.realign.splitter, "float32"),
        )
        return
    with tempfile.TemporaryDirectory(dir=workspace.work) as place:
        yield from alignment.ALIGNERS[how.aligner](*sides, Path(place), identical=how.identical)


def loaded(root: Path, settings: Settings) -> tuple:
    """(model, tokenizer) of the aligning encoder."""
    how = settings.align
    if how.encoder is None:
        raise BadInput(
            "align.aligner is `encoder` and align.encoder names none; give hub:repo@revision, package:name/folder or path:DIR"
        )
    folder = encoder.resolve(how.encoder, root)
    encoder.require(folder, how.encoder, "align", how.max_length, how.layer)
    hardware.prepare(settings.study.threads)
    return encoder.load(folder, 0, device=hardware.device(settings.study.device)), encoder.load_tokenizer(folder)


def split(text: str, splitter: str) -> list[str]:
    """The words of a text as `batches.encode_texts` numbers them."""
    text = segmentation.normalise(text, splitter)
    return [text[start:end] for start, end in segmentation.spans(text, splitter)]
