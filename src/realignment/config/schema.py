"""The settings: one frozen class a verb, each field with its unit or meaning. No defaults here; they stand in params.yaml.

`config/validation.py` makes a pydantic model of each class: what a field says here is what is checked.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict  # pydantic reads this one on every Python

from realignment.tasks import TASKS

PRESETS = ("paper", "reference-code")
ALLOCATIONS = EQUAL_STEPS, EQUAL_PAIRS = "equal_steps", "equal_pairs_per_language"
SEED = 2**32 - 1  # the largest seed that every source of chance takes


def key(  # noqa: PLR0913  keywords alone
    meaning: str,
    *,
    choices: tuple = (),
    least: float | int | None = None,
    most: float | int | None = None,
    names: tuple = (),
    distinct: bool = False,
    nonempty: bool = False,
) -> Any:
    """A field with its meaning, its allowed values and its bounds (`least` and `most` are inclusive).

    Bounds and choices are those of each member where the field holds several. `names`: the only keys of a mapping;
    `distinct`: no member twice; `nonempty`: one member at least.
    """
    bounds = {"choices": choices, "least": least, "most": most, "names": names, "distinct": distinct, "nonempty": nonempty}
    return field(metadata={"help": meaning, **bounds})


STEPS = 10_000_000  # 400 times those of the paper; the order of the examples is held in memory
BATCH = 65_536
TOKENS = 32_768
THREADS = 4_096
RATE: dict[str, Any] = {"least": 1e-12, "most": 1}  # a rate of 0 would train nothing
SEEDS: dict[str, Any] = {"least": 0, "most": SEED, "distinct": True, "nonempty": True}
EMBEDDING: dict[str, Any] = {
    "meaning": "how word embeddings are updated: dense, or rows: those of a batch, with the steps they missed (differs by 1e-5 of "
    "the movement); auto: rows on a CPU where the table is large, else dense",
    "choices": ("auto", "dense", "rows"),
}


CEILING = "ceiling"  # what its encoder goes by beside the labels of study.encoders


ATTENTIONS = ("causal", "bidirectional", "repeated")  # how a decoder looks at a sentence


class Lora(TypedDict):
    """The adapters that are trained in the blocks of a decoder (Hu et al. 2022)."""

    rank: Annotated[int, {"least": 1, "most": 65_536}]
    alpha: Annotated[float, {"least": 1e-6, "most": 1e6}]  # adapters are multiplied by alpha / rank
    dropout: Annotated[float, {"least": 0, "most": 0.99}]
    targets: Annotated[list[str], {"distinct": True, "nonempty": True}]  # names of linear layers


class Encoder(TypedDict):
    """An entry of study.encoders; `attention` and `lora` are said of decoders alone."""

    name: str
    seen: str | list[str]
    learning_rate: NotRequired[float]
    subsets: NotRequired[list[str]]  # of study.subsets, where it is not run with all of them
    attention: NotRequired[Annotated[str, {"choices": ATTENTIONS}]]
    lora: NotRequired[Lora]
    quantized: NotRequired[Annotated[str, {"choices": ("4bit",)}]]


class Slurm(TypedDict):
    """What a site asks of a job; what is null is left to it. Names are those of sbatch where it has the same thing."""

    cluster: Annotated[str, {"choices": ("slurm", "local")}]  # local: submitit's own processes on this machine, to try a set-up
    partition: str | None
    account: str | None
    qos: str | None
    constraint: str | None
    cpus: Annotated[int | None, {"least": 1, "most": THREADS}]  # of a task; null: study.threads
    gpus: Annotated[int | None, {"least": 0, "most": 1}]  # of a task; null: 1 on CUDA
    memory: str | None  # of a task, as `32G`
    hours: Annotated[float, {"least": 0.01, "most": 720}]  # time limit of a task
    pack: Annotated[float, {"least": 0, "most": 720}]  # hours of jobs, as expected, that are put into one task
    signal: Annotated[int, {"least": 1, "most": 3600}]  # seconds before the limit at which a training leaves its checkpoint
    timeouts: Annotated[int, {"least": 0, "most": 1000}]  # how often a task that ran into its limit goes on
    array: Annotated[int, {"least": 1, "most": 100_000}]  # tasks of one array at most (MaxArraySize)
    tasks: Annotated[int, {"least": 1, "most": 100_000}]  # tasks at once at most (MaxSubmitJobs)
    setup: list[str]  # commands before each task, such as `module load`
    options: dict[str, str]  # any other option of sbatch: {hint: nomultithread}


@dataclass(frozen=True)
class About:
    description: str = key("one line on what the profile is for")


@dataclass(frozen=True)
class Fetch:
    source: str = key("where raw files come from", choices=("sample", "folder", "public"))
    folder: str | None = key("sources folder and public: the data folder, relative to the checkout or absolute")
    bitext: str = key(
        "source public: which languages take OPUS-100, which NLLB; paper: NLLB where OPUS-100 has none; reference-code: its list",
        choices=("paper", "reference-code"),
    )
    lock: str = key("source public: the lock file, relative to the checkout or absolute")
    mirrors: dict[str, str] = key("source public: {hub or https://HOST: another address, or a folder}")
    languages: list[str] | None = key("ISO 639-3 codes to keep; null keeps all that have data", distinct=True, nonempty=True)
    tasks: list[str] = key("tasks whose evaluation sets are read", choices=TASKS, distinct=True)
    evalsets: list[str] | None = key("evaluation sets to keep, by folder name; null keeps all", distinct=True, nonempty=True)
    train: dict[str, str | None] = key(
        "task: evaluation set whose English `train` rows train it; null takes the only one", names=TASKS
    )
    heldout: float = key("share of English sentences held out of training, by hash", least=0, most=0.5)
    max_pairs: int | None = key("pairs per language to keep, from the head of the file; null keeps all", least=1)
    max_train: int | None = key("training sentences per task; null keeps all", least=1)
    max_test: int | None = key("test sentences per language and set; null keeps all", least=1)
    refused: float = key("share of rows that may be refused before the stage stops", least=0, most=1)
    world: dict = key("source sample: what the generated world is made of (sources/sample/README.md)")


@dataclass(frozen=True)
class Check:
    min_pairs: int = key("pairs a bitext must keep", least=0)
    min_sentences: int = key("test sentences an evaluation set must hold", least=0)
    min_entities: int = key("entities the test sentences of a NER set must hold; without any its F1 is undefined", least=0)
    max_words: int = key("words a bitext side may have", least=1)
    max_ratio: float = key("length ratio of the two sides, in characters, either way, past which a pair is excluded", least=1)
    max_identical: float = key("share of pairs whose sides are equal that a bitext may hold", least=0, most=1)
    max_duplicates: float = key("share of duplicate pairs a bitext may hold", least=0, most=1)
    min_script: float = key(
        "share of letters of the language's own script that a bitext's target side, or an evaluation set, must hold",
        least=0,
        most=1,
    )
    max_contaminated: float = key("share of pairs equal to an evaluation sentence past which the check fails", least=0, most=1)
    max_swapped: float = key("share of pairs whose target side looks more English than their English side", least=0, most=1)
    unlike: float | None = key(
        "nats per run of three characters by which a text must fit its language worse than another to be taken for the other; null: languages are not compared",
        least=0.1,
    )
    max_foreign: float = key(
        "share of a bitext's target sides that may fit English or a language of another family better than their own",
        least=0,
        most=1,
    )
    max_foreign_set: float = key("the same share of an evaluation set's rows, whose names may be foreign", least=0, most=1)
    max_same: float = key(
        "share of a bitext's sides, or of an evaluation set's sentences, that may be one and the same", least=0, most=1
    )
    max_shared: float = key(
        "share of test sentences, of four words or more, that two languages of an evaluation set may have in common",
        least=0,
        most=1,
    )
    max_repeated: float = key("share of a file's test rows that may be repetitions of earlier ones", least=0, most=1)
    max_trained: float = key("share of a task's training rows that may be test rows of it; they are left out", least=0, most=1)
    max_word: float = key("share of an evaluation set's words that may be one word", least=0, most=1)
    max_label: float = key("share of an evaluation set's POS tags or NLI labels that may be one", least=0, most=1)
    max_broken: float = key(
        "share of rows with what a decoder could not read (U+FFFD) or HTML entities that a text may hold", least=0, most=1
    )
    max_marks: float = key(
        "share of a bitext's pairs, or of an evaluation set's words or NLI sides, that may be marks (nan, None, null; <s>, [CLS])",
        least=0,
        most=1,
    )
    contamination: str = key("what to do with a pair that holds evaluation text", choices=("exclude", "report"))
    shared_words: int | None = key(
        "words in a row that a side shares with an evaluation sentence to hold its text; null: any", least=4
    )
    similar: float | None = key(
        "share of character 5-grams two shorter sentences have in common to count as one; null: not measured", least=0.5, most=1
    )
    max_unknown: float = key(
        "share of a language's tokens unknown to an encoder past which `check` and the report name it", least=0, most=1
    )
    table7: bool = key("test sentences of the paper's sets must be as many as Table 7 says")


@dataclass(frozen=True)
class Select:
    reading: str = key("which list a Table 6 name stands for", choices=("published", "computed"))
    n: int = key("languages of a subset named without a size", least=1, most=10_000)
    own: dict[str, list[str]] = key(
        "subsets of one's own: {my_NAME: [languages]}, names beginning with my_", distinct=True, nonempty=True
    )
    vectors: str = key("snapshot of language vectors in data/uriel")
    include_english: bool = key("English in the set while distances are summed (never trained on)")
    starts: int = key("random starts of the swap search beside the greedy one", least=0, most=1_000_000)
    nodes: int = key("nodes of the branch and bound that proves a computed subset best; 0 leaves the proof out", least=0)
    draws: list[int] = key("subset seeds for which random subsets are drawn beforehand", least=0, most=SEED, distinct=True)


@dataclass(frozen=True)
class Align:
    aligner: str = key(
        "word aligner of the word mode (realign.unit: words); encoder: words nearest to each other in its states",
        choices=("none", "fastalign", "eflomal", "encoder"),
    )
    encoder: str | None = key("aligner encoder: its name, hub:repo@revision, package:name/folder or path:DIR")
    layer: int = key("aligner encoder: hidden states that are compared (SimAlign: 8 of 12)", least=-100, most=100)
    max_length: int = key("aligner encoder: tokens per side", least=4, most=TOKENS)
    identical: bool = key("keep links between words that are spelt alike")


@dataclass(frozen=True)
class Pretrain:
    name: str | None = key("folder of the encoder under encoders/; null pretrains none")
    languages: str = key("whose text is read", choices=("seen", "all"))
    vocabulary: int = key("entries of the tokenizer", least=300, most=10_000_000)
    layers: int = key("transformer blocks", least=1, most=1_000)
    hidden: int = key("width of the states", least=8, most=65_536)
    heads: int = key("attention heads, which divide the width", least=1, most=65_536)
    feedforward: int = key("inner width of a block", least=8, most=1_000_000)
    max_length: int = key("tokens per sequence", least=8, most=TOKENS)
    steps: int = key("optimizer updates", least=1, most=STEPS)
    batch: int = key("sequences per update", least=1, most=BATCH)
    learning_rate: float = key("peak Adam step size", **RATE)
    dropout: float = key(
        "share of hidden states dropped when the encoder is trained later (not in pretraining); BERT's 0.1 is too much for a narrow one, none is fastest",
        least=0,
        most=0.5,
    )
    mask: float = key("share of tokens predicted", least=0.01, most=0.9)
    translations: float = key("share of sentences that are also read beside their English", least=0, most=1)
    upsampling: float = key("exponent on corpus sizes; 1 draws in proportion, 0 uniformly", least=0, most=1)
    threads: int = key("CPU threads", least=1, most=THREADS)
    seed: int = key("seed of weights, masks and order", least=0, most=SEED)


@dataclass(frozen=True)
class Realign:
    preset: str = key(
        "named set of switches of realign, finetune and evaluate (src/realignment/data/presets.yaml); one written out in a profile wins",
        choices=PRESETS,
    )
    allocation: str = key(
        "how a subset's pairs are shared out: equal_steps trains every subset for `steps` updates, so each language of a large one gives fewer "
        "pairs; equal_pairs_per_language takes `pairs_per_language` of each, so a large subset trains longer",
        choices=ALLOCATIONS,
    )
    steps: int = key("optimizer updates (24,544 in A.6); not read with allocation equal_pairs_per_language", least=1, most=STEPS)
    pairs_per_language: int = key(
        "pairs each language gives with allocation equal_pairs_per_language, in passes over its shuffled pairs where it has fewer; not read "
        "with equal_steps",
        least=2,
        most=STEPS,
    )
    pairs: int = key("sentence pairs per batch (16 in A.6)", least=2, most=BATCH)
    max_length: int = key("tokens per side (96 in A.6)", least=4, most=TOKENS)
    learning_rate: float = key("constant Adam step size (2e-5 in A.6)", **RATE)
    temperature: float = key("divides cosine similarity (0.1 in section 2); no unit", least=1e-6, most=1_000)
    unit: str = key(
        "what is aligned: translated sentences, or the words that translate each other", choices=("sentences", "words")
    )
    subwords: str = key("what stands for a word in the word mode", choices=("first", "mean"))
    pooling: str = key("what a sentence vector averages", choices=("words", "tokens", "reference-code"))
    splitter: str = key("how text becomes words", choices=("unicode", "reference-code"))
    layer: int | str = key(
        "hidden states that are aligned: -1 the last, -2 those of the block before, all: the mean over blocks",
        choices=("all",),
        least=-100,
        most=100,
    )
    freeze: str = key(
        "blocks that realignment leaves as they are: the first or the last half of them (AlignFreeze, Bakos et al. 2025)",
        choices=("none", "front", "back"),
    )
    projection: bool = key("train a projection head along and drop it afterwards")
    mask_false_negatives: bool = key("leave vectors of the same English sentence out of the negatives")
    embedding: str = key(**EMBEDDING)
    dtype: str = key(
        "arithmetic of the forward pass; auto is bfloat16 on CUDA, else float32", choices=("auto", "float32", "bfloat16")
    )


@dataclass(frozen=True)
class Finetune:
    epochs: dict[str, int] = key("passes over the English training set, by task", names=TASKS, least=1, most=10_000)
    batch: int = key("sentences per update (32 in A.6)", least=1, most=BATCH)
    learning_rate: dict[str, float] = key("peak Adam step size, by task; linear schedule to 0", names=TASKS, **RATE)
    warmup: float = key("share of updates with rising rate; it falls in the others", least=0, most=0.99)
    max_length: int = key("tokens per sequence", least=8, most=TOKENS)
    window: int = key(
        "tokens of a window of question answering: the question and as much of its context as fits (run_qa: 384)",
        least=32,
        most=TOKENS,
    )
    stride: int = key("tokens of a context that two of its windows in a row have in common (run_qa: 128)", least=1, most=TOKENS)
    sentence_vector: str = key(
        "what the NLI head reads: the state that its class of transformers reads (the first of a pair; the last of decoders and Gemma's), or the mean",
        choices=("first", "mean"),
    )
    words: str = key(
        "how words of POS and NER are given to the tokenizer: spaced, with the blank before them, which makes the tokens of running text; bare, "
        "without (`is_split_into_words` as it is mostly used), where byte-level and Gemma's tokenizers lose the blank; BERT's and XLM-R's do not",
        choices=("spaced", "bare"),
    )
    embedding: str = key(**EMBEDDING)
    dtype: str = key("arithmetic of the forward pass", choices=("auto", "float32", "bfloat16"))


@dataclass(frozen=True)
class Evaluate:
    max_length: dict[str, int] = key(
        "tokens per sequence, by task; words beyond it count as errors; of question answering tokens of a window",
        names=TASKS,
        least=4,
        most=TOKENS,
    )
    batch_tokens: int = key("tokens per forward pass, padding included", least=64)
    retrieval_pairs: int = key("held-out pairs per language, 2 or more; 0 leaves retrieval out", least=0)
    retrieval_max_length: int = key("tokens per side for retrieval", least=4, most=TOKENS)
    gradients: int = key(
        "batches of held-out pairs, and as many of English training rows, whose gradients are compared block by block in each fine-tuned model; "
        "0 leaves it out",
        least=0,
        most=10_000,
    )
    dtype: str = key("arithmetic of the forward pass", choices=("auto", "float32", "bfloat16"))


@dataclass(frozen=True)
class Study:
    encoders: dict[str, Encoder] = key(
        "label: {model: one of `realignment models`}, or {name: hub:..|package:..|path:.., seen: mbert|xlmr|english|[codes], learning_rate: where it "
        "differs}; subsets: where not all of study.subsets; of a decoder also attention: causal|bidirectional|repeated, lora: {rank, alpha, dropout, "
        "targets: [names of linear layers]}, quantized: 4bit where it shall be",
        **RATE,
    )
    subsets: list[str] = key("names `realignment subsets list` knows, in table order", distinct=True, nonempty=True)
    shuffled: list[str] = key("subsets that are also run with shuffled pairs", distinct=True)
    itself: list[str] = key("subsets that are also run with the English sentence paired with itself", distinct=True)
    equal_pairs: list[str] = key(
        "subsets that are also realigned with as many pairs of each language whatever their number (realign.pairs_per_language)",
        distinct=True,
    )
    words: list[str] = key("subsets that are also realigned on words in place of sentences; needs align.aligner", distinct=True)
    tasks: list[str] = key("tasks of the grid", choices=TASKS, distinct=True)
    seeds: list[int] = key(
        "training seeds; also the draws of random subsets, unless study.draws lists them",
        **SEEDS,
    )
    draws: list[int] | None = key(
        "draws of random subsets, each run with every training seed; null: one draw per training seed, as in the paper",
        **SEEDS,
    )
    floors: bool = key("also fine-tune an untrained encoder and a hypothesis-only NLI model")
    ceiling: Encoder | None = key(
        "an encoder that was aligned already, as an entry of study.encoders says it ({model: labse}): fine-tuned only, a row beside the floors of each encoder; null: none",
        **RATE,
    )
    executor: str = key(
        "where the jobs are computed: worker processes of this machine, a Ray cluster, or SLURM; no part of a run's identity",
        choices=("local", "ray", "slurm"),
    )
    gpu_share: float = key(
        "part of a GPU that each job takes, local and on Ray: with 0.5 two train on one at a time", least=0.05, most=1
    )
    slurm: Slurm = key(
        "executor slurm: cluster: slurm|local, partition, account, qos, constraint, cpus, gpus, memory, hours, pack (hours of jobs in one task), "
        "signal (seconds before the limit), timeouts, array, tasks (at once), setup: [commands], options: {any of sbatch}"
    )
    retries: int = key(
        "how often a job that was killed, ran out of memory or met a damaged file is tried again", least=0, most=20
    )
    workers: int = key("processes that train at once", least=1, most=THREADS)
    threads: int = key("CPU threads a worker; part of a run's identity", least=1, most=THREADS)
    device: str = key("where to train", choices=("auto", "cpu", "cuda"))
    checkpoint: float = key("seconds between two checkpoints of a training; no part of a run's identity", least=0)
    keep: str = key("which weights stay in the registry", choices=("all", "encoders", "best", "none"))

    @property
    def bases(self) -> dict[str, Encoder]:
        """Every base encoder: those of `encoders` by their labels, and the ceiling."""
        return self.encoders | ({CEILING: self.ceiling} if self.ceiling else {})


@dataclass(frozen=True)
class Report:
    published: bool = key("show the paper's numbers: the page of its authors' runs, and ours in the layout of its tables")
    latex: bool = key("write tables/*.tex (booktabs) beside Markdown and CSV")
    compare: list[list[str]] = key(
        "settings shown side by side, each a list of two sides or more as `realignment compare` takes them: [[steps=40, steps=400]]; "
        "their runs must be in the tracking store"
    )


@dataclass(frozen=True)
class Authors:
    runs: bool = key("put the authors' runs into the MLflow experiment `published`, where the cells of their page open them")


@dataclass(frozen=True)
class Settings:
    """All sections, validated. `settings` is the section of the verb of that name."""

    profile: str
    settings: About
    fetch: Fetch
    check: Check
    select: Select
    align: Align
    pretrain: Pretrain
    realign: Realign
    finetune: Finetune
    evaluate: Evaluate
    study: Study
    report: Report
    authors: Authors
