"""One word, five places: a verb is a module, an entry point, a section of the settings, a test file, and (outside the grid) a stage."""

import ast
import functools
import re
import shlex
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
import yaml
from click.testing import CliRunner

from realignment import cli
from realignment.commands import profile
from realignment.config import params
from realignment.subsets import naming

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "realignment"
GRID = {"realign", "finetune", "evaluate"}
VERBS = set(cli.VERBS)


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_verbs_are_those_of_the_design():
    assert {"settings", "authors", "fetch", "check", "select", "align", "pretrain", "study", "report"} | GRID == VERBS


def test_every_verb_is_a_module_in_stages():
    assert {path.stem for path in (SOURCE / "stages").glob("*.py")} - {"__init__"} == VERBS


def test_every_verb_is_an_entry_point_and_main_is_dvc_repro():
    points = read("MLproject")["entry_points"]
    assert set(points) == VERBS | {"main"}
    assert points["main"]["command"] == "dvc repro"
    for verb in VERBS:
        assert points[verb]["command"] == (f"realignment {verb}" if verb in GRID else f"dvc repro {verb}")


def test_mlproject_repeats_no_default_of_the_settings():
    assert all(set(point) == {"command"} for point in read("MLproject")["entry_points"].values())


def test_every_verb_is_a_section_of_the_settings_and_of_the_defaults():
    assert set(params.SECTIONS) == VERBS
    assert set(read("params.yaml")) - set(params.TOP) == VERBS


def test_every_verb_outside_the_grid_is_a_dvc_stage_that_depends_on_its_own_module():
    stages = read("dvc.yaml")["stages"]
    assert set(stages) == VERBS - GRID
    for verb, stage in stages.items():
        assert stage["matrix"] == {"profile": ["${profile}"]}
        assert stage["cmd"].split()[:2] == ["realignment", verb]
        assert f"src/realignment/stages/{verb}.py" in stage["deps"]
        assert len(stage["desc"]) > 10


def test_every_dependency_on_code_exists():
    for verb, stage in read("dvc.yaml")["stages"].items():
        for dep in stage["deps"]:
            assert not dep.startswith("src/") or (ROOT / dep).exists(), f"{verb}: {dep}"


def test_every_verb_has_a_test_file():
    assert {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "stages").glob("test_*.py")} >= VERBS


def test_the_study_stage_lists_the_settings_of_the_verbs_inside_it():
    (keys,) = [list(one.values())[0] for one in read("dvc.yaml")["stages"]["study"]["params"]]
    assert set(keys) == GRID | {"study"}


def test_every_profile_that_ships_is_valid():
    from realignment.core.workspace import Workspace

    assert set(params.profiles(ROOT)) >= {"sample", "mini", "quick", "paper", "reference-code"}
    for name in params.profiles(ROOT):
        assert params.load(Workspace(ROOT, name)).profile == name


def test_the_default_profile_is_the_sample():
    """As it is committed; what is active in this checkout is its user's business."""
    done = subprocess.run(["git", "show", "HEAD:params.yaml"], cwd=ROOT, capture_output=True, text=True, check=False)
    text = (ROOT / "params.yaml").read_text(encoding="utf-8") if done.returncode else done.stdout  # no git: as it is unpacked
    assert yaml.safe_load(text)["profile"] == "sample"


@pytest.mark.parametrize("name", ["none", "all", "all_65", "xtreme_r_47", "african_21", "uriel_diverse", "uriel_similar_20",
    "family_diverse_25", "family_indoeuropean_5", "script_diverse_18", "latin_diverse_41", "latin_similar", "random_5",
    "joshi_012__random", "joshi_3__uriel_diverse", "joshi_345__family_diverse", "joshi_45__script_diverse",
    "seen_mbert__random", "unseen_xlmr__uriel_diverse"])  # fmt: skip
def test_subset_names_are_those_of_the_design(name):
    assert naming.canonical(name, 10)


def test_commands_are_those_of_the_design():
    assert VERBS | {
        "languages",
        "subsets",
        "vectors",
        "profile",
        "runs",
        "lineage",
        "published",
        "audit-paper",
        "doctor",
        "clean",
    } <= set(cli.group.list_commands(None))


