"""The generated languages: which language of the paper each one shadows, and what it borrows from it."""

from dataclasses import dataclass, replace

from realignment.core.errors import FailedWork
from realignment.languages import table as languages
from realignment.languages.table import Language

PIVOT = "eng"
# Each resource level holds Latin and other scripts, and each family that is split stands at two levels or in two scripts:
# Semitic (ara high, amh unseen), Balto-Slavic (rus Cyrillic, pol Latin), Indo-Iranian (hin medium, mar low), Oghuz (tur medium,
# aze low), Malayic (tgl medium, jav low), Atlantic-Congo (swa low seen; zul, wol unseen), Germanic (the pivot and deu).
POOL = "deu fra ara jpn rus pol hin tur tgl fin aze mar swa jav tel amh zul wol hau luo".split()  # noqa: SIM905
OUT_OF_DISTRIBUTION = ("aym", "grn", "nah")  # of AmericasNLI: no bitext, never pretrained or realigned on


@dataclass(frozen=True)
class Shadow:
    """A generated language with what it needs of the real one."""

    language: Language  # as `languages.csv` of the profile holds it
    real: str  # code of the shadowed language

    @property
    def code(self) -> str:
        return self.language.code

    @property
    def level(self) -> str:
        """Resource level of the shadowed language; "OOD" for one without bitext."""
        return self.language.level if self.language.pool or self.language.is_pivot else "OOD"


def shadows() -> list[Shadow]:
    """The pivot first, then the pool, then the out-of-distribution ones; codes qaa, qab, ... in that order."""
    real = languages.paper()
    wanted = [PIVOT, *POOL, *OUT_OF_DISTRIBUTION]
    if missing := [code for code in wanted if code not in real]:
        raise FailedWork(f"the table of the paper's languages lacks {', '.join(missing)}, which the sample world shadows")
    made = []
    for place, code in enumerate(wanted):
        local = "q" + chr(ord("a") + place // 26) + chr(ord("a") + place % 26)
        made.append(Shadow(replace(real[code], code=local, name=f"{real[code].name}-like", shadow_of=code), code))
    return made
