"""What a profile reads from outside its data folder, with digests. DVC cannot watch a package or a cache; it watches the settings that hold them."""

from pathlib import Path

from realignment import bases, digests, inputs
from realignment.console import note
from realignment.schema import Settings
from realignment.workspace import Workspace

Digests = dict[str, str | None]  # of encoders, by name


def encoders(workspace: Workspace, settings: Settings) -> dict[str, list[str]]:
    """Section -> names of the encoders it asks for, sorted, without those of the profile's own `pretrain`: DVC knows them."""
    aligner = settings.align.encoder if settings.align.aligner == "encoder" else None
    asked = {"align": [aligner] if aligner else [], "study": sorted({spec["name"] for spec in settings.study.encoders.values()})}
    return {section: [name for name in names if not _own(workspace, name)] for section, names in asked.items()}


def _own(workspace: Workspace, name: str) -> bool:
    return name.startswith("path:") and bases.resolved(name, workspace.root).is_relative_to(workspace.data.resolve())


def apart(workspace: Workspace, settings: Settings) -> list[str]:
    """The same names, each once."""
    return sorted({name for names in encoders(workspace, settings).values() for name in names})


def known(workspace: Workspace, settings: Settings, before: dict[str, Digests]) -> dict[str, Digests]:
    """Section -> name -> digest of its encoders, checked from their files; of one that is not at hand what was known `before`.

    A hub's revision says what its files are, so of a cache that holds just that no digest is needed, whether it has been downloaded
    or not.
    """
    found: dict[str, Digests] = {}
    with digests.kept(workspace.root / ".work" / "digests.json"):
        for section, names in encoders(workspace, settings).items():
            found[section] = {}
            for name in names:
                folder = bases.at_hand(name, workspace.root)
                if folder is None:
                    note(f"encoder `{name}` is not at hand yet; it is checked before anything is trained")
                found[section][name] = digest(folder, name) if folder else before.get(section, {}).get(name)
    return found


def digest(folder: Path, name: str) -> str | None:
    """sha256 over an encoder's files; None where its revision says what they are."""
    bases.checked(folder, name)
    return None if name.startswith("hub:") and bases.pinned(folder) else inputs.encoder_digest(folder)
