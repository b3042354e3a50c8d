"""Keys that contradict one another and names that are none, each found with the settings and named with its file and line."""

from pathlib import Path

import profiles_made
import pytest

from realignment.config import params, rules
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path):
    return profiles_made.checkout(tmp_path / "checkout")


def refused(workspace: Workspace) -> tuple[str, ...]:
    with pytest.raises(BadInput) as fault:
        params.load(workspace)
    return fault.value.args


def test_every_fault_has_a_line_of_its_own_with_the_place_of_its_key(root):
    text = "realign:\n  steps: 0\n  stepz: 1\n\nstudy:\n  seeds: [17,\n    -1]\n  subsets:\n    - none\n    - latin_divers\nchekc: {}\n"
    defaults = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(defaults.replace("  temperature: 0.1\n", "").replace("warmup: 0.1", "warmup: 2"))
    section = defaults[: defaults.index("\nrealign:")].count("\n") + 2
    warmup = (root / "params.yaml").read_text().split("warmup")[0].count("\n") + 1
    found = refused(profiles_made.own(root, text))
    assert {one.split(":")[0]: one.partition(": ")[2] for one in found} == {
        "profiles/own.yaml line 2": "`realign.steps` must be at least 1, got 0",
        "profiles/own.yaml line 3": "unknown key `realign.stepz` (nearest: steps)",
        "profiles/own.yaml line 7": "`study.seeds` must be at least 0, got -1",
        "profiles/own.yaml line 10": "study.subsets: unknown subset `latin_divers`; nearest: latin_diverse, latin_diverse_5, "
        "latin_diverse_41; `realignment subsets list` lists them",
        "profiles/own.yaml line 11": "unknown section `chekc` (nearest: check)",
        f"params.yaml line {section}": "missing key `realign.temperature`",
        f"params.yaml line {warmup}": "`finetune.warmup` must be at most 0.99, got 2",
    }
    assert not any("\n" in one for one in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("realign: {steps: 200}\nfetch: {source: sample}\nrealign: {pairs: 8}\n", "line 3: key `realign` is written twice, in lines 1 and 3"),
        ("study:\n  encoders:\n    a: {name: x, seen: mbert, seen: xlmr}\n", "line 3: key `study.encoders.a.seen` is written twice"),
        ("realign:\n", "line 1: section `realign` must be a mapping of keys, got None"),
        ("realign: []\n", r"line 1: section `realign` must be a mapping of keys, got \[\]"),
        ("realign:\n  steps:\n", "line 2: `realign.steps` must be int, got nothing"),
        ("realign:\n  steps: '500'\n", "line 2: `realign.steps` must be int, got '500'; without quotes it is a number"),
        ("realign: {steps: 500.0}\n", "line 1: `realign.steps` must be int, got 500.0; write 500"),
        ("realign: {steps: 010}\n", "line 1: `realign.steps` must be int, got '010'; write a plain decimal number"),
        ("realign: {steps: 1:30}\n", "line 1: `realign.steps` must be int, got '1:30'"),
        ("realign: {steps: 99999999999999999999}\n", "line 1: `realign.steps` must be at most 10,000,000"),
        (f"realign: {{steps: {'9' * 5000}}}\n", r"line 1: `realign.steps` must be int, got '9+\.\.\."),
        ("realign: {learning_rate: 0}\n", "line 1: `realign.learning_rate` must be at least 1e-12, got 0"),
        ("realign: {learning_rate: 1e400}\n", "line 1: `realign.learning_rate` must be a finite number"),
        ("realign: {temperature: inf}\n", "line 1: `realign.temperature` must be float, got 'inf'"),
        ("realign: {projection: 1}\n", "line 1: `realign.projection` must be bool, got 1; write true or false"),
        ("realign: {layer: some}\n", "line 1: `realign.layer` must be a number or all, got 'some'"),
        ("finetune: {warmup: 1.0}\n", "line 1: `finetune.warmup` must be at most 0.99, got 1"),
        ("finetune:\n  epochs: {pos: 0}\n", "line 2: `finetune.epochs.pos` must be at least 1, got 0"),
        ("finetune:\n  learning_rate:\n    pos: 0\n", "line 3: `finetune.learning_rate.pos` must be at least 1e-12"),
        ("study: {workers: 0}\n", "line 1: `study.workers` must be at least 1"),
        ("study: {subsets: []}\n", "line 1: `study.subsets` must hold at least one"),
        ("study: {seeds: [4294967296]}\n", "line 1: `study.seeds` must be at most 4,294,967,295"),
        ("study: {draws: [3, 3]}\n", "line 1: `study.draws` must hold each member once, 3 is there twice"),
        ("study: {tasks: [pos, pos]}\n", "line 1: `study.tasks` must hold each member once"),
        ("select: {draws: [-1]}\n", "line 1: `select.draws` must be at least 0, got -1"),
        ("realign: {pairs: 1}\n", "line 1: `realign.pairs` must be at least 2, got 1"),
        ("evaluate: {retrieval_pairs: 1}\n", "line 1: `evaluate.retrieval_pairs` must be 0 or at least 2"),
        ("pretrain: {hidden: 64, heads: 5}\n", "line 1: `pretrain.heads` must divide pretrain.hidden, 64; got 5"),
        ("pretrain: {name: ../small}\n", r"line 1: `pretrain.name` must be a name by letters, digits, _ and -, got '../small'"),
        ("realign: {unit: words}\n", "line 1: realign.unit `words` requires word alignments; set align.aligner"),
        ("study:\n  words: [all]\n", "line 2: study.words requires word alignments; set align.aligner"),
        ("align: {aligner: eflomal}\nstudy: {words: [all]}\nrealign:\n  mask_false_negatives: true\n", "line 4: realign.mask_false_negatives is about"),
        ("align: {aligner: eflomal}\nrealign: {unit: words}\nstudy:\n  words: [all]\n", "line 4: study.words asks for rows beside those of sentences"),
        ("realign: {allocation: equal_pairs_per_language}\nstudy:\n  equal_pairs: [all]\n", "line 3: study.equal_pairs asks for rows beside those of equal steps"),
        ("study:\n  equal_pairs: [none]\n", "line 2: study.equal_pairs: subset `none` realigns nothing"),
        ("realign: {pairs_per_language: 1}\n", "line 1: `realign.pairs_per_language` must be at least 2, got 1"),
        ("align: {aligner: eflomal}\nrealign:\n  unit: words\n  mask_false_negatives: true\n", "line 4: realign.mask_false_negatives is about"),
        ("align: {aligner: encoder}\n", "line 1|align.encoder names none"),
        ("study:\n  encoders: {a: {name: 'path:x', seen: mbert, subsets: [none, al]}}\n",
         r"line 2: `study.encoders.a`.subsets: `al` is not in study.subsets \(nearest: all\)"),
        ("align: {encoder: bert}\n", "line 1: `align.encoder` must be hub:repo@revision, package:name/folder or path:DIR"),
        ("study:\n  executor: slurm\n  device: auto\n", "line 3: `study.device` must be cpu or cuda where study.executor is slurm"),
        ("study:\n  executor: slurm\n  device: cpu\n  slurm: {partion: gpu}\n", "line 4: unknown key `study.slurm.partion`"),
        ("study:\n  executor: slurm\n  device: cpu\n  slurm: {hours: 0}\n", "line 4: `study.slurm.hours` must be at least 0.01, got 0"),
        ("fetch: {source: folder}\n", "fetch.folder names none; set it in the profile"),
        ("fetch: {mirrors: {hubb: /x}}\n", "line 1: `fetch.mirrors.hubb` must be hub or begin with https://"),
        ("settings: {description: '${root}/x'}\n", r"line 1: `settings.description` holds '\$\{root\}/x'; profiles know no"),
        ('settings: {description: "a\\0b"}\n', "line 1: `settings.description` holds a control character"),
        ("fetch: {source: public, folder: x, lock: ''}\n", "line 1: source `public` compares its files with a lock"),
        ("study.seeds: [17]\n", r"line 1: unknown section `study.seeds`; .* write study: \{seeds: \.\.\.\}"),
        ("profile: other\n", "line 1: `profile` stands in params.yaml alone; take it out"),
        ("inputs: corpora/mine\n", "line 1: `inputs` stands in params.yaml alone; take it out"),
    ],
)  # fmt: skip
def test_a_fault_of_a_profile_is_named_with_file_and_line(root, text, message):
    with pytest.raises(BadInput, match=message):
        params.load(profiles_made.own(root, text))