@pytest.mark.parametrize("name", [*cli.VERBS, *cli.LOOKING])
def test_every_command_answers_help(name):
    outcome = CliRunner().invoke(cli.group, [name, "--help"])
    assert outcome.exit_code == 0, outcome.output
    assert "Usage:" in outcome.output


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_link_of_the_documents_leads_to_a_file_and_every_document_is_linked_from_the_readme():
    linked = {}
    for path in DOCUMENTS:
        targets = re.findall(r"\]\(([^)#]+)\)", path.read_text())
        linked[path] = {(path.parent / one).resolve() for one in targets if "://" not in one}
        assert not [one for one in linked[path] if not one.exists()], path
    assert set(DOCUMENTS) <= linked[ROOT / "README.md"] | {ROOT / "README.md"}


def test_the_page_of_settings_is_what_the_schema_and_the_defaults_say():
    rows = profile.keys(ROOT)
    assert (ROOT / "docs" / "settings.md").read_text() == profile.page(rows)


def test_every_command_in_the_documents_exists_and_answers_help():
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    lines = [
        line.strip() for block in re.findall(r"```(?:bash|sh|console)?\n(.*?)```", text, re.S) for line in block.splitlines()
    ]
    called = {tuple(shlex.split(line, comments=True)) for line in lines if re.match(r"(realignment|make|mlflow run|dvc) ?", line)}
    assert any(words[0] == "realignment" for words in called)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for words in called:
        if words[0] == "realignment":
            names = []
            for word in words[1:]:
                if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", word) or len(names) == 2:
                    break
                names.append(word)
            command = cli.group.get_command(None, names[0])
            if not hasattr(command, "commands"):
                names = names[:1]
            outcome = CliRunner().invoke(cli.group, [*names, "--help"])
            assert outcome.exit_code == 0, (words, outcome.output)
            for option in (word.split("=")[0] for word in words if word.startswith("--")):
                assert option in outcome.output, f"{' '.join(words)}: no option {option}"
        elif words[0] == "make":
            assert all(word in targets for word in words[1:] if "=" not in word), words
        elif words[:2] == ("mlflow", "run"):
            assert words[words.index("-e") + 1] in VERBS if "-e" in words else True


LOADED = """
import sys
before = set(sys.modules)
from realignment import cli
try:
    cli.main(["--help"])
except SystemExit:
    pass
print(*sorted(name for name in set(sys.modules) - before if name.split(".")[0] not in sys.stdlib_module_names))
"""


def test_help_answers_at_once_because_it_loads_nothing_but_the_command_line():
    done = subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True)
    assert "Usage: realignment" in done.stdout
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {name for name in loaded if name.startswith("realignment")} == {
        f"realignment{name}" for name in ("", ".cli", ".core", ".core.errors", ".core.hardening")
    }
    assert {name.split(".")[0] for name in loaded} == {"click", "realignment"}


def test_every_package_imports_what_stands_below_it():
    """The contracts of pyproject.toml: layers, no circles, who imports MLflow and torch."""
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True) == 0


TORCHLESS = """
import importlib, pkgutil, sys
import realignment
for module in pkgutil.walk_packages(realignment.__path__, "realignment."):
    if not module.name.startswith(("realignment.__main__", "realignment.engine")):
        importlib.import_module(module.name)
        assert "torch" not in sys.modules, module.name
"""


