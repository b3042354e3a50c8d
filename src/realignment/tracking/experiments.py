"""Which experiment MLflow takes where none is named: a plugin of it, in a module of its own, which MLflow imports while it is imported."""

import json
import os
import sys

from mlflow.tracking.default_experiment.abstract_context import DefaultExperimentProvider

from realignment.core.errors import BadInput
from realignment.core.workspace import project_root


class ExperimentProvider(DefaultExperimentProvider):
    """MLflow asks it for an experiment when none was named. Answers inside a checkout only: that of the active profile."""

    def in_context(self) -> bool:
        try:
            project_root()
        except BadInput:
            return False
        return True

    def get_experiment_id(self) -> str:
        from realignment import tracking
        from realignment.config import params
        from realignment.core import pids
        from realignment.tracking import owner, projects

        root = project_root()
        os.environ[owner.STARTER] = json.dumps(pids.me())  # inherited by the project's command
        os.environ["REALIGNMENT_PREFIX"] = sys.prefix
        projects.register(root)
        return tracking.experiment(root, params.active_profile(root))
