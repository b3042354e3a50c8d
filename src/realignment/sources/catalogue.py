"""The paper's corpora as files: which the settings ask for, where each lies, and what it is called here. No request is made."""

import functools
from dataclasses import dataclass, field
from pathlib import Path

from realignment.config import schema
from realignment.config.yaml_lines import read as read_yaml
from realignment.core.errors import BadInput, nearest
from realignment.corpora.licences import CATALOGUE, terms
from realignment.languages import table as languages
from realignment.languages.table import ENGLISH
from realignment.tasks import AVERAGED

READABLE = (".parquet", ".tsv", ".txt", ".jsonl", ".gz")  # data; a dataset's script is never asked for
EVERY = 2**62  # rows: to the end of the file


@dataclass(frozen=True)
class Licence:
    """`stated` by the paper (A.8), `observed` at the source."""

    stated: str
    observed: str


@dataclass(frozen=True, eq=False)
class Corpus:
    """One entry of the catalogue: a bitext collection or an evaluation set."""

    name: str
    licence: Licence
    code: str  # column of codes.csv
    task: str = ""  # "" for bitext
    repo: str = ""
    revision: str = ""
    url: str = ""
    path: str = ""
    head: str = ""  # parquet | gzip: how rows are read from the head
    files: dict[str, str] = field(default_factory=dict)  # split -> path in the repository
    train: dict[str, str] = field(default_factory=dict)  # the same, of the English rows that train
    without: tuple[str, ...] = ()  # languages that are not read

    def called(self, language: str) -> str:
        """What the corpus calls a language; "" where it has none of it."""
        value = "" if language in self.without else languages.codes().get(language, {}).get(self.code, "")
        if self.code != "nli":
            return value
        sets = dict(one.split(":") for one in value.split(";") if one)
        return sets.get(self.name, "")


@dataclass(frozen=True)
class Wanted:
    """A file the settings ask for. `rows`: distinct pairs to bring from its head; None for the whole file."""

    path: str  # below the data folder
    corpus: Corpus
    language: str
    split: str = ""
    file: str = ""  # in the repository
    url: str = ""
    rows: int | None = None

    @property
    def source(self) -> str:
        """Where it lies, without the revision of a repository."""
        return self.url or f"hub:{self.corpus.repo}/{self.file}"


@functools.cache
def corpora() -> dict[str, Corpus]:
    """Name (`opus100`, `pos/udpos`) -> corpus."""
    content = read_yaml(CATALOGUE).content
    found = {}
    for name, about in {**content["bitext"], **content["evalsets"]}.items():
        task, _, short = name.rpartition("/")
        found[name] = Corpus(
            **{
                **about,
                "name": short,
                "task": task,
                "licence": Licence(**about["licence"]),
                "without": tuple(about.get("without", ())),
            }
        )
    return found


def bitext_rule(rule: str) -> str:
    """Column of codes.csv that says which corpus a language's bitext comes from, by the rule of a preset."""
    return {"paper": "opus100_rule", "reference-code": "reference_source"}[rule]


def plan(how: schema.Fetch) -> list[Wanted]:
    """Every file the settings ask for, sorted by path; BadInput for a set or language the catalogue does not hold."""
    asked = _languages(how)
    found = [bitext(language, how) for language in sorted(asked) if _corpus_of(language, how)]
    sets = [one for one in corpora().values() if one.task in how.tasks]
    names = {one.name for one in sets}
    for name in how.evalsets or ():
        if name not in names:
            raise BadInput(f"fetch.evalsets: `{name}` is no evaluation set of {', '.join(how.tasks)}; {nearest(name, names)}")
    for one in sets:
        if how.evalsets is None or one.name in how.evalsets:
            found += evalset(one, asked, trains=training(how, one.task) == one.name)
    return sorted(found, key=lambda one: one.path)


def _languages(how: schema.Fetch) -> set[str]:
    if how.languages is None:
        return set(languages.paper())
    asked = {languages.resolve(code) for code in how.languages} | {ENGLISH}
    for code in sorted(asked - set(languages.paper())):
        raise BadInput(f"fetch.languages: `{code}` is in no corpus of the paper; {nearest(code, languages.paper())}")
    return asked


def _corpus_of(language: str, how: schema.Fetch) -> str:
    return languages.codes().get(language, {}).get(bitext_rule(how.bitext), "")


def bitext(language: str, how: schema.Fetch) -> Wanted:
    """The head of a language's bitext with English."""
    one = corpora()[_corpus_of(language, how)]
    code = one.called(language)
    place = {"file": one.path.format(code=code)} if one.repo else {"url": one.url.format(code=code)}
    return Wanted(f"bitext/{one.name}/{language}.jsonl.gz", one, language, rows=how.max_pairs or EVERY, **place)


def evalset(one: Corpus, asked: set[str], trains: bool) -> list[Wanted]:
    """The test files of a set, and its English training file where it trains its task."""
    found = []
    for language in sorted(asked):
        if code := one.called(language):
            found += [_file(one, language, split, code, path) for split, path in one.files.items()]
    if trains:
        found += [_file(one, ENGLISH, split, "en", path) for split, path in one.train.items()]
    return found


def _file(one: Corpus, language: str, split: str, code: str, path: str) -> Wanted:
    place = {"file": path.format(code=code)} if one.repo else {"url": one.url.format(code=code)}
    ending = Path(place.get("file") or place["url"]).suffix
    name = "my.genre.test.tsv" if one.name == "myxnli" else f"{language}.{split}{ending}"
    return Wanted(f"evalsets/{one.task}/{one.name}/{name}", one, language, split, **place)


def training(how: schema.Fetch, task: str) -> str:
    """The set whose English rows train a task."""
    name = how.train.get(task)
    having = [one.name for one in corpora().values() if one.task == task and one.train]
    if name is None and len(having) == 1:
        return having[0]
    if name not in having:
        raise BadInput(f"fetch.train: set `{name}` of task {task} has no English training rows; known: {', '.join(having)}")
    return name


def claims() -> list[dict]:
    """One row per corpus of the paper: its licence as stated in A.8 and as its source states it, what the latter leaves, whether they agree.

    `own`: whether they agree but for what the source says it stands on, after its first semicolon.
    """
    rows = []
    for name, one in sorted(corpora().items()):
        if one.task and one.task not in AVERAGED:  # the paper prints nothing of it
            continue
        stated, observed = terms(one.licence.stated), terms(one.licence.observed)
        rows.append({
            "corpus": name, "stated": one.licence.stated, "observed": one.licence.observed, **vars(observed),
            "agree": stated == observed, "own": stated == terms(one.licence.observed.partition(";")[0]),
        })  # fmt: skip
    return rows
