"""What names one cell of the grid: encoder, subset, control, seeds; and a task where there is one."""

from dataclasses import dataclass, replace

from realignment.config.schema import CEILING, EQUAL_PAIRS
from realignment.subsets import naming

OTHERWISE = {  # rows that are realigned otherwise than the plain one: control -> the settings of `realign` that make the difference
    "equal_pairs": {"allocation": EQUAL_PAIRS},
    "words": {"unit": "words"},
}
ALIGNED = "aligned"  # the control of the ceiling
CONTROLS = (
    *("", *OTHERWISE, "shuffled", "self", ALIGNED),
    *("untrained", "hypothesis", "majority"),
)  # the last three are floors, of subset `none`, as is the ceiling: another encoder, which was aligned already, fine-tuned only


def base(encoder: str, control: str) -> str:
    """What the base encoder of a row goes by: its encoder's label; of a ceiling CEILING."""
    return CEILING if control == ALIGNED else encoder


@dataclass(frozen=True)
class Seeds:
    """One seed per source of chance; `--seed` sets them all."""

    subset: int  # the draw of a random subset
    order: int  # which pairs are seen, in which order
    head: int  # initial weights of the task head and projection
    dropout: int

    @classmethod
    def all(cls, seed: int, **override: int | None) -> "Seeds":
        """`override` takes the parts given on the command line; None leaves the common seed."""
        given = {part: value for part, value in override.items() if value is not None}
        return replace(cls(seed, seed, seed, seed), **given)

    @property
    def label(self) -> str:
        """`s17` where all four agree, `s17.23.17.17` where they do not."""
        return f"s{seed_label(self)}"


@dataclass(frozen=True)
class Cell:
    """A realigned encoder of the grid."""

    encoder: str  # label in `study.encoders`
    subset: str  # a name `subsets.json` knows
    seeds: Seeds
    control: str = ""  # one of CONTROLS

    @property
    def base(self) -> str:
        """What its base encoder goes by."""
        return base(self.encoder, self.control)

    @property
    def row(self) -> str:
        """The subset as tables print it, with its control."""
        return self.subset + (f".{self.control}" if self.control else "")

    @property
    def drawn(self) -> bool:
        """Whether the subset is a random draw that follows the subset seed."""
        return naming.split(self.subset).drawn


def seed_label(seeds: Seeds) -> str:
    """`17` where all four seeds agree, `17.23.17.17` where they do not."""
    values = [seeds.subset, seeds.order, seeds.head, seeds.dropout]
    return str(values[0]) if len(set(values)) == 1 else ".".join(map(str, values))
