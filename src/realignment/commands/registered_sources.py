"""Every source of runs that is at hand, one by one: what was run already, and what registered predictions are held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from realignment.commands import predict_sources
from realignment.core.console import track
from realignment.core.errors import BadInput, nearest
from realignment.predictor import experiment
from realignment.predictor.asked import Asked, Ran
from realignment.predictor.experiment import Experiment, Key
from realignment.predictor.ground import Seen
from realignment.predictor.measured import Measured
from realignment.predictor.registered import Models


@dataclass(frozen=True)
class Source:
    """Runs of one source."""

    experiment: Experiment
    files: Mapping[str, str]  # what they were read from: file -> sha256
    models: Mapping[str, str]  # label -> key of the known model that an encoder is
    vectors: str  # the snapshot of language vectors

    @property
    def name(self) -> str:
        return self.experiment.source

    def measured(self) -> dict[Key, Measured]:
        """By the key of the model where an encoder is a known one, whatever it is called there."""
        found = self.experiment.measured()
        return {(self._key(label), task): replace(one, encoder=self._key(label)) for (label, task), one in found.items()}

    def chosen(self, tasks: Sequence[str]) -> dict[Key, Measured]:
        """In these tasks; BadInput where one was not run."""
        return experiment.chosen(self.measured(), (), tasks)

    def ran(self) -> Iterator[Ran]:
        for (label, subset, _, _), languages in self.experiment.lists.items():
            yield self.name, self._key(label), subset, frozenset(languages)

    def _key(self, label: str) -> str:
        return self.models.get(label, label)


def others(root: Path, given: str = "") -> list[Source]:
    """The authors' runs, imports and the studies of all profiles, but the one of a name."""
    from realignment.config import params
    from realignment.paper.others import stored
    from realignment.report.experiments import PUBLISHED

    names = [name for name in (PUBLISHED, *stored.names(root)) if name != given]
    studies = [_study(root, profile) for profile in params.profiles(root) if profile != given]
    return [*(source_of(root, name) for name in names), *filter(None, studies)]


def source_of(root: Path, name: str) -> Source:
    """`published`, `ours` (the active profile), a profile or the name of an import; BadInput where it has no runs."""
    from realignment.config import params
    from realignment.core.hashing import file_digest
    from realignment.paper.facts import VECTORS
    from realignment.paper.others import stored
    from realignment.paper.others.imported import load
    from realignment.paper.paper import FOLDER, Paper
    from realignment.paper.whole import SCORES
    from realignment.report import experiments

    profiles, imports = params.profiles(root), stored.names(root)
    if name == experiments.PUBLISHED:
        paper = Paper(root)
        found = experiments.of_authors(paper)
        files = {(FOLDER / one).as_posix(): file_digest(paper.path(one)) for one in (SCORES, "subsets.tsv")}
        return Source(found, files, {}, VECTORS)
    if name in imports:
        given = load(root, name)
        files = {(stored.FOLDER / name / one).as_posix(): value for one, value in given.about["files"].items()}
        return Source(experiments.of_import(given), files, {}, VECTORS)
    profile = params.active_profile(root) if name == experiments.OURS else name
    if profile not in profiles:
        raise BadInput(
            f"--source: unknown runs `{name}`; {nearest(name, [experiments.PUBLISHED, experiments.OURS, *imports, *profiles])}"
        )
    study = _study(root, profile)
    if study is None:
        raise BadInput(
            f"--source {name}: profile `{profile}` has no finished run; make it with `dvc repro study`, or give another --source"
        )
    return study


def _study(root: Path, profile: str) -> Source | None:
    """The study of a profile; None where it has no run."""
    from realignment.config import models, params
    from realignment.core.hashing import file_digest
    from realignment.core.workspace import Workspace

    workspace = Workspace(root, profile)
    found = predict_sources.of_profile(workspace)
    if found is None:
        return None
    content, experiment = found
    keys = {one.address: key for key, one in models.known(root).items()}
    called = {label: keys[one["name"]] for label, one in content["encoders"].items() if one["name"] in keys}
    files = {f"data/{profile}/study.json": file_digest(workspace.study)}
    return Source(experiment, files, called, params.load(workspace).select.vectors)


def addresses(root: Path, models: Models) -> dict[str, str | None]:
    """Of encoders that were never run."""
    from realignment.config import models as known
    from realignment.predictor.elsewhere import Elsewhere

    entries = known.known(root)
    return {
        name: entries[name].address for name in sorted({name for (name, _), one in models.items() if isinstance(one, Elsewhere)})
    }


def never_run(root: Path, wanted: Sequence[Asked], given: Source, tasks: Sequence[str]) -> dict[str, Seen]:
    """Of the encoders that are asked for, those without runs in the tasks -> what they have seen; BadInput where that is not known."""
    from realignment.config import models

    own = {encoder for encoder, _ in given.chosen(tasks)}
    away = sorted({one.encoder for one in wanted} - own)
    known = models.known(root)
    for name in away:
        if name not in known:
            raise BadInput(
                f"{name}: an encoder with runs, or a model that is known here, is required; {nearest(name, {*own, *known})}"
            )
    return predict_sources.unrun(root, away, own)


def fitted(root: Path, wanted: Sequence[Asked], given: Source, tasks: Sequence[str]) -> Models:
    """Of every encoder that is asked for, in every task: its own model where it has runs, else what those of others say."""
    from realignment.core.workspace import Workspace
    from realignment.languages import uriel
    from realignment.predictor import calibrated, elsewhere
    from realignment.predictor.ground import Ground

    ground = Ground(given.experiment.languages, uriel.load(given.vectors, Workspace(root, "").vectors))
    measured, away = given.chosen(tasks), never_run(root, wanted, given, tasks)
    asked = {one.encoder for one in wanted}
    needed = {key: one for key, one in measured.items() if away or key[0] in asked}
    made = {key: calibrated.fit(one, ground) for key, one in track(list(needed.items()), "models fitted and checked")}
    found: dict = {key: one for key, one in made.items() if key[0] in asked}
    for name, seen in track(list(away.items()), "encoders left out"):
        for task in sorted({task for _, task in made}):
            found[name, task] = elsewhere.fit(name, seen, [one for (_, same), one in made.items() if same == task])
    return found


def ground_files(root: Path, given: Source) -> dict[str, str]:
    """What is known of languages, which predictions are made from too: file -> sha256."""
    from realignment.core.files import DATA
    from realignment.core.hashing import file_digest
    from realignment.core.workspace import Workspace

    vectors = Workspace(root, "").vectors / f"{given.vectors}.tsv.gz"
    table = DATA / "languages.csv"
    return {f"data/uriel/{vectors.name}": file_digest(vectors), f"realignment/data/{table.name}": file_digest(table)}
