"""Where everything of a profile lives. The only place that spells a path of the project."""

from dataclasses import dataclass
from pathlib import Path

from realignment.core.errors import BadInput


def project_root(start: Path | None = None) -> Path:
    """The checkout that holds `start` (default: the current folder): the nearest folder with params.yaml and dvc.yaml."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "params.yaml").is_file() and (folder / "dvc.yaml").is_file():
            return folder
    raise BadInput(f"a checkout of realignment (params.yaml, dvc.yaml) is required; {start} is in none; cd into it")


@dataclass(frozen=True)
class Workspace:
    """Paths of one profile in one checkout. Languages are ISO 639-3 or local-use codes."""

    root: Path
    profile: str

    @property
    def data(self) -> Path:
        return self.root / "data" / self.profile

    @property
    def settings(self) -> Path:
        return self.data / "settings.yaml"

    @property
    def languages(self) -> Path:
        return self.data / "languages.csv"

    @property
    def manifest(self) -> Path:
        return self.data / "manifest.json"

    @property
    def bitexts(self) -> Path:
        return self.data / "bitext"

    def bitext(self, language: str) -> Path:
        return self.bitexts / f"{language}.parquet"

    @property
    def evalsets(self) -> Path:
        return self.data / "evalsets"

    def evalset(self, task: str, name: str, language: str) -> Path:
        return self.evalsets / task / name / f"{language}.parquet"

    @property
    def excluded(self) -> Path:
        return self.data / "excluded.parquet"

    @property
    def quality(self) -> Path:
        return self.data / "quality"

    @property
    def subsets(self) -> Path:
        return self.data / "subsets.json"

    @property
    def vectors(self) -> Path:
        """Snapshots of language vectors, the same for every profile."""
        return self.root / "data" / "uriel"

    @property
    def alignments(self) -> Path:
        return self.data / "alignments"

    @property
    def encoders(self) -> Path:
        return self.data / "encoders"

    @property
    def study(self) -> Path:
        return self.data / "study.json"

    @property
    def settled(self) -> Path:
        """Questions that fresh seeds answer, a file each, see `question_file`."""
        return self.data / "settled"

    @property
    def reports(self) -> Path:
        return self.root / "reports" / self.profile

    @property
    def page(self) -> Path:
        return self.root / "reports" / "index.html"

    @property
    def authors_page(self) -> Path:
        """The authors' own runs."""
        return self.reports / "authors.html"

    @property
    def authors(self) -> Path:
        """Tables and figures of the authors' runs."""
        return self.reports / "authors"

    @property
    def work(self) -> Path:
        """Resumable state that DVC must not delete; ignored by git."""
        return self.root / ".work" / self.profile

    @property
    def tokens(self) -> Path:
        """Tokenised bitexts, by what they were made of and with."""
        return self.work / "tokens"

    @property
    def digests(self) -> Path:
        """sha256 of files by inode, size and times, see `digests`."""
        return self.work / "digests.json"

    @property
    def rescored(self) -> Path:
        """Scores by the predictions they follow from, see `rescoring`."""
        return self.work / "rescored.json"

    @property
    def outputs(self) -> Path:
        """sha256 of what stages wrote, see `outputs`."""
        return self.work / "outputs.json"

    @property
    def rows(self) -> Path:
        """What the rows of the tracking store's file were when the report was made, see `tracking.rows`."""
        return self.work / "rows.json"

    @property
    def planned(self) -> Path:
        """What the study that runs has planned, see `plan_file`."""
        return self.work / "planned.json"

    @property
    def forecast(self) -> Path:
        """What the last study was predicted to take when it began, see `forecast`."""
        return self.work / "forecast.json"

    @property
    def lock(self) -> Path:
        """What DVC says that the stages of every profile wrote."""
        return self.root / "dvc.lock"

    @property
    def spool(self) -> Path:
        """Finished jobs that wait for the tracking server."""
        return self.work / "spool"

    def turn(self, key: str) -> Path:
        """Lease of whoever is responsible for the job of a run key: a study, or a run by hand."""
        return self.work / "locks" / key

    def computing(self, key: str) -> Path:
        """Lease of the process that computes the job of a run key."""
        return self.work / "computing" / key

    def ticket(self, key: str) -> Path:
        """Which pack may compute the job of a run key, see `study.turns`."""
        return self.work / "tickets" / key

    @property
    def aside(self) -> Path:
        """Jobs that the last study set aside, see `executors.faults`."""
        return self.work / "aside.json"

    def steps(self, key: str) -> Path:
        """How far the training of a run key is, for those who watch it, see `engine.monitor`."""
        return self.work / "steps" / key

    def checkpoints(self, key: str) -> Path:
        """Where the training of a run key was, while it is not finished."""
        return self.work / "checkpoints" / key