@pytest.mark.parametrize(
    ("text", "key", "meant"),
    [
        ("realign: {learning_rate: 2e-5}\n", ("realign", "learning_rate"), 2e-5),
        ("realign: {learning_rate: 1e-05}\n", ("realign", "learning_rate"), 1e-5),
        ("realign: {temperature: 1}\n", ("realign", "temperature"), 1.0),
        ("realign: {steps: 24_544}\n", ("realign", "steps"), 24544),
        ("realign: {layer: all}\n", ("realign", "layer"), "all"),
        ("realign: {projection: yes}\n", ("realign", "projection"), True),
        ("study: {floors: off}\n", ("study", "floors"), False),
        ("settings: {description: 2024-01-01}\n", ("settings", "description"), "2024-01-01"),
        ("fetch: {evalsets: [no, on]}\n", ("fetch", "evalsets"), ["no", "on"]),  # no is Norwegian, not false
    ],
)
def test_values_are_what_they_were_meant_to_be(root, text, key, meant):
    found = getattr(getattr(params.load(profiles_made.own(root, text)), key[0]), key[1])
    assert found == meant and type(found) is type(meant)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("latin_divers", "unknown subset `latin_divers`; nearest: latin_diverse"),
        ("latin_diverse_7", "Table 6 has no row `latin_diverse_7`; it has `latin_diverse` with 5, 10, 20, 41"),
        ("my_bantu", "`my_bantu` is not in select.own"),
        ("joshi_9__random", "unknown subset"),
        ("random_0", "at least one language is required"),
    ],
)
@pytest.mark.parametrize("key", ["subsets", "shuffled", "itself"])
def test_a_name_that_is_no_subset_is_named_where_it_stands(root, key, name, message):
    (found,) = refused(profiles_made.own(root, f"study:\n  {key}:\n  - latin_diverse\n  - {name}\n"))
    assert found.startswith(f"profiles/own.yaml line 4: study.{key}: ") and message in found


