"""What lets `mlflow run . -e <verb>` start with neither conda nor pyenv: MLflow finds an environment by this project's
name and uses it. It holds one file, `bin/activate`, which puts the environment that is already there on PATH. It is not
an isolated environment, and each run says so in a tag.

The name hashes python_env.yaml and the requirements, so two clones share it: the file names no clone, but looks at the
environment `mlflow` itself runs in, and else at `.venv` of the folder the run starts in.
"""

from pathlib import Path

from realignment.core.files import write_whole

ACTIVATE = """# Written by realignment. Not an isolated environment: puts the one in use on PATH.
if [ -x "$REALIGNMENT_PREFIX/bin/realignment" ]; then
    PATH="$REALIGNMENT_PREFIX/bin:$PATH"
elif [ -x "$PWD/.venv/bin/realignment" ]; then
    PATH="$PWD/.venv/bin:$PATH"
fi
export PATH REALIGNMENT_NOT_ISOLATED=1
"""


def folder(root: Path) -> Path:
    """Where MLflow looks for this project's environment."""
    from mlflow.utils.environment import _PythonEnv
    from mlflow.utils.virtualenv import _get_mlflow_virtualenv_root, _get_virtualenv_name

    environment = _PythonEnv.from_yaml(str(root / "python_env.yaml"))
    return Path(_get_mlflow_virtualenv_root()) / _get_virtualenv_name(environment, root)


def register(root: Path) -> Path:
    """Write the activation file there. An environment that MLflow built itself (it holds an interpreter) is left alone."""
    found = folder(root)
    file = found / "bin" / "activate"
    if (found / "bin" / "python").exists() or (file.is_file() and file.read_text() == ACTIVATE):
        return found
    write_whole(file, ACTIVATE)
    return found
