from dataclasses import replace
from pathlib import Path

import pytest

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.engine import hardware
from realignment.study import inputs

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(hardware.device("auto") == "cuda", reason="is about a machine without a GPU")
def test_a_grid_for_gpus_is_planned_on_a_machine_without_one_where_a_cluster_computes_it():
    settings = params.load(Workspace(ROOT, "sample"))

    def planned(executor: str) -> str:
        return inputs.device(replace(settings, study=replace(settings.study, device="cuda", executor=executor)))

    assert planned("slurm") == planned("ray") == "cuda"
    with pytest.raises(BadInput, match="no GPU can be used"):
        planned("local")
