"""Reading and validating RO-Crates without a network: their contexts lie in tests/data/ro-crate."""

import io
import json
import subprocess
import sys
from pathlib import Path

CONTEXTS = Path(__file__).parents[1] / "data" / "ro-crate"
FILES = {
    "https://w3id.org/ro/crate/1.1/context": "ro-crate-1.1-context.jsonld",
    "https://w3id.org/ro/terms/workflow-run/context": "workflow-run-context.jsonld",
}
PREFIXES = """
PREFIX s: <http://schema.org/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX bs: <https://bioschemas.org/>
PREFIX flow: <https://bioschemas.org/ComputationalWorkflow#>
PREFIX run: <https://w3id.org/ro/terms/workflow-run#>
PREFIX code: <https://codemeta.github.io/terms/>
"""


def metadata(folder: Path) -> dict:
    return json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))


def graph(folder: Path):
    """The crate as RDF."""
    import rdflib

    content = metadata(folder)
    terms: dict = {}
    for one in content["@context"]:
        terms |= one if isinstance(one, dict) else json.loads((CONTEXTS / FILES[one]).read_text(encoding="utf-8"))["@context"]
    found = rdflib.Graph()
    text = json.dumps({"@context": terms, "@graph": content["@graph"]})
    return found.parse(data=text, format="json-ld", publicID="https://crate.invalid/")


def ask(found, question: str) -> list[tuple]:
    """The rows of a SPARQL question, as plain values in order."""
    rows = found.query(PREFIXES + question)
    return sorted((tuple(None if one is None else one.toPython() for one in row) for row in rows), key=repr)


def warm(cache: Path) -> Path:
    """A file of cached answers, in which the validator finds the contexts."""
    import requests
    import requests_cache
    import urllib3

    session = requests_cache.CachedSession(str(cache.with_suffix("")), backend="sqlite")
    for address, name in FILES.items():
        for headers in ({}, {"Accept": "application/ld+json, application/json"}):
            asked = requests.Request("GET", address, headers=headers).prepare()
            body = io.BytesIO((CONTEXTS / name).read_bytes())
            told = {"Content-Type": "application/ld+json"}
            raw = urllib3.HTTPResponse(body, told, 200, preload_content=False, request_url=address)
            session.cache.save_response(requests.adapters.HTTPAdapter().build_response(asked, raw))
    session.close()
    return cache


VALIDATE = "import sys; from rocrate_validator.cli import cli; sys.argv[0] = 'rocrate-validator'; cli()"


def judge(folder: Path, scratch: Path) -> dict:
    """What roc-validator says of a crate, without a network: {passed, issues, ...}."""
    cache, report = warm(scratch / "cache.sqlite"), scratch / "report.json"
    words = ["-y", "validate", str(folder), "-p", "provenance-run-crate-0.5", "-l", "required", "-f", "json", "-o", str(report)]
    words += ["--offline", "--cache-path", str(cache.with_suffix(""))]
    done = subprocess.run([sys.executable, "-c", VALIDATE, *words], capture_output=True, text=True, check=False)
    if not report.is_file():
        raise RuntimeError(done.stdout + done.stderr)
    return json.loads(report.read_text(encoding="utf-8"))
