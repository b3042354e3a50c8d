"""The report as one self-contained HTML page: what is shown is decided here, how it looks in data/templates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from realignment.report.links import Behind
from realignment.report.view import Link, Section

TEMPLATES = "data/templates"


@dataclass(frozen=True)
class Page:
    """`files`: where the tables lie at full precision, seen from the page; `again`: seconds after which it is read again, 0: never."""

    title: str
    lead: str
    facts: Mapping[str, str | Link]
    notice: str
    sections: Sequence[Section]
    behind: Behind = field(default_factory=dict)
    chains: Mapping = field(default_factory=dict)  # what each cell stands on, see `chains.embedded`
    other: Link | None = None  # the other page of the report
    files: str = ""
    again: int = 0
    alarm: str = ""  # what is wrong with numbers of the page


def render(page: Page) -> str:
    """The whole document; text is escaped, only the SVG of our figures is not."""
    import jinja2
    from markupsafe import Markup

    def read(name: str) -> str:
        return files("realignment").joinpath(TEMPLATES, name).read_text(encoding="utf-8")

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(read("page.html"))
    data = {"behind": Markup(_json(page.behind)), "chains": Markup(_json(page.chains) if page.chains else "")}
    style, script = (Markup("\n".join(read(f"{name}.{kind}") for name in ("page", "chain"))) for kind in ("css", "js"))
    return template.render(page=page, raw=Markup, style=style, script=script, **data)


def _json(content: Mapping) -> str:
    """JSON that stands within a script."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
