"""What the page of a run in MLflow says of its lineage: what it read, what it made, and the command that goes down to the bytes."""

from realignment.core import network
from realignment.records import sealing
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking.datasets import Files, Source
from realignment.tracking.places import Place

LISTED = 100  # languages a set; the data set's profile lists more
SHORT = 12  # characters of a key or a hash that people are shown


def text(record: Record, sets: list[tuple[Files, Source]], encoder: tuple[str, str], place: Place) -> str:
    """The note, in Markdown, short because the page folds a long one; `encoder` is name and licence of the base encoder.

    Its links lead to pages of the interface it is read in.
    """
    read = [*_model(record, encoder, place), *(_set(files, source) for files, source in sets)]
    lines = [f"- **read** {one}" for one in read] + [f"- **made** {one}" for one in _made(record, place)]
    runs = _link("all runs of this experiment", f"experiments/{place.experiment}/runs")
    lines.append(f"- **lineage** `realignment lineage {record.key[:SHORT]}` goes down to the bytes of its data; {runs}")
    if trial := shown.trial(record):
        lines.insert(0, f"- **a trial by hand** with {trial}, which the profile does not have")
    return "\n".join(lines)


def _link(words: str, where: str) -> str:
    return f"[{words}](#/{where}?{network.RUNS_VIEW})"


def _model(record: Record, encoder: tuple[str, str], place: Place) -> list[str]:
    """The model a job started from: that of another run, or the base encoder; none where it guesses."""
    if record.parent:
        above = place.above
        if above is None:
            made = f"the model of the run with key `{record.parent[:SHORT]}`, which this store does not hold"
        else:
            made = f"the model that {_link(above.name or 'this run', f'experiments/{above.experiment}/runs/{above.run}')} made{_where(above)}"
        return [f"{made}: sha256 `{record.read[:SHORT]}`"]
    if sha256 := record.inputs.get("encoder"):
        name, licence = encoder
        return [f"the encoder `{record.cell.base}` (`{name}`): sha256 `{sha256[:SHORT]}`; licence: {licence}"]
    return []


def _where(place: Place) -> str:
    """Its version in the registry, and its page with metrics and data sets, as far as there are any."""
    found = []
    if place.version:
        name, _, number = place.version.rpartition("/")
        found.append(_link(f"{name}, version {number}", f"models/{name}/versions/{number}"))
    if place.model:
        found.append(_link("metrics and data sets", f"experiments/{place.experiment}/models/{place.model}"))
    return f" ({'; '.join(found)})" if found else ""


def _set(files: Files, source: Source) -> str:
    languages, parts = files.languages, [f"sha256 `{files.sha256[:SHORT]}`"]
    if source.origins:
        parts.append(_some("source", source.origins))
    parts.append(_some("licence", source.licences or ("unknown, because manifest.json lists no such bytes",)))
    named = ", ".join(languages) if len(languages) <= LISTED else "listed in the data set's profile"
    of = f" ({len(languages)} languages: {named})" if languages else ""
    return f"`{files.name}`{of}: {'; '.join(parts)}"


def _some(what: str, values: tuple[str, ...]) -> str:
    """Of many the first ones, and how many there are: a note is short."""
    more = f" and {len(values) - 3} more" if len(values) > 3 else ""
    return f"{what}: {', '.join(values[:3])}{more}"


def _made(record: Record, place: Place) -> list[str]:
    found = []
    if record.model:
        kept = "a model" if place.version else "a model that is not in the registry"
        found.append(f"{kept}{_where(place)}: sha256 `{sealing.model_digest(record)[:SHORT]}`")
    if predictions := record.hashes.get("predictions"):
        found.append(f"predictions: sha256 `{predictions[:SHORT]}`")
    return found
