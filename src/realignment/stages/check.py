"""Stage `check`: quality and contamination; a violation stops the pipeline and says which rows.

reads   bitext/, evalsets/, languages.csv, manifest.json, and the snapshots of data/uriel
        tokenizers of encoders that are at hand
writes  excluded.parquet (kind, language, path, row, reason), quality/{bitext,evalsets,vectors,contamination,encoders}.json
"""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.config.schema import Settings
from realignment.core.console import note, track
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import writable
from realignment.core.workspace import Workspace
from realignment.corpora import contamination, exclusion, expectations, measures, overlap, row_languages, sides, text
from realignment.corpora.inspector import Inspector, Matches, Sentences, Whole
from realignment.engine.bases import locate, vocabulary
from realignment.languages import table as languages
from realignment.study import outside
from realignment.tasks import KINDS, QUESTIONS

if TYPE_CHECKING:
    pass

ROW, CELL = ("path", "row"), ("path", "language", "feature")


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """What each suite found, one row per expectation."""
    entries = read_manifest(workspace)
    writable(workspace.data, workspace.quality)
    inspector = Inspector.of(workspace, settings.check)
    note("checking evaluation sets")
    evalsets, sentences, trained = check_evalsets(inspector, [one for one in entries if one["kind"] == "evalset"])
    note("checking bitexts against them")
    bitexts, found, excluded = check_bitexts(inspector, [one for one in entries if one["kind"] == "bitext"], sentences)
    check_languages(inspector, {"bitext": bitexts, "evalset": evalsets})
    excluded += trained if settings.check.contamination == "exclude" else []
    vectors = check_vectors(workspace.vectors, inspector.examiner)
    encoders, unread = check_encoders(inspector, settings, entries)
    found = {"bitext": bitexts, "evalsets": evalsets, "vectors": vectors, "contamination": found, "encoders": encoders}
    write_quality(workspace.quality, {name: content for name, content in found.items() if content})
    outcomes = [one for content in (evalsets, bitexts, vectors) for one in content["outcomes"]]
    if wrong := expectations.violations(outcomes):
        remedy = "correct the data, or change the section check of the settings"
        raise FailedWork(f"check found {len(wrong)} violations: {' | '.join(wrong)}; {remedy}")
    write_excluded(workspace.excluded, excluded)
    shown = ("suite", "expectation", "column", "checked", "unexpected", "success")
    return [{name: one[name] for name in shown} for one in (*outcomes, *unread)]