@pytest.mark.parametrize("key", ["shuffled", "itself"])
def test_what_realigns_nothing_has_no_control(root, key):
    (found,) = refused(profiles_made.own(root, f"study: {{{key}: [none]}}\n"))
    assert f"study.{key}: subset `none` realigns nothing" in found


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("bantu: [zul]", "a name such as my_bantu"),
        ("latin_diverse: [zul]", "a name such as my_bantu"),
        ("my__x: [zul]", "no two _ in a row"),
        ("my_x: []", "must hold at least one"),
        ("my_x: [zul, zul]", "'zul' is there twice"),
        ("my_x: [zul, zu]", "`zu` and `zul` are one language, zul"),
        ("my_x: [zul, en]", "eng is the source side of every pair"),
        ("my_x: [zul, swaa]", "unknown language code `swaa`; nearest: swa"),
        ("my_x: zul", "must be list, got 'zul'"),
    ],
)
def test_a_list_of_ones_own_that_cannot_be_used_is_named(root, own, message):
    (found,) = refused(profiles_made.own(root, f"select:\n  own:\n    {own}\n"))
    assert found.startswith("profiles/own.yaml line 3: ") and message in found


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{name: hub:bert@main, seen: mbert}", "a revision is the 40 hex digits of a commit"),
        ("{name: hub:bert, seen: mbert}", "a revision is the 40 hex digits of a commit"),
        ("{name: models:/x/1, seen: mbert}", "must be hub:repo@revision, package:name/folder or path:DIR, got 'models:/x/1'"),
        ("{name: path:x, seen: no}", "must be mbert, xlmr, english or a list of language codes, got 'no'"),
        ("{name: path:x, seen: [swaa]}", "unknown language code `swaa`"),
        ("{name: path:x, seen: [sw, swa]}", "`swa` and `sw` are one language"),
        ("{name: path:x, seen: mbert, learning_rate: 0}", "`study.encoders.e.learning_rate` must be at least 1e-12"),
        ("{name: path:x, seen: mbert, learn_rate: 1e-5}", "unknown key `study.encoders.e.learn_rate` (nearest: learning_rate"),
        ("path:x", "`study.encoders.e` must be dict, got 'path:x'"),
    ],
)
def test_an_encoder_that_is_described_wrongly_is_named(root, spec, message):
    (found,) = refused(profiles_made.own(root, f"study:\n  encoders:\n    e: {spec}\n"))
    assert found.startswith("profiles/own.yaml line 3: ") and message in found


