"""What `realignment study --settle` prints: facts as JSON has them, and as rows for people."""

from typing import TYPE_CHECKING, Any

from realignment.results import settling
from realignment.statistics import inference
from realignment.study import question_file

if TYPE_CHECKING:
    from realignment.commands.study_settle_known import Known
    from realignment.results.settling import Answer
    from realignment.study.question_file import Written


def facts(known: "Known", written: "Written | None", plain: dict[str, Any], said: "Answer | None") -> dict[str, Any]:
    """`plain` is the question as it is written down. `written` is None for one that is not: then all is as a first batch would have it."""
    question = known.question
    spread = (
        settling.Spread(written.spread["sd"], written.spread["freedom"]) if written else settling.spread(known.before, question)
    )
    looks, first = settling.first(question, spread)
    low, high = spread.limits
    difference, ours, theirs = settling.seen(known.before, question)
    count = sum(map(len, written.batches)) if written else first.n
    runs, hours = forecast(known, count)
    return {
        "question": question.text,
        "number": written.number if written else 1 + max((one.number for one in known.others), default=0),
        "asked": written.asked if written else None,
        "same_rows": [one.number for one in question_file.alike(known.others, plain) if not written or one.id != written.id],
        "delta": question.delta,
        "power": question.power,
        "level": inference.LEVEL,
        "most": question.most,
        "seen": {"difference": difference, "seeds": ours, "seeds against": theirs},
        "spread": {"sd": spread.sd, "low": low, "high": high, "degrees of freedom": spread.freedom},
        "random_rows": settling.parts(known.before, question),
        "first_batch": {"seeds": first.n, "power": first.chance, "as asked for": first.whole},
        "required": {"seeds": settling.required(question, spread.sd), "with the upper spread": settling.required(question, high)},
        "looks": looks,
        "cost": {"seeds": count, "runs": runs, "hours": hours, "hours at most": forecast(known, question.most)[1]},
        "batches": _batches(known, written),
        **_answer(said),
    }  # fmt: skip


def forecast(known: "Known", seeds: int) -> tuple[int, float | None]:
    """(runs, hours one after another) of so many fresh seeds of both rows: by the mean seconds of finished runs, None without any."""
    return settling.cost(settling.seconds(known.content["records"], known.question), known.question, seeds)


def _batches(known: "Known", written: "Written | None") -> list[dict]:
    """Of each batch its seeds, and the difference of every one that is finished; the mean where it is whole."""
    made = []
    for seeds in written.batches if written else ():
        found = settling.differences(known.study, known.question, seeds)
        mean = sum(found.values()) / len(found) if len(found) == len(seeds) else None
        made.append(
            {
                "seeds": len(seeds),
                "finished": len(found),
                "mean": mean,
                "differences": {str(seed): value for seed, value in found.items()},
            }
        )
    return made


def _answer(said: "Answer | None") -> dict[str, Any]:
    return {
        "answer": said.outcome if said and said.outcome else None,
        "difference": said.mean if said else None,
        "interval": [said.low, said.high] if said and said.low is not None else None,
    }


def rows(found: dict[str, Any]) -> list[dict]:
    """The same for people: what, and what is said of it."""
    said = {
        "question": f"{found['question']}: better, worse, or nearer than {found['delta']:g} points?",
        "written down": _written(found),
        "seen so far": f"{found['seen']['difference']:+.2f} points on {_both(found['seen'])} seeds; they raise the question and do not answer it",
        "spread": _spread(found["spread"]),
        **{f"of {one['row']}": _parts(one) for one in found["random_rows"]},
        "fresh seeds needed": _needed(found),
        "cost": _cost(found),
        **{f"batch {place}": _batch(one) for place, one in enumerate(found["batches"], 1)},
        "answer": _said(found),
    }
    return [{"what": name, "says": text} for name, text in said.items() if text]


def _written(found: dict[str, Any]) -> str:
    which = f"question {found['number']} of this profile"
    more = (
        f"; the same rows and tasks were asked about before, in question {', '.join(map(str, found['same_rows']))}"
        if found["same_rows"]
        else ""
    )
    return (
        f"{which}, {found['asked']}" if found["asked"] else f"not yet; --run writes it down as {which} and computes it"
    ) + more


def _both(seen: dict[str, Any]) -> str:
    return str(seen["seeds"]) if seen["seeds"] == seen["seeds against"] else f"{seen['seeds']} and {seen['seeds against']}"


def _spread(one: dict[str, float]) -> str:
    return (
        f"{one['sd']:.2f} points (sd of the difference of one seed; 95 %: {one['low']:.2f} to {one['high']:.2f}, "
        f"{one['degrees of freedom']:.0f} degrees of freedom)"
    )


def _parts(one: dict[str, Any]) -> str:
    if one["draw"] is None or one["training seed"] is None:
        return f"{one['draws']} draws; {one['how']}; each fresh seed is a fresh draw"
    return f"sd of draws {one['draw']:.2f}, of training seeds {one['training seed']:.2f} points ({one['draws']} draws, {one['runs']} runs); each fresh seed is a fresh draw"


def _needed(found: dict[str, Any]) -> str:
    needed, upper, batch = found["required"]["seeds"], found["required"]["with the upper spread"], found["first_batch"]
    upper = f"{upper} with the upper spread" if upper else "beyond 100,000 with the upper spread"
    goal = f"to find {found['delta']:g} points in {_share(found['power'])} of cases"
    if not batch["as asked for"]:
        many = needed or "more than 100,000"
        return f"{many} {goal}, which is more than --most {found['most']}: that many find it in {_share(batch['power'])}; {upper}"
    then = f"; a second batch where the first leaves it open, {found['most']} in all at most" if found["looks"] == 2 else ""
    return f"{batch['seeds']} of both rows {goal} ({upper}){then}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _cost(found: dict[str, Any]) -> str:
    cost = found["cost"]
    if cost["hours"] is None:
        return f"{cost['runs']} runs; no finished run says how long they take"
    more = "" if cost["seeds"] == found["most"] else f"; {_hours(cost['hours at most'])} for {found['most']}"
    return f"{cost['runs']} runs, {_hours(cost['hours'])} one after another for {cost['seeds']} seeds{more}"


def _hours(value: float) -> str:
    return f"{value:.1f} hours" if value >= 1 else f"{60 * value:.1f} minutes"


def _batch(one: dict[str, Any]) -> str:
    mean = "" if one["mean"] is None else f": {one['mean']:+.2f} points"
    return f"{one['finished']} of {one['seeds']} seeds{mean}"


def _said(found: dict[str, Any]) -> str:
    if found["difference"] is None:
        return ""
    interval = "[{:+.2f}, {:+.2f}]".format(*found["interval"]) if found["interval"] else "(fresh seeds do not vary: no interval)"
    numbers = f"{found['difference']:+.2f} points {interval} by fresh seeds alone"
    return f"{found['answer']}: {numbers}" if found["answer"] else f"open: {numbers}; --run goes on"
