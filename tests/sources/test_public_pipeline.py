"""`dvc repro fetch check` on the profiles of the paper, all its languages and sets, against a server on the loopback."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import shipped
import yaml
from corpora_server import Site, serve
from made_corpora import Maker

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.sources import catalogue

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAIRS = 250


def clone(root: Path, address: str) -> Path:
    """The tracked files this needs, with profiles that ask `address` and take few pairs."""
    shipped.settings(root)
    shutil.copytree(CHECKOUT / ".dvc", root / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    shutil.copytree(CHECKOUT / "data/uriel", root / "data/uriel")
    shutil.copytree(CHECKOUT / "profiles", root / "profiles")
    (root / "data/sources.lock").write_text("[\n]\n")  # what is served here is not what the package locks
    (root / "src").symlink_to(CHECKOUT / "src")
    hosts = {f"https://{host}": f"{address}/{host}" for host in ("raw.githubusercontent.com", "storage.googleapis.com")}
    for name in ("paper", "reference-code"):
        path = root / f"profiles/{name}.yaml"
        content = yaml.safe_load(path.read_text())
        content["fetch"] |= {"mirrors": {"hub": address, **hosts}, "max_pairs": PAIRS}
        path.write_text(yaml.safe_dump(content))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def realignment(root: Path, *words: str, **more: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **more}
    done = subprocess.run([*words], cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done


@pytest.mark.slow
def test_both_profiles_of_the_paper_are_fetched_and_checked_twice(tmp_path):
    """With as many test sentences as Table 7 says; the second time without a request."""
    settings = params.load(Workspace(CHECKOUT, "paper"))
    how, encoders = settings.fetch, settings.study.encoders
    plan = {one.path: one for rule in ("paper", "reference-code") for one in catalogue.plan(replace(how, bitext=rule))}
    expected = languages.table7()

    def rows(one) -> int:
        if one.corpus.head:
            return PAIRS + 20
        return expected.get((one.language, one.corpus.task, one.corpus.name), 60) if one.split == "test" else 400

    site = Site(made=Maker(list(plan.values()), rows))
    site.revisions = {one.corpus.repo: one.corpus.revision for one in plan.values() if one.corpus.revision not in ("", "main")}
    with serve(site) as address:
        root = clone(tmp_path, address)
        for profile in ("paper", "reference-code"):
            realignment(root, "realignment", "profile", profile)
            realignment(root, "dvc", "repro", "fetch", "check")
            site.asked.clear()
            realignment(root, "dvc", "repro", "--force", "fetch", "check")
            assert site.asked == []
            files = json.loads((root / f"data/{profile}/manifest.json").read_text())["files"]
            bitexts = {one["language"]: one["rows_kept"] for one in files if one["kind"] == "bitext"}
            assert bitexts == dict.fromkeys((code for code, one in languages.paper().items() if one.pool), PAIRS)
            assert len({(one["task"], one["set"]) for one in files if one["kind"] == "evalset"}) == 9
            checked = json.loads((root / f"data/{profile}/quality/evalsets.json").read_text())["outcomes"]
            (counts,) = [one for one in checked if one["column"] == "tests,table7"]
            assert counts["success"] and counts["checked"] >= 160
            stock = realignment(root, "realignment", "doctor", "--files", "--json", HF_HUB_OFFLINE="1")
            missing = {row["source"] for row in json.loads(stock.stdout) if row["state"] != "present"}
            assert missing == {one["name"] for one in encoders.values()}, "the encoders come with the study"
            assert site.asked == []