def test_nothing_outside_the_engine_loads_torch_when_it_is_imported():
    done = subprocess.run([sys.executable, "-c", TORCHLESS], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_only_params_reads_the_settings_files():
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name in {"params.py", "workspace.py"} or path.parent.name == "commands":
            continue
        assert "params.yaml" not in [
            node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
        ], path


def test_conda_and_python_env_install_the_one_list_of_pins():
    assert read("python_env.yaml")["dependencies"] == ["-r requirements.txt"]
    assert read("conda.yaml")["dependencies"][-1] == {"pip": ["-r requirements.txt"]}
    pins = (ROOT / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[^+\s]+", line) for line in pins if not line.startswith("#")), (
        "exact, no local version"
    )
    assert "torch==2.13.0" in pins


# Packages that decide no number of a stage's outputs: `core` is messages, paths, locks and hashes; what `config` reads are `params`.
APART = {"core", "config"}


@functools.cache
def graph():
    """Who imports whom, late imports too, those for type checkers not."""
    return grimp.build_graph("realignment", exclude_type_checking_imports=True, cache_dir=None)


def used(module: str) -> set[str]:
    """Files, relative to the package, of the modules that a module imports, directly or not; what those of APART import is not followed."""
    found, todo = set(), [f"realignment.{module}"]
    while todo:
        for name in graph().find_modules_directly_imported_by(todo.pop()) - found - {"realignment"}:
            if name.startswith("realignment."):
                found.add(name)
                todo += [] if name.split(".")[1] in APART else [name]
    named = {name.removeprefix("realignment.").replace(".", "/") for name in found}
    return {f"{name}.py" if (SOURCE / f"{name}.py").is_file() else f"{name}/__init__.py" for name in named}


def depends(verb: str, file: str) -> bool:
    """Whether DVC runs a stage again when `file` of the package has changed."""
    deps = [dep.removeprefix("src/realignment/") for dep in read("dvc.yaml")["stages"][verb]["deps"] if dep.startswith("src/")]
    return any(file == dep or file.startswith(f"{dep}/") for dep in deps)


@pytest.mark.parametrize("verb", sorted(VERBS - GRID))
def test_a_stage_depends_on_the_code_it_runs(verb):
    wanted = {f"stages/{verb}.py", *used(f"stages.{verb}")}
    assert not {file for file in wanted if file.split("/")[0] not in APART and not depends(verb, file)}


def test_a_line_of_the_pages_style_runs_the_two_stages_of_pages_again_and_nothing_else():
    assert {verb for verb in VERBS - GRID if depends(verb, "data/templates/page.css")} == {"authors", "report"}


def test_the_authors_page_waits_for_nothing_but_the_settings():
    stages = read("dvc.yaml")["stages"]
    made = {(one if isinstance(one, str) else next(iter(one))) for stage in stages.values() for one in stage["outs"]}
    assert not {dep for dep in stages["authors"]["deps"] if dep in made}


@pytest.mark.parametrize("verb", ["authors", "report"])
def test_a_report_that_is_refused_leaves_the_one_that_stands(verb):
    """DVC removes what does not persist before a stage begins."""
    stage = read("dvc.yaml")["stages"][verb]
    assert all(next(iter(one.values()))["persist"] for one in [*stage["outs"], *stage.get("metrics", ())])


def test_a_line_of_the_engine_runs_the_study_again_and_none_of_the_report_does():
    files = [path.relative_to(SOURCE).as_posix() for path in (SOURCE / "engine").rglob("*.py")]
    assert len(files) > 20 and all(depends("study", file) for file in files)
    assert not any(depends("study", path.relative_to(SOURCE).as_posix()) for path in (SOURCE / "report").rglob("*.py"))


# Modules that a verb imports and that decide none of its numbers: which languages a subset names is part of its inputs, and so on.
NAMING = {"languages", "selection", "subsets", "tracking", "executors", *APART}
KEEPING = {
    *(
        "corpora/manifest",
        "engine/bases/hub",
        "engine/bases/locate",
        "engine/energy",
        "engine/monitor",
        "records/cell",
        "records/job",
        "records/keys",
        "records/record",
    ),
    *("records/kernels", "records/sealing", "study/cards", "study/inputs"),
}


@pytest.mark.parametrize("verb", sorted(GRID))
def test_the_numerics_version_covers_the_code_a_verb_computes_with(verb):
    from realignment.records.keys import NUMERICS

    modules = {file.removesuffix(".py") for file in used(f"study.{verb}") if not file.endswith("__init__.py")}
    computing = {name for name in modules if name.split("/")[0] not in NAMING} - KEEPING
    more = NUMERICS["gradients"] if verb == "evaluate" else ()  # where a run compares gradients, see records/keys.py
    assert {*NUMERICS[verb], *more} == computing | {f"study/{verb}"}
    assert not set(NUMERICS[verb]) & set(more)


@pytest.mark.parametrize(
    "folder", ["corpora/mine/bitext/swa.tsv", "corpora/real/pos/x.tsv", "src/realignment/sources/sample/world.py"]
)
def test_dvc_sees_what_fetch_reads(folder):
    """A folder that .dvcignore names is hashed as empty: a changed corpus would go unnoticed."""

    words = [str(Path(sys.executable).parent / "dvc"), "check-ignore", folder]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 1
