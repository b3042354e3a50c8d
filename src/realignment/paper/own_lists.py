"""Tables 5 to 7 of a profile: its languages, its subsets, the sizes of the sets that it fetched; alone, and beside what the paper prints."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from realignment.corpora.manifest import Inputs
from realignment.languages import table as languages
from realignment.paper import language_tables
from realignment.paper.language_tables import KEYS, SPELLED, TRAINING, about
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS

HERE, DIFFERS, NOT_HERE, NO_ROW = "here", "differs", "not here", "in no row of the paper"
Sizes = Mapping[str, Mapping[str, Mapping[str, int]]]  # code, or TRAINING -> task -> set -> sentences


def own(number: str, given: Inputs, subsets: Mapping) -> list[dict]:
    """Table 5, 6 or 7 of a profile: its pool, the lists of subsets.json, or the test sentences of each set."""
    if number == "6":
        lists = subsets["subsets"].items()
        return [
            {"name": name, "n": one["n"], "languages": " ".join(one["languages"]), "rule": one["rule"]} for name, one in lists
        ]
    if number == "5":
        return [about(one) for one in given.languages.values() if one.pool]
    names = {code: one.name for code, one in given.languages.items()} | {TRAINING: TRAINING}
    found = [(names.get(code, code), code, by_task) for code, by_task in sorted(sizes(given).items())]
    return [
        {"language": name, "code": "" if code == TRAINING else code} | {task: _told(by_task.get(task, {})) for task in TASKS}
        for name, code, by_task in found
    ]


def sizes(given: Inputs) -> Sizes:
    """Test sentences of each set that was fetched, and, as TRAINING, English training sentences. Of a file that is not at hand the manifest
    counts all rows, which are test sentences but for English."""
    found: dict = defaultdict(lambda: defaultdict(dict))
    for path, entry in given.entries.items():
        if entry["kind"] == "evalset":
            rows = given.rows(path) or ({"test": entry["rows_kept"]} if entry["language"] != given.pivot else {})
            for code, split in ((entry["language"], "test"), (TRAINING, "train")):
                if rows.get(split):
                    found[code][entry["task"]][entry["set"]] = rows[split]
    return found


def fetched(found: Sizes) -> list[str]:
    """The tasks of which a profile has a set."""
    return [task for task in TASKS if any(task in by_task for by_task in found.values())]


def _told(sets: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(sets.items()))


def beside(paper: Paper, number: str, given: Inputs) -> list[dict]:
    """Table 5 or 7: each printed row, what the profile has in its place, and where the two differ; then what it has beside."""
    return (_languages if number == "5" else _sizes)(paper, given)


def _languages(paper: Paper, given: Inputs) -> list[dict]:
    ours, rows = {code: about(one) for code, one in given.languages.items() if one.pool}, []
    for printed in language_tables.printed(paper, "5"):
        mine = ours.pop(printed[KEYS["5"]], None)
        odd = (
            [f"{name}: {value}, here {mine[name]}" for name, value in printed.items() if mine[name] != value]
            if mine
            else [NOT_HERE]
        )
        rows.append({**printed, DIFFERS: "; ".join(odd)})
    return rows + [{**one, DIFFERS: NO_ROW} for one in ours.values()]


def _sizes(paper: Paper, given: Inputs) -> list[dict]:
    known = languages.paper()
    codes = {one.name: code for code, one in known.items()} | SPELLED | {TRAINING: TRAINING}
    ours, rows = dict(sizes(given)), []
    tasks = fetched(ours)
    for printed in language_tables.printed(paper, "7"):
        code = codes[printed["language"]]
        rows.append(_row(printed["language"], code, {task: printed[task] for task in tasks}, ours.pop(code, {})))
    names = {code: one.name for code, one in given.languages.items()}
    return rows + [
        {**_row(names.get(code, code), code, dict.fromkeys(tasks, ""), by_task), DIFFERS: NO_ROW}
        for code, by_task in sorted(ours.items())
    ]


def _row(name: str, code: str, printed: Mapping[str, str], mine: Mapping[str, Mapping[str, int]]) -> dict:
    """A printed size may be that of any set of the language: Table 7 gives one number a task."""
    row, odd = {"language": name, "code": "" if code == TRAINING else code}, []
    for task, size in printed.items():
        sets = mine.get(task, {})
        row |= {task: size, f"{task} {HERE}": _told(sets)}
        if int(size) not in sets.values() if size else sets:
            odd.append(f"{task}: {size or '-'}, here {_told(sets) or 'none'}")
    return {**row, DIFFERS: "; ".join(odd) if mine else NOT_HERE}


def tally(rows: Sequence[Mapping]) -> str:
    """A sentence on what differs."""
    counts = {what: sum(row[DIFFERS] == what for row in rows) for what in (NOT_HERE, NO_ROW)}
    same = sum(not row[DIFFERS] for row in rows)
    differing = len(rows) - same - sum(counts.values())
    return f"{same} rows as printed, {differing} differ, {counts[NOT_HERE]} not in this profile, {counts[NO_ROW]} in no row of the paper"
