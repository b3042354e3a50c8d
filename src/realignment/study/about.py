"""What study.json says beside its records: profile, encoders and their bytes, device."""

from collections.abc import Mapping
from typing import Any

from realignment.config.schema import CEILING, Settings
from realignment.core.workspace import Workspace
from realignment.engine.bases import locate
from realignment.records.job import Job


def about(workspace: Workspace, settings: Settings, jobs: list[Job]) -> dict:
    """What study.json says beside its records."""
    encoders = {}
    for label, spec in settings.study.encoders.items():
        encoders[label] = _base(workspace, spec)
    return {
        **_ceiling(workspace, settings),
        "profile": settings.profile,
        "reading": settings.select.reading,
        "preset": settings.realign.preset,
        "encoders": encoders,
        "device": jobs[0].environment.get("device", "") if jobs else "",
    }


def _base(workspace: Workspace, spec: Mapping[str, Any]) -> dict:
    folder = locate.at_hand(spec["name"], workspace.root) or locate.resolve(spec["name"], workspace.root)
    return {"name": spec["name"], "seen": spec["seen"], "sha256": locate.encoder_digest(folder)}


def _ceiling(workspace: Workspace, settings: Settings) -> dict:
    return {CEILING: _base(workspace, settings.study.ceiling)} if settings.study.ceiling else {}
