"""Two settings side by side, read from the runs that are there: for the terminal, and as a section of the page (`report.compare`)."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from realignment.config import params
from realignment.config.schema import Settings
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.report.view import Section, View, of_rows
from realignment.results import chains, in_common, selections, side_by_side
from realignment.results.chains import Chain
from realignment.results.side_by_side import SideBySide
from realignment.study import finished_runs
from realignment.study.finished_runs import FinishedRuns

TITLE = "Two settings side by side"
TEXT = (
    "Runs of several settings, from the tracking store; the same rows, seeds and evaluation files on every side. The first setting "
    "is what the others are held against. `realignment compare` shows any others."
)
MAKE = "`dvc repro study` makes the profile's runs, `realignment runs restore` puts back those of study.json"


class Runs:
    """The finished runs of profiles, each read once."""

    def __init__(self, root: Path, active: str) -> None:
        self.root, self.active, self.notes = root, active, []
        self._read: dict[str, tuple[FinishedRuns, list[Chain]]] = {}

    def of(self, profile: str) -> tuple[FinishedRuns, list[Chain]]:
        """The runs of a profile and its evaluations; what of it cannot be used goes into `notes`. BadInput where there is none."""
        if profile not in self._read:
            found = finished_runs.gather(Workspace(self.root, profile))
            held, broken = chains.of_records(found.records)
            if found.wrong:
                self.notes.append(f"{profile}: {in_common.listed(found.wrong)} cannot be believed, and not used")
            if broken:
                self.notes.append(f"{profile}: not used, for a run they are based on is not there: {in_common.listed(broken)}")
            self._read[profile] = found, held
        found, held = self._read[profile]
        if not held:
            raise BadInput(f"a finished evaluation is required, and profile `{profile}` has none; {MAKE}")
        return found, held

    def compared(self, texts: Sequence[str], kind: str = side_by_side.LEVELS) -> SideBySide:
        """The sides that texts name; BadInput in one line where they cannot be compared."""
        if len(texts) < 2:
            raise BadInput(
                f"two sides at least are required, got {len(texts)}: {selections.FORM}; `realignment compare` lists what differs"
            )
        wanted = [selections.parse(text, self.active, params.profiles(self.root)) for text in texts]
        sides, known = [], []
        for one in wanted:
            found, held = self.of(one.profile)
            presets = found.presets if "preset" in dict(one.wanted) else {}
            sides.append(selections.side(one, held, presets))
            known.append(in_common.Known(found.languages, found.seen))
        return side_by_side.of(sides, known, kind, self.of(wanted[0].profile)[1])

    def differing(self, profile: str) -> list[dict]:
        """One row per value of what differs between the runs of a cell: how many evaluations have it, in how many rows."""
        _, held = self.of(profile)
        known, rows = {fact for one in held for fact in one.facts}, []
        cells = chains.by_cell(held)
        varied: dict[str, set] = {}
        for place, one in cells.items():
            for name in chains.differing(one):
                varied.setdefault(name, set()).add(place)
        for name in sorted(varied, key=chains.order):
            there = [one for place in varied[name] for one in cells[place]]
            counts = Counter(one.facts.get(name, "") for one in there)
            for value in sorted(counts):
                having = {one.place[0] for one in there if one.facts.get(name, "") == value}
                about = {"setting": chains.called(chains.short(name, known)), "value": chains.shown(name, value)}
                rows.append({**about, "evaluations": counts[value], "rows": len(having)})
        return rows


def sections(root: Path, settings: Settings) -> list[Section]:
    """The comparisons that `report.compare` asks for; one that cannot be made says why in its place. None where none is asked for."""
    runs, texts, views = Runs(root, settings.profile), [TEXT], []
    for number, sides in enumerate(settings.report.compare):
        try:
            made = runs.compared(sides)
            views.append(view(made, number))
            texts += [f"Also different, {' and '.join(sides)}: {text}" for text in made.differences]
        except BadInput as fault:
            note(f"report.compare: {fault}")
            texts.append(f"{' and '.join(sides)} cannot be compared: {fault}.")
    return [Section("side-by-side", TITLE, (*texts, *runs.notes), tables=views)] if settings.report.compare else []


def view(made: SideBySide, number: int) -> View:
    """A comparison as a table of the page, below it what is left out."""
    notes = (*made.left_out, *made.notes)
    found = of_rows(f"side-by-side-{number + 1}", made.caption, made.shown, notes, section=side_by_side.HEAD[0])
    assert found
    return found