def read_manifest(workspace: Workspace) -> list[dict]:
    try:
        return json.loads(workspace.manifest.read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        required = "the manifest of the data is required and does not exist"
        raise BadInput(f"{workspace.manifest}: {required}; make it with `dvc repro fetch`") from None


def check_evalsets(inspector: Inspector, entries: list[dict]) -> tuple[dict, Sentences, list[dict]]:
    """(outcomes and measures, the test sentences of each language, training rows that are test rows)."""
    import pandas as pd

    suites, expected = expectations.evalset_suites(inspector.how), languages.table7()
    sentences: Sentences = defaultdict(dict)
    rows = {kind: expectations.Rows(inspector.examiner, name, suites[name], ROW) for kind, name in expectations.SUITES.items()}
    files, sets = [], overlap.Sets()
    for entry in track(entries, "evaluation sets"):
        table = inspector.read(entry)
        frame = measures.examples(table, entry["task"], entry["path"])
        rows[KINDS[entry["task"]]].add(frame)
        count = expected.get((entry["language"], entry["task"], entry["set"]))
        texts = measures.sentences(table, entry["task"])
        script = text.share_of(text.letters(texts), languages.known(entry["language"], inspector.languages).script)
        files.append({**measures.evalset_file(frame, count), **measures.same(table, entry["task"]), "script_share": script})
        files[-1]["path"] = entry["path"]
        inspector.spoken.add(entry["language"], texts)
        inspector.hear(entry, texts)
        contexts = table.column("context").to_pylist() if entry["task"] in QUESTIONS else None
        sets.add(entry, table.column("split").to_pylist(), texts, contexts)
        columns = [*measures.TEXTS[KINDS[entry["task"]]], "split"]
        known = contamination.known(table.select(columns).to_pylist(), f"{entry['task']}/{entry['set']}")
        sentences[entry["language"]] = {**known, **sentences[entry["language"]]}
    outcomes = [one for some in rows.values() for one in some.outcomes()]
    measured = sets.measured(inspector.how.max_shared)
    files = [{**one, **measured[one["path"]]} for one in files]
    if files:
        outcomes += inspector.examiner.validate("evaluation files", suites["evaluation files"], pd.DataFrame(files), ROW)
    return {"outcomes": outcomes, "files": files}, sentences, sets.excluded()


def check_bitexts(inspector: Inspector, entries: list[dict], sentences: Sentences) -> tuple[dict, dict, list[dict]]:
    """(outcomes and measures, contamination by language, excluded rows)."""
    import pandas as pd

    pivots = [code for code, one in inspector.languages.items() if one.is_pivot]
    english = inspector.index({key: name for code in pivots for key, name in sentences[code].items()})
    suites = expectations.bitext_suites(inspector.how)
    rows = expectations.Rows(inspector.examiner, "bitext rows", suites["bitext rows"], ROW)
    everywhere = inspector.foreign(sentences)
    wholes, files, found, excluded, samples = {}, [], {}, [], {}
    for entry in track(entries, "bitexts"):
        whole, matches = (
            Whole(inspector, entry),
            (Matches(english), Matches(inspector.index(sentences[entry["language"]]), everywhere)),
        )
        for frame in whole.frames(*matches):
            rows.add(frame[frame["reason"] == ""])
            out = frame.loc[frame["reason"] != "", ["path", "row", "reason"]]
            excluded += [{"kind": "bitext", "language": entry["language"], **one} for one in out.to_dict("records")]
        source, target = (one.found for one in matches)
        found[entry["language"]] = contamination.summary(whole.measure.total, source, target)
        files.append(whole.measure.row(len({*source, *target})))
        wholes[entry["path"]], samples[entry["path"]] = whole.measure, whole.sample
        inspector.hear(entry, whole.sample.side(1))
    told = sides.told(samples, inspector.spoken, inspector.how.unlike)
    files = [{**one, **told[one["path"]]} for one in files]
    outcomes = rows.outcomes()
    for name in ("bitext files", "bitext sides"):
        outcomes += inspector.examiner.validate(name, suites[name], pd.DataFrame(files), ("path",))
    name_rows(outcomes, wholes)
    return {"outcomes": outcomes, "files": files}, {"policy": inspector.how.contamination, "languages": found}, excluded


def check_languages(inspector: Inspector, contents: dict[str, dict]) -> None:
    """What is told of the language of rows joins the outcomes and measures of their kind."""
    import pandas as pd

    if (unlike := inspector.how.unlike) is None:
        return
    note("telling the language of their rows")
    told, heard = inspector.rows.measured(unlike), {one.path: one for one in inspector.rows.files}
    for kind, suite in expectations.language_suites(inspector.how).items():
        for one in (files := contents[kind]["files"]):
            one.update(told[one["path"]])
            if kind == "evalset":
                alone = inspector.rows.alone(heard[one["path"]].language)
                one["set_reads_as"] = row_languages.set_reads_as(heard[one["path"]], inspector.spoken, unlike) if alone else None
        if files:
            contents[kind]["outcomes"] += inspector.examiner.validate(
                "languages of " + {"bitext": "bitexts", "evalset": "evaluation sets"}[kind],
                suite,
                pd.DataFrame(files),
                ("path", "foreign"),
            )


def name_rows(outcomes: list[dict], wholes: dict[str, exclusion.Bitext]) -> None:
    """Where a share of a bitext is a violation, its first rows join the example."""
    for one in outcomes:
        marks = one["column"].removesuffix("_share")
        for example in one["examples"] if one["column"] in ("identical_share", "duplicate_share", "contaminated_share") else ():
            rows = wholes[example["path"]].first[marks]
            example["rows"] = measures.present([str(row) for row in rows]) or None


def check_vectors(folder: Path, examiner: expectations.Examiner) -> dict:
    import pandas as pd

    paths = sorted(folder.glob("*.tsv.gz"))
    if not paths:
        raise BadInput(f"{folder}: a snapshot of language vectors (*.tsv.gz) is required and there is none; restore it with git")
    cells, rows = zip(*(measures.cells(path) for path in paths), strict=True)
    suites = expectations.vector_suites()
    outcomes = examiner.validate("vector cells", suites["vector cells"], pd.concat(cells, ignore_index=True), CELL)
    for path, frame in zip(paths, rows, strict=True):
        outcomes += examiner.validate(f"vector languages of {path.name}", suites["vector languages"], frame, ("path", "language"))
    return {"outcomes": outcomes, "files": [path.name for path in paths]}


def check_encoders(inspector: Inspector, settings: Settings, entries: list[dict]) -> tuple[dict, list[dict]]:
    """(encoder -> share of unknown tokens per language, one row per language that an encoder cannot read: no violation, but reported)."""
    found, rows = {}, []
    for name in outside.apart(inspector.workspace, settings):
        if (folder := locate.at_hand(name, inspector.workspace.root)) is None:
            continue
        tokenizer, counts = vocabulary.load(locate.checked(folder, name)), Counter()
        for entry in entries:
            texts = inspector.texts(entry, vocabulary.SAMPLE)
            counts.update(vocabulary.counts(entry["language"], vocabulary.unknown(tokenizer, texts)))
        found[name] = vocabulary.shares(counts)
        for code, share in sorted(found[name].items(), key=lambda one: -one[1]):
            if share > inspector.how.max_unknown:
                note(f"encoder `{name}` cannot read {code}: {share:.1%} of its tokens are unknown (check.max_unknown)")
                many = {"checked": counts[f"tokens/{code}"], "unexpected": counts[f"unknown/{code}"]}
                rows.append({"suite": f"encoder {name}", "expectation": "known tokens", "column": code, **many, "success": False})
    return found, rows


def write_quality(folder: Path, found: dict[str, dict]) -> None:
    """A file each, and no other left from an earlier check."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    for name, content in found.items():
        (folder / f"{name}.json").write_text(
            json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )


def write_excluded(path: Path, excluded: list[dict]) -> None:
    """Sorted by language and row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("kind", "language", "path", "row", "reason")
    columns = pa.schema([(name, pa.int64() if name == "row" else pa.string()) for name in names])
    rows = sorted(excluded, key=lambda one: (one["kind"], one["path"], one["row"]))
    pq.write_table(pa.Table.from_pylist(rows, schema=columns), path, compression="zstd")
