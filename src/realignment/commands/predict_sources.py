"""What `predict` and `recommend` are fitted on, and the sets and languages that they are asked about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np

from realignment.commands.languages import active, at_hand, fetched
from realignment.core.console import note, track
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.predictor.calibrated import Calibrated
from realignment.predictor.experiment import Experiment, Key
from realignment.predictor.ground import Ground, Seen
from realignment.predictor.measured import Measured
from realignment.subsets import naming

SOURCE = click.option(
    "--source",
    default="published",
    show_default=True,
    help="Whose runs: published (the authors'), ours (the active profile's), both, or an import.",
)
ENCODER = click.option("--encoder", "encoders", multiple=True, help="Of this encoder alone; may be repeated.")
TASK = click.option(
    "--task",
    "tasks",
    multiple=True,
    help="Of this task alone; may be repeated. XQuAD has ten languages and is left out unless named.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
APART = "xquad"  # a task whose ten languages are none that a mean over tasks should hang on


@dataclass(frozen=True)
class Sources:
    """Runs of one or several sources. `known`: every language that they, and the checkout, know."""

    measured: Mapping[Key, Measured]
    ground: Ground
    known: Mapping[str, Language]
    unrun: Mapping[str, Seen] = field(
        default_factory=dict
    )  # encoders that are asked for and were never run -> what they have seen

    def fitted(self) -> dict[Key, Calibrated]:
        """BadInput where they are too few, or of too few heuristics, to say how far off a prediction is."""
        from realignment.predictor import calibrated

        found = {
            key: calibrated.fit(one, self.ground) for key, one in track(list(self.measured.items()), "models fitted and checked")
        }
        for (encoder, task), one in found.items():
            if not calibrated.bounded(told := sum(len(out) for out, _ in one.folds)):
                kinds = ", ".join(sorted({held.heuristic for held in one.measured.sets}))
                raise BadInput(
                    f"{encoder}, {task}: an interval requires sets that can be predicted without their own heuristic; {told} of the "
                    f"{len(one.measured.sets)} at hand can ({kinds}); run sets of other heuristics, or give --source published"
                )
        return found

    def told(self) -> None:
        """Says which runs were left out, and why."""
        for (encoder, task), one in self.measured.items():
            for why, count in sorted(one.left_out.items()):
                note(f"{encoder}, {task}: {count} runs are left out: {why}")
            if one.missing:
                note(
                    f"{encoder}, {task}: {', '.join(one.missing)} in no number: not every run of fine-tuning only and every source was evaluated in "
                    f"{'it' if len(one.missing) == 1 else 'them'}"
                )

    def told_of(self, codes: Iterable[str]) -> None:
        """Says which of these languages no run was realigned on, and what is known of them."""
        new = sorted(set(codes) - {code for made in self.measured.values() for one in made.sets for code in one.languages})
        far = [code for code in new if np.isnan(self.ground.distances[self.ground.rows([code])[0]]).all()]
        if near := [code for code in new if code not in far]:
            note(f"no run at hand was realigned on {', '.join(near)}: what they add is known by their distances and family alone")
        if far:
            note(
                f"no run at hand was realigned on {', '.join(far)}, which have no vector: what they add is known by their family alone"
            )


def gather(source: str, encoders: Sequence[str], tasks: Sequence[str], *, elsewhere: bool = False) -> Sources:
    """BadInput where the runs are not there. `elsewhere`: known models that were never run are taken too, and the runs of all encoders, which they are
    predicted from."""
    from realignment.core.workspace import project_root
    from realignment.predictor import experiment

    experiments = _experiments(source)
    found = experiment.together(experiments)
    away = unrun(project_root(), encoders, {encoder for encoder, _ in found}) if elsewhere else {}
    if away:
        experiment.chosen(found, [name for name in encoders if name not in away], tasks)  # each of the others has runs
    chosen = experiment.chosen(found, () if away else encoders, tasks)
    if not tasks:
        chosen = {key: one for key, one in chosen.items() if key[1] != APART} or chosen
    if len(experiments) > 1 and not encoders:
        chosen = _enough(chosen)
    known = {**at_hand(active()), **languages.paper()}
    for one in experiments:
        known |= one.languages
    return Sources(chosen, Ground(known, _vectors(source, known)), known, away)


def _enough(found: Mapping[Key, Measured]) -> dict[Key, Measured]:
    """Those that can be fitted, and a line on each other: of several sources one may have too few sets of an encoder. All where that is so of each."""
    from realignment.predictor.calibrated import LEAST

    sets = {key: len({one.languages for one in measured.sets}) for key, measured in found.items()}
    if all(count < LEAST for count in sets.values()):
        return dict(found)
    for (encoder, task), count in sets.items():
        if count < LEAST:
            note(f"{encoder}, {task}: left out, {count} distinct sets were run, and a prediction requires {LEAST}")
    return {key: one for key, one in found.items() if sets[key] >= LEAST}


def unrun(root: Path, encoders: Iterable[str], own: Collection[str]) -> dict[str, Seen]:
    """Known models among encoders without runs -> what they have seen; BadInput where that is not known."""
    from realignment.config import models

    known = models.known(root)
    found = {}
    for name in encoders:
        if name in own or name not in known:
            continue
        if (seen := known[name].seen) is None:
            raise BadInput(
                f"{name}: no list of the languages that it has seen is published, and what it gains depends on it; take it out"
            )
        found[name] = models.written_out(seen)
    return found


def _experiments(source: str) -> list[Experiment]:
    from realignment.core.workspace import project_root
    from realignment.paper.others.imported import load
    from realignment.paper.paper import Paper
    from realignment.report import experiments

    root = project_root()
    if source in (experiments.PUBLISHED, experiments.BOTH):
        authors = [experiments.of_authors(Paper(root))]
        return authors if source == experiments.PUBLISHED else [*authors, _ours()]
    return [_ours() if source == experiments.OURS else experiments.of_import(load(root, source))]


def _ours() -> Experiment:
    workspace = active()
    assert workspace is not None  # a checkout: without one there is no source at all
    if found := of_profile(workspace):
        return found[1]
    raise BadInput(
        f"{workspace.study}: a study with finished runs is required; make it with `dvc repro`, or give --source published"
    )


def of_profile(workspace: Workspace) -> tuple[dict, Experiment] | None:
    """study.json of a profile and its runs; None where it has no finished evaluation."""
    from realignment.corpora import manifest
    from realignment.report import experiments
    from realignment.results import tables
    from realignment.study import study_file

    content = study_file.trusted(workspace)
    if not content["records"]:
        return None
    known = languages.read(workspace.languages)
    _, studies = tables.studies(content, known, manifest.subsets(workspace))
    return (content, experiments.of_study(content, studies[0].runs, known)) if studies else None


def _vectors(source: str, known: Mapping[str, Language]):
    from realignment.commands.vectors import load_vectors
    from realignment.paper.facts import VECTORS
    from realignment.report.experiments import OURS

    return load_vectors(None if source == OURS else VECTORS, known.values())


@dataclass(frozen=True)
class Asked:
    """A set of languages that a gain is expected of; sorted."""

    name: str
    languages: tuple[str, ...]


def asked(words: Iterable[str], known: Mapping[str, Language]) -> list[Asked]:
    """`latin_diverse_10` (a list of Table 6), `swa,yor,ibo`, or `my_set=swa,yor,ibo`. BadInput for unknown codes, and for a set that is there twice."""
    found: list[Asked] = []
    for word in words:
        name, sign, rest = word.partition("=")
        if not sign and "," not in word and "_" in word and not _is_code(word):
            found.append(Asked(word, _listed(word)))
            continue
        codes = [code for code in (rest if sign else word).split(",") if code.strip()]
        if sign and not (name.strip() and codes):
            raise BadInput(f"NAME=CODE,CODE is required of a set; got `{word}`")
        if sign and name in naming.names():
            raise BadInput(f"set `{word}`: {name} is a list of Table 6; give the set another name")
        found.append(Asked(name if sign else word, tuple(sorted(coded(codes, f"set `{word}`", known)))))
    if twice := [one.name for place, one in enumerate(found) if one.languages in [other.languages for other in found[:place]]]:
        raise BadInput(f"distinct sets are required; `{twice[0]}` has the languages of another; leave it out")
    if twice := [one.name for place, one in enumerate(found) if one.name in [other.name for other in found[:place]]]:
        raise BadInput(f"distinct names of sets are required; `{twice[0]}` is there twice; rename one")
    return found


def _is_code(word: str) -> bool:
    """`ara_Arab` is one, `african_21` is none."""
    try:
        languages.resolve(word)
    except BadInput:
        return False
    return True


def _listed(name: str) -> tuple[str, ...]:
    parsed = naming.parse(name)
    if parsed.drawn or name == "none":
        raise BadInput(
            f"`{name}` is no list of languages; give a list of Table 6 such as latin_diverse_10, or codes such as swa,yor,ibo"
        )
    return tuple(sorted(naming.published(name).used))


def coded(words: Iterable[str], where: str, known: Mapping[str, Language]) -> list[str]:
    """Our codes of languages that are known and can be realigned on, in their order."""
    codes = languages.resolved([word.strip() for word in words if word.strip()], where, known)
    for code in codes:
        if code not in known:
            raise BadInput(
                f"{where}: unknown language `{code}`; {nearest(code, known)}; `realignment languages` lists those at hand"
            )
        if known[code].is_pivot:
            raise BadInput(f"{where}: {code} is the source side of every pair and cannot be realigned on; remove it")
    if not codes:
        raise BadInput(f"{where}: at least one language code is required; none is given")
    return codes


def with_bitext(codes: Collection[str], where: str) -> None:
    """BadInput where no bitext of a language is fetched, and no corpus of the catalogue has one."""
    fetched_here = {one["language"] for one in fetched(active()) if one["kind"] == "bitext"}
    listed = {code for code, row in languages.codes().items() if row["opus100"] or row["nllb_file"]}
    if without := sorted(set(codes) - fetched_here - listed):
        raise BadInput(
            f"{where}: bitext with English is required of each language; none is fetched, and no corpus known here has it, of {', '.join(without)}; "
            "remove it, or fetch bitext of your own (docs/own-data.md)"
        )


def pool_of(pool_file: Path | None, pool_name: str | None, known: Mapping[str, Language]) -> list[str]:
    from realignment.commands.subsets_choose import named_pool, read_pool

    if pool_file and pool_name:
        raise BadInput("one of --pool and --pool-name is required; both are given; leave one out")
    codes = read_pool(pool_file, dict(known)) if pool_file else named_pool(pool_name or "all_65", dict(known))
    with_bitext(codes, str(pool_file or f"pool {pool_name or 'all_65'}"))
    return codes


def evaluated(targets: Sequence[str], sources: Sources) -> None:
    """BadInput where a target was never evaluated: nothing could be compared with what is expected of it."""
    known = sorted({code for one in sources.measured.values() for code in one.languages})
    if never := [code for code in targets if code not in known]:
        raise BadInput(
            f"--targets: languages that the runs at hand were evaluated in are required; {', '.join(never)} was in none; evaluated: {', '.join(known)}"
        )
