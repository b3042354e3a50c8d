"""The settings as the package ships them, whichever profile is active in this checkout."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACTIVE = {"profile": "sample", "inputs": "src/realignment/sources/sample"}


def settings(folder: Path) -> None:
    """params.yaml with the sample active, and dvc.yaml, into `folder`."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    for name, value in ACTIVE.items():
        text = re.sub(rf"^{name}: .*$", f"{name}: {value}", text, flags=re.MULTILINE)
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "dvc.yaml", folder)