@pytest.mark.parametrize("label", ["a/b", "a b", "-a", "x" * 65])
def test_an_encoder_is_labelled_by_what_may_stand_in_a_path(root, label):
    (found,) = refused(profiles_made.own(root, f"study: {{encoders: {{'{label}': {{name: path:x, seen: mbert}}}}}}\n"))
    assert "must be labelled by letters, digits, _ and -" in found


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("authors-mbert", "begins with `authors`, as tables of the paper do"),
        ("Authors", "as tables of the paper"),
        ("paper-1", "`paper`"),
        ("SMALL", "in case alone"),
    ],
)
def test_an_encoder_is_not_labelled_as_what_is_there_already(root, label, said):
    """Its tables would be replaced by the authors', or by those of the other."""
    text = "study:\n  encoders:\n    small: {name: 'path:a', seen: mbert}\n"
    found = refused(profiles_made.own(root, f"{text}    {label}: {{name: 'path:b', seen: mbert}}\n"))
    assert any(f"`study.encoders.{label}`" in one and said in one for one in found)


@pytest.mark.parametrize("name", ["published", "uriel"])
def test_a_profile_is_not_named_as_a_folder_of_the_project(root, name):
    with pytest.raises(BadInput, match=f"no profile is named `{name}`"):
        params.load(profiles_made.own(root, "{}\n", name))


def test_a_task_of_the_grid_has_its_own_epochs_rate_and_length(root):
    text = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(
        text.replace("epochs: {pos: 5, ner: 5, nli: 2, xquad: 2}", "epochs: {pos: 5}").replace(
            "max_length: {pos: 200, ner: 200,", "max_length: {pos: 200,"
        )
    )
    found = refused(profiles_made.own(root, "study: {tasks: [pos, ner]}\n"))
    assert sorted(one.partition(": ")[2] for one in found) == [
        "missing key `evaluate.max_length.ner`, a task of study.tasks",
        "missing key `finetune.epochs.ner`, a task of study.tasks",
    ]


def test_an_option_stands_for_the_key_it_sets_also_inside_it(root):
    with pytest.raises(BadInput) as fault:
        params.load(profiles_made.own(root, "finetune: {epochs: {pos: 3}}\n"), {"finetune": {"epochs": {"pos": 0}, "batch": 0}})
    assert [one.split(":")[0] for one in fault.value.args] == ["--epochs", "--batch"]


def test_settings_as_they_were_written_are_checked_as_well(root):
    file = root / "settings.yaml"
    file.write_text(params.dump(params.load(Workspace(root, "sample"))).replace("heads: 4", "heads: 5"))
    line = file.read_text().split("heads: 5")[0].count("\n") + 1
    with pytest.raises(BadInput, match=rf"settings\.yaml line {line}: `pretrain.heads` must divide"):
        params.read(file)


def test_each_rule_reads_sections_that_there_are():
    import inspect

    assert all(set(inspect.signature(rule).parameters) <= set(params.SECTIONS) for rule in rules.RULES)


def test_gradients_of_an_encoder_in_four_bits_are_refused(root):
    lora = "{rank: 2, alpha: 4, dropout: 0.0, targets: [q_proj]}"
    entry = f"{{name: 'path:models/llama', seen: english, attention: causal, lora: {lora}, quantized: 4bit}}"
    text = f"extends: sample\nevaluate:\n  gradients: 2\nstudy:\n  encoders:\n    llama: {entry}\n"
    (said,) = refused(profiles_made.own(root, text))
    assert said.startswith(
        "profiles/own.yaml line 3: evaluate.gradients compares gradients in float32, and study.encoders.llama is quantized"
    )
