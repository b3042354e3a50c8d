"""What `realignment recommend` says: a table by size, the choice and its reason in words, the typological optimum, what the hours are enough for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.predictor import recommended, teaching
from realignment.predictor.calibrated import SHARE
from realignment.predictor.recommended import Recommended
from realignment.predictor.wish import Answer
from realignment.selection import heuristics
from realignment.subsets import registry

if TYPE_CHECKING:
    from realignment.commands.recommend import Found

DIVERSE = "uriel_diverse"  # the paper's heuristic that stands beside
CARRIERS = 5  # languages that are named as carrying a set
SEEDS = 4  # runs of a set that the authors have
CANNOT, CAN = "cannot be told from random draws", "above random draws"
BELOW, WHOLE = "below random draws", "the whole pool: every draw is this set"
LOSS = "No set of these sizes is expected to gain anything: fine-tuning only is expected to be as good or better, and costs less."
NO_GAIN = "Whether it gains anything over fine-tuning only cannot be told."
UNORDERED = (
    "No set is told from another: what is expected of sets whose heuristic was left out orders them no better than their size and chance do, so the first of "
    "many owes its place to chance, and its intervals are too narrow."
)


def content(found: "Found", how: Mapping[str, Any]) -> dict[str, Any]:
    """All that is said, as JSON has it."""
    wish, chosen = found.wish, found.chosen
    said: dict[str, Any] = {
        "languages": list(chosen.languages),
        "targets": list(wish.targets),
        "based_on": [
            {"encoder": encoder, "task": task, "targets": wish.evaluated((encoder, task))} for encoder, task in wish.keys
        ],
        "gain": _json(chosen.gain),
        "lead_over_random": _json(chosen.lead) | {"verdict": verdict(chosen)},
        "carried_by": [{"language": code, **_json(share)} for code, share in chosen.shares.items()],
        "smallest_alike": list(recommended.smallest(found.by_size, chosen).languages),
        "typological_optimum": typological(found),
        "settings": {"select": {"own": {how["name"]: list(chosen.languages)}}},
        "sizes": [row(one) for one in found.by_size.values()],
    }
    if how["teach"]:
        said["lessons"] = lessons(found, how["teach"])
    if how["budget"] is not None:
        said["budget"] = budget(how["budget"])
    return said


def row(one: Recommended) -> dict[str, Any]:
    """Of the table by size."""
    gain, lead = one.gain, one.lead
    return {
        "n": one.size,
        "gain": _round(gain.gain), "low": _round(gain.low), "high": _round(gain.high),
        "lead": _round(lead.gain), "lead_low": _round(lead.low), "lead_high": _round(lead.high),
        "verdict": verdict(one), "languages": " ".join(one.languages),
    }  # fmt: skip


def verdict(one: Recommended) -> str:
    if len(one.pool) == one.size:
        return WHOLE
    return CANNOT if not one.lead.told else CAN if one.lead.gain > 0 else BELOW


def typological(found: "Found") -> dict[str, Any] | None:
    """The most diverse set of the pool of as many languages, and what it is expected to gain; None where a language has no vector."""
    ground, chosen = found.wish.grounds, found.chosen
    pool = [ground.languages[code] for code in found.pool]
    pivot = next(one for one in ground.languages.values() if one.is_pivot)
    space = heuristics.space([pivot, *pool], ground.vectors)
    if len(space.codes) < len(pool) + 1:
        return None
    choice = heuristics.computed(registry.RULES[DIVERSE], space, pool, pivot, heuristics.Wish(chosen.size))
    gain, lead = found.wish.of([choice.languages], np.ones((1, 1)))[0], chosen.over([choice.languages])
    return {
        "languages": list(choice.languages),
        "proven": choice.proven,
        "shared": len(set(choice.languages) & set(chosen.languages)),
        "gain": _json(gain),
        "lead_of_the_choice": _json(lead) | {"told": lead.told},
    }


def lessons(found: "Found", count: int) -> list[dict[str, Any]]:
    """Among the best sets, and random draws of the smallest, middle and largest size, those that were not run."""
    sizes = sorted(found.by_size)
    sets = {one.languages for one in found.by_size.values()}
    for size in {sizes[0], sizes[len(sizes) // 2], sizes[-1]}:
        sets |= set(recommended.draws(found.pool, size, 30))
    run = {frozenset(one.languages) for made in found.wish.models.values() for one in made.measured.sets}
    some = sorted(one for one in sets if frozenset(one) not in run)
    return [
        {
            "encoder": one.encoder,
            "tasks": list(one.tasks),
            "n": len(one.languages),
            "languages": list(one.languages),
            "variance_left": _round(one.left),
        }
        for one in teaching.lessons(found.wish, some, count)
    ]


def budget(hours: float) -> dict[str, Any]:
    """How many runs of a set the hours are enough for, by the jobs of the active profile: a run is its realignment, fine-tunings and evaluations."""
    from realignment.commands.languages import active
    from realignment.config import params
    from realignment.study import outlook

    workspace = active()
    if workspace is None:
        raise BadInput("--budget requires a checkout, whose active profile says what a run takes")
    known = outlook.of(workspace, params.load(workspace))
    jobs = [job for job in known.jobs if job.cell.subset != "none"]
    runs = len({(job.cell.encoder, job.cell.row, job.cell.seeds.label) for job in jobs})
    total = known.forecast.seconds(jobs).times(1 / 3600)
    if not runs or not total.mean:
        raise BadInput(
            f"--budget: profile {workspace.profile} plans no realigned run whose hours can be predicted; see `realignment study --plan`"
        )
    each = total.times(1 / runs)
    return {
        "hours": hours, "profile": workspace.profile, "encoders": sorted({job.cell.encoder for job in jobs}), "hours_of_a_run": {"mean": each.mean, "low": each.low, "high": each.high},
        "runs": int(hours // each.mean), "runs_at_worst": int(hours // each.high) if each.high else 0,
    }  # fmt: skip


def lines(found: "Found", said: Mapping[str, Any]) -> list[str]:
    """For people, beside the table."""
    chosen = found.chosen
    names = {code: languages.name_of(code) for code in chosen.pool}
    told = [f"Realign on {chosen.size}: {', '.join(chosen.languages)}."]
    gain, lead = said["gain"], said["lead_over_random"]
    told.append(
        f"Expected gain {_interval(gain)} points over fine-tuning only, {_whom(found)}; over random draws of {chosen.size} from this pool {_interval(lead)}: "
        + ("cannot tell." if lead["verdict"] == CANNOT else f"{lead['verdict']}.")
    )
    if chosen.gain.low <= 0:
        told.append(LOSS if chosen.gain.gain <= 0 else NO_GAIN)
    if not found.wish.ordered:
        told.append(UNORDERED)
    told += _reason(found, names)
    if said["smallest_alike"] != list(chosen.languages):
        some = said["smallest_alike"]
        told.append(f"The smallest size whose set cannot be told from it is {len(some)}: {', '.join(some)}.")
    told += _diverse(said["typological_optimum"], chosen.size)
    if missing := [
        code for code in found.wish.targets if not all(code in found.wish.evaluated(key) for key in found.wish.models)
    ]:
        told.append("Evaluated in part of the tasks alone: " + "; ".join(_where(found, code) for code in missing) + ".")
    if "budget" in said:
        told.append(_hours(said["budget"]))
        if others := sorted({encoder for encoder, _ in found.wish.keys} - set(said["budget"]["encoders"])):
            told.append(
                f"Those are no hours of {', '.join(others)}: `realignment profile NAME` switches to a profile that trains them."
            )
    for one in said.get("lessons", []):
        told.append(
            f"Would teach most: {one['encoder']} ({', '.join(one['tasks'])}) on {', '.join(one['languages'])}; "
            f"{one['variance_left']:.0%} of the candidates' variance is left after it."
        )
    own = next(iter(said["settings"]["select"]["own"]))
    told.append(
        f"In your profile: select: {{own: {{{own}: [{', '.join(chosen.languages)}]}}}}, study: {{subsets: [none, {own}]}}"
    )
    told.append(
        f"Intervals are to hold {SHARE:.0%} of what a set gains in truth, without the noise of its runs; expectations of sets unlike those that were run are the "
        "least certain (docs/predict.md)."
    )
    return told


def _whom(found: "Found") -> str:
    keys = found.wish.keys
    encoders, tasks = (list(dict.fromkeys(key[place] for key in keys)) for place in (0, 1))
    whom = f"in {', '.join(found.wish.targets)}" if found.wish.targets else "in all languages that are averaged over"
    return f"{whom}, mean of {', '.join(task.upper() for task in tasks)} with {', '.join(encoders)}"


def _reason(found: "Found", names: Mapping[str, str]) -> list[str]:
    """Which languages carry it, and how near it is to the targets."""
    chosen = found.chosen
    told = []
    carriers = [(code, share) for code, share in chosen.shares.items() if share.gain > 0][:CARRIERS]
    if carriers:
        sure = [code for code, share in carriers if share.told]
        many = ", ".join(f"{names[code]} ({share.gain:+.2f})" for code, share in carriers)
        certain = f"the intervals of {', '.join(sure)} leave zero out" if sure else "the interval of each alone includes zero"
        told.append(f"Carried by {many}: points it would lose with another language of the pool in place of each; {certain}.")
    ground = found.wish.grounds
    for code in found.wish.targets:
        if code in chosen.languages:
            told.append(f"{languages.name_of(code)} ({code}) is in the set itself.")
            continue
        far = ground.distances[ground.rows([code])[0], ground.rows(chosen.languages)]
        if np.isnan(far).all():
            continue
        near = [chosen.languages[place] for place in np.argsort(np.where(np.isnan(far), np.inf, far), kind="stable")[:3]]
        unseen = [key[0] for key in found.wish.keys if not ground.seen([code], found.wish.models[key].measured.seen)[0]]
        by = f", unseen by {', '.join(dict.fromkeys(unseen))}" if unseen else ""
        told.append(f"Nearest to {languages.name_of(code)} ({code}{by}) by typology: {', '.join(names[one] for one in near)}.")
    return told


def _diverse(one: Mapping[str, Any] | None, size: int) -> list[str]:
    if one is None:
        return ["The most diverse set is not known: a language of the pool has no vector."]
    sure = "proven" if one["proven"] else "the best found"
    lead = one["lead_of_the_choice"]
    tell = "cannot tell" if not lead["told"] else "ahead" if lead["mean"] > 0 else "behind"
    if one["shared"] == size:
        return [f"It is the most diverse set of {size} too ({sure})."]
    return [
        f"The most diverse {size} by typology ({sure}): {', '.join(one['languages'])}; {one['shared']} shared; expected {_interval(one['gain'])}; "
        f"the choice is {_interval(lead)} over it: {tell}."
    ]


def _where(found: "Found", code: str) -> str:
    tasks = sorted({task.upper() for encoder, task in found.wish.keys if code in found.wish.evaluated((encoder, task))})
    return f"{code} in {', '.join(tasks)}"


def _hours(one: Mapping[str, Any]) -> str:
    each = one["hours_of_a_run"]
    by = f"profile {one['profile']} (encoder {', '.join(one['encoders'])})"
    enough = f"{one['runs']} runs ({one['runs_at_worst']} at the upper end)"
    if one["runs"] < 1:
        return f"{one['hours']:g} hours are not enough for one run: it takes {each['mean']:.2f} ({each['low']:.2f} to {each['high']:.2f}) by {by}."
    return (
        f"{one['hours']:g} hours are enough for {enough} by {by}, at {each['mean']:.2f} ({each['low']:.2f} to {each['high']:.2f}) hours each; "
        f"a size costs no more than another, since the steps of a realignment are given. Fine-tuning only has to be run as often; the authors have {SEEDS} of each."
    )


def _json(one: Answer) -> dict[str, float]:
    return {"mean": _round(one.gain), "low": _round(one.low), "high": _round(one.high)}


def _interval(one: Mapping[str, float]) -> str:
    return f"{one['mean']:+.2f} [{one['low']:+.2f}, {one['high']:+.2f}]"


def _round(value: float) -> float:
    return round(float(value), 3) + 0.0  # no minus before nothing
