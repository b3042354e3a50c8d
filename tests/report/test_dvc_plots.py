"""What `dvc plots show` shows: the report's figures, in a page that asks the network for nothing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


def test_dvc_plots_show_opens_the_figures_of_the_active_profile_without_a_network(tmp_path):
    plots = yaml.safe_load((ROOT / "dvc.yaml").read_text())["plots"]
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"plots": plots}))
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    shutil.copytree(ROOT / ".dvc", tmp_path / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    for profile, name in (("sample", "gains-small"), ("sample", "loss-small"), ("paper", "gains-xlmr")):
        figures = tmp_path / "reports" / profile / "figures"
        figures.mkdir(parents=True, exist_ok=True)
        (figures / f"{name}.svg").write_text(FIGURE)
    env = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "plots", "show"], cwd=tmp_path, env=env, check=True, capture_output=True)
    page = (tmp_path / "dvc_plots/index.html").read_text()
    shown = re.findall(r'src="([^"]+)"', page)
    assert [Path(one).name.removeprefix("workspace_reports_") for one in shown] == [
        f"sample_figures_{name}-small.svg" for name in ("gains", "loss")
    ]
    assert all((tmp_path / "dvc_plots" / one).read_text() == FIGURE for one in shown)
    assert "http" not in page


def test_no_stage_has_plots_that_dvc_would_draw_with_scripts_of_the_network():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert not any("plots" in stage for stage in stages.values())
