"""`realignment models`: the models that are known here, and one of them explained."""

from pathlib import Path

import click

COLUMNS = ("model", "title", "architecture", "attention", "parameters", "licence", "gated", "seen", "learning_rate", "at_hand")


@click.command(
    help="The models that are known here, or one of them: what it has seen and who says so, and how a profile names it."
)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> None:
    from realignment.config import models
    from realignment.core.console import note, table

    root, own = here()
    known = models.known(root, own)
    if name is None:
        table([row(one, root) for one in known.values()], columns=COLUMNS, as_json=as_json)
        note("`seen`: of the paper's 65 languages; empty where no list is published. `realignment models NAME` says more.")
        return
    said = explained(models.find(name, known), root)
    if as_json:
        table([said], as_json=True)
        return
    for line in lines(said):
        print(line)


def here() -> tuple[Path | None, dict | None]:
    """(the checkout, models of its active profile); (None, None) outside one."""
    from realignment.config import params
    from realignment.core.errors import BadInput
    from realignment.core.workspace import project_root

    try:
        root = project_root()
    except BadInput:
        return None, None
    return root, params.own_models(params.active_profile(root), root)


def row(model, root: Path | None) -> dict:
    """A line of the table. `at_hand`: whether its files lie on this machine, without the network."""
    from realignment.engine.bases import sizes

    config = config_of(model, root)
    return {
        "model": model.key,
        "title": model.title,
        "architecture": config.get("model_type"),
        "attention": reading(model, config),
        "parameters": sizes.parameters(config) if config else None,
        "licence": model.licence,
        "gated": model.gated,
        "seen": None if model.languages is None else len(pool() & set(model.languages)),
        "learning_rate": model.learning_rate,
        "at_hand": at_hand(model, root) is not None,
        "name": model.address,
        "from": model.place,
    }


def config_of(model, root: Path | None) -> dict:
    """As its entry has it, or its config.json where that is at hand and of an architecture that is known; else {}."""
    from realignment.core.errors import BadInput
    from realignment.engine.bases import architecture

    folder = None if model.sizes else at_hand(model, root)
    try:
        return model.sizes or (architecture.told(architecture.read(folder)) if folder else {})
    except BadInput:
        return {}


def reading(model, config: dict) -> str | None:
    """How its attention is told what stands in a batch: packed, or padded; a decoder looks as its entry says."""
    from realignment.engine.bases.kinds import KINDS

    kind = KINDS.get(config.get("model_type", ""))
    if model.attention:
        return f"decoder, {model.attention}"
    return None if kind is None else "packed" if kind.packs else "padded"


def at_hand(model, root: Path | None) -> Path | None:
    from realignment.engine.bases import locate

    return locate.at_hand(model.address, root or Path.cwd()) if model.address else None


def pool() -> set[str]:
    from realignment.languages import table as languages

    return {code for code, one in languages.paper().items() if one.pool}


def explained(model, root: Path | None) -> dict:
    """All that is known of a model, and the lines of a profile that use it."""
    unseen = None if model.languages is None else sorted(pool() - set(model.languages))
    said = {
        one: getattr(model, one) for one in ("repository", "revision", "pinned", "source", "lora", "quantized", "sizes", "note")
    }
    return {
        **row(model, root),
        **said,
        "languages": model.languages,
        "unseen": unseen,
        "needs": needs(model, root),
        "profile": snippet(model),
    }


def needs(model, root: Path | None) -> str | None:
    """What realigning it with the settings of the active profile is expected to take; None where there is no profile or no config."""
    from realignment.config import params
    from realignment.core.errors import BadInput
    from realignment.core.workspace import Workspace
    from realignment.study import needs as expected

    config = config_of(model, root)
    if root is None or not config:
        return None
    try:
        settings = params.load(Workspace(root, params.active_profile(root)))
    except BadInput as fault:
        return f"not known while the active profile is at fault ({str(fault).splitlines()[0]})"
    spec = {one: getattr(model, one) for one in ("attention", "lora", "quantized")}
    return f"{expected.of(config, settings.realign, spec)} (realign of profile `{settings.profile}`)"


def snippet(model) -> str:
    """What stands in a profile."""
    said = [f"model: {model.key}"]
    said += [] if model.address else ["revision: <40 hex digits>"]
    said += [] if model.seen is not None else ["seen: [eng, ...]"]
    entry = ", ".join(said)
    return f"study: {{encoders: {{{model.key}: {{{entry}}}}}}}"


def lines(said: dict) -> list[str]:
    """The explanation for people."""
    from realignment.config.models import HUB

    place = f"{HUB}/{said['repository']}" if said["repository"] else said["name"]
    parameters = (
        f"{said['parameters']:,} parameters" if said["parameters"] else "parameters: by its config.json, when it is at hand"
    )
    found = [f"{said['title']} ({said['model']}, {said['from']}): {place}"]
    if said["repository"]:
        found.append(f"revision     {said['revision'] or 'none is known'}" + (f" ({said['pinned']})" if said["pinned"] else ""))
    attention = f", {said['attention']}" if said["attention"] else ""
    found.append(f"architecture {said['architecture'] or 'by its config.json'}{attention}; {parameters}")
    found.append(
        f"licence      {said['licence'] or 'not said'}"
        + (f"; gated: accept it at {place}, and set HF_TOKEN" if said["gated"] else "")
    )
    found.append(f"at hand      {'yes' if said['at_hand'] else 'no'}")
    if said["languages"] is None:
        found.append("seen         no list is published; a profile says it")
    else:
        unseen = ", ".join(said["unseen"]) or "none"
        found += [
            f"seen         {said['seen']} of the paper's {len(pool())}; unseen: {unseen}",
            f"source       {said['source']}",
        ]
    found += [f"{name:12} {said[name]}" for name in ("needs", "note") if said[name]]
    return [*found, f"profile      {said['profile']}"]
