"""`verify` holds the settings against every file that a profile is made of, and a crate holds each."""

import profiles_made

from realignment.lineage.exports import files
from realignment.lineage.proof import pipeline
from realignment.lineage.proof.verdict import BROKEN, HELD, Link


def link(workspace) -> Link:
    (found,) = [one for one in pipeline.links(workspace) if "profiles/base.yaml" in one.name]
    return found


def test_a_base_profile_that_was_changed_since_the_settings_were_written_is_a_broken_link(tmp_path):
    root = profiles_made.checkout(tmp_path / "checkout")
    paper = (root / "profiles/paper.yaml").read_text()
    (root / "profiles/base.yaml").write_text(paper)
    workspace = profiles_made.own(root, "extends: base\nstudy: {seeds: [17]}\n")
    (root / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    assert profiles_made.faults(workspace) == ()
    assert link(workspace).verdict == HELD
    assert {"profiles/own.yaml", "profiles/base.yaml"} <= set(files.at_hand(workspace)), "a crate holds both"
    (root / "profiles/base.yaml").write_text(paper + "select: {n: 20}\n")
    assert link(workspace).verdict == BROKEN
    assert "`dvc repro`" in link(workspace).why
