"""The paper's corpora, brought from a server on the loopback that has their layouts, and what may go wrong on the way."""

import gzip
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import requests
from corpora_server import COMMIT, Site, broken_off, moved, serve, stalled, status
from made_corpora import Maker
from waiting import LIMIT

from realignment.config import params
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.sources import catalogue
from realignment.sources.lock import Lock
from realignment.sources.public import availability, download, hub, web
from realignment.stages import fetch

CHECKOUT = Path(__file__).parents[2]
PAPER = params.load(Workspace(CHECKOUT, "paper"))
BUCKET = "/storage.googleapis.com/allennlp-data-bucket/nllb/eng_Latn-swh_Latn.gz"
RAW = "/raw.githubusercontent.com/masakhane-io/masakhane-pos/a42273eb27d37f3dedfc3914bfccb88199e10454/data/swa/test.txt"
UDPOS = "/datasets/izhx/xtreme-r-udpos/resolve/7e002378cc5704114200c479db0c592c7f77f8f8/fr/test.parquet"


class World:
    """A site, and the settings that read it."""

    def __init__(self, root: Path, **how) -> None:
        self.root = root
        self.fetch = replace(PAPER.fetch, folder=str(root / "corpora"), lock=str(root / "sources.lock"), mirrors={}, **how)
        self.site = Site(made=Maker(self.plan, lambda one: 120 if one.corpus.head else 12))
        self.site.revisions = {
            one.corpus.repo: one.corpus.revision for one in self.plan if one.corpus.revision not in ("", "main")
        }

    @property
    def plan(self):
        return catalogue.plan(self.fetch)

    def at(self, address: str) -> "World":
        """Everything is asked of `address`."""
        hosts = ("raw.githubusercontent.com", "storage.googleapis.com")
        self.fetch = replace(self.fetch, mirrors={"hub": address, **{f"https://{host}": f"{address}/{host}" for host in hosts}})
        return self

    def run(self) -> list[dict]:
        self.site.asked.clear()
        return fetch.run(Workspace(self.root, "paper"), replace(PAPER, fetch=self.fetch))

    def lock(self) -> list[dict]:
        path = self.root / "sources.lock"
        return json.loads(path.read_text()) if path.exists() else []


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No pause before another try, and as long for an answer as a busy machine takes."""
    monkeypatch.setattr(web, "BACKOFF", 0.01)
    monkeypatch.setattr(web, "TIMEOUT", (LIMIT, LIMIT))


@pytest.fixture
def world(tmp_path):
    """Two bitexts (hub, bucket) and POS sets (hub, raw) of Swahili, French and English."""
    one = World(tmp_path, languages=["swa", "fra"], tasks=["pos"], train={"pos": "udpos"}, max_pairs=50)
    with serve(one.site) as address:
        yield one.at(address)


def test_every_set_is_read_and_asked_for_once(tmp_path):
    everything = World(tmp_path, languages=["swa", "amh", "fra", "mya", "ind", "quy"], max_pairs=40)
    with serve(everything.site) as address:
        rows = everything.at(address).run()
        assert {(row["task"], row["set"]) for row in rows if row["kind"] == "evalset"} == {
            ("pos", "udpos"), ("pos", "masakhapos"), ("ner", "wikiann"), ("ner", "masakhaner2"), ("nli", "xnli"),
            ("nli", "afrixnli"), ("nli", "americasnli"), ("nli", "indonli"), ("nli", "myxnli"),
        }  # fmt: skip
        assert all(row["read"] == row["kept"] and not row["refused"] for row in rows)
        bitexts = json.loads((tmp_path / "data/paper/manifest.json").read_text())["files"]
        assert {one["language"]: one["rows_kept"] for one in bitexts if one["kind"] == "bitext"} == dict.fromkeys(
            ("amh", "fra", "ind", "mya", "swa"), 40
        )
        first = (tmp_path / "sources.lock").read_bytes()
        everything.run()
        assert everything.site.asked == [] and (tmp_path / "sources.lock").read_bytes() == first
    assert {one["path"] for one in everything.lock()} == {one.path for one in everything.plan}
    assert {one["revision"] for one in everything.lock() if "wikiann" in one["source"]} == {COMMIT}, "main was pinned"


def test_xquad_and_squad_are_brought_from_the_hub_at_their_commits(tmp_path):
    one = World(tmp_path, languages=["spa", "tha", "swa"], tasks=["xquad"], max_pairs=20)
    with serve(one.site) as address:
        found = [row for row in one.at(address).run() if row["kind"] == "evalset"]
    assert {(row["task"], row["set"]) for row in found} == {("xquad", "xquad"), ("xquad", "squad")}
    read = {(wanted.corpus.name, wanted.language, wanted.split) for wanted in one.plan if wanted.corpus.task}
    assert read == {("xquad", "eng", "test"), ("xquad", "spa", "test"), ("xquad", "tha", "test"), ("squad", "eng", "train")}
    assert all(row["read"] == row["kept"] for row in found)
    locked = {row["source"]: row["revision"] for row in one.lock() if row["path"].startswith("evalsets/")}
    assert locked["hub:google/xquad/xquad.th/validation-00000-of-00001.parquet"] == "51adfef1c1287aab1d2d91b5bead9bcfb9c68583"
    assert locked["hub:rajpurkar/squad/plain_text/train-00000-of-00001.parquet"] == "7b6d24c440a36b6815f21b70d25016731768db1f"
    rows = pq.read_table(Workspace(tmp_path, "paper").evalset("xquad", "xquad", "tha")).to_pylist()
    assert all(
        one["context"][start : start + len(text)] == text
        for one in rows
        for text, start in zip(one["answers"], one["starts"], strict=True)
    )


def test_the_manifest_names_source_revision_licence_and_hash(world):
    world.run()
    files = json.loads((world.root / "data/paper/manifest.json").read_text())["files"]
    (udpos,) = [one for one in files if one["path"] == "evalsets/pos/udpos/fra.parquet"]
    locked = {one["path"]: one for one in world.lock()}
    assert udpos["origin"] == "hub:izhx/xtreme-r-udpos/fr/test.parquet"
    assert udpos["revision"] == "7e002378cc5704114200c479db0c592c7f77f8f8" and udpos["licence"].startswith("UD 2.7")
    assert udpos["inputs"][0]["sha256"] == locked["evalsets/pos/udpos/fra.test.parquet"]["sha256"]
    assert locked["bitext/nllb/swa.jsonl.gz"]["stated"] == "ODC-By" and locked["bitext/nllb/swa.jsonl.gz"]["rows"] == 50


def test_tags_that_are_numbers_get_the_names_of_their_set(world):
    world.run()
    tags = pq.read_table(Workspace(world.root, "paper").evalset("pos", "udpos", "fra")).column("tags").to_pylist()
    assert tags[0] == ["NOUN", "VERB", "ADJ", "ADV", "PROPN", "PUNCT"]


def test_english_is_found_in_either_column_of_nllb(tmp_path):
    both = World(tmp_path, languages=["amh", "bam"], tasks=["pos"], train={"pos": "udpos"}, max_pairs=30, bitext="reference-code")
    with serve(both.site) as address:
        both.at(address).run()
    for code in ("amh", "bam"):
        (one,) = [wanted for wanted in both.plan if wanted.language == code and wanted.rows]
        assert not Path(one.url).name.startswith("eng_Latn"), "the first column is the other language"
        table = pq.read_table(Workspace(tmp_path, "paper").bitext(code))
        assert all(set(source) <= set("abcdefghij ") for source in table.column("source").to_pylist())


def test_the_rule_of_the_preset_says_where_a_bitext_comes_from():
    def corpora(rule):
        plan = catalogue.plan(replace(PAPER.fetch, bitext=rule))
        return {name: sum(one.corpus.name == name for one in plan) for name in ("opus100", "nllb")}

    assert (corpora("paper"), corpora("reference-code")) == ({"opus100": 49, "nllb": 16}, {"opus100": 38, "nllb": 27})
    assert params.load(Workspace(CHECKOUT, "reference-code")).fetch.bitext == "reference-code"


def impatient(path: str, monkeypatch) -> None:
    """The first request for `path` waits for a moment alone, every other one as long as it takes."""
    real, first = requests.get, [path]

    def get(url: str, **how):
        if url.endswith(path) and first:
            first.clear()
            how["timeout"] = (LIMIT, 0.2)
        return real(url, **how)

    monkeypatch.setattr(requests, "get", get)


@pytest.mark.parametrize("path", [BUCKET, RAW])
@pytest.mark.parametrize(
    "fault", [status(503), status(429), stalled, broken_off(0.5)], ids=["503", "429", "stalled", "broken-off"]
)
def test_what_goes_wrong_for_a_moment_is_tried_again(world, path, fault, monkeypatch):
    world.site.faults[path] = [fault]
    if fault is stalled:
        impatient(path, monkeypatch)
    world.run()
    assert [asked for _, asked in world.site.asked].count(path) == 2
    content = world.site.content(path)
    if path == RAW:
        assert (world.root / "corpora/evalsets/pos/masakhapos/swa.test.txt").read_bytes() == content


@pytest.mark.parametrize(
    ("path", "fault", "message"),
    [
        (RAW, status(404), "answered 404"),
        (UDPOS, status(404), r"fr/test\.parquet"),
        (RAW, moved("http://elsewhere.example/x"), "another host, elsewhere.example"),
    ],
    ids=["raw-404", "hub-404", "redirect"],
)
def test_what_stays_wrong_stops_and_keeps_what_came(world, path, fault, message):
    world.site.faults[path] = [fault] * 9
    with pytest.raises(FailedWork, match=message) as stop:
        world.run()
    assert "files are still missing; what came stays" in str(stop.value)
    assert not (world.root / "data/paper/manifest.json").exists()
    came = {one["path"] for one in world.lock()}
    world.site.faults.clear()
    world.run()
    assert not any(
        Path(asked).name in {Path(path).name for path in came} - {Path(path).name}
        for _, asked in world.site.asked
        if "raw" in asked
    )


def test_a_server_that_never_answers_is_given_up(world):
    world.site.faults[BUCKET] = [status(503)] * 20
    with pytest.raises(FailedWork, match="given up after 5 tries"):
        world.run()


def test_an_unknown_revision_is_named(world):
    world.site.revisions["izhx/xtreme-r-udpos"] = "f" * 40
    with pytest.raises(FailedWork, match=r"izhx/xtreme-r-udpos.*RevisionNotFound"):
        world.run()


def test_a_gzip_cut_off_at_the_source_is_no_short_file(world):
    world.site.files[BUCKET] = gzip.compress(gzip.decompress(world.site.content(BUCKET))[:2000])[:-30]
    with pytest.raises(FailedWork, match="cut off at the source"):
        world.run()
    assert not (world.root / "corpora/bitext/nllb/swa.jsonl.gz").exists()


def test_a_byte_changed_on_the_way_from_the_hub_is_noticed(world, monkeypatch):
    whole = hub.whole

    def damaged(wanted, commit, part, endpoint, advance):
        whole(wanted, commit, part, endpoint, advance)
        if wanted.language == "fra":
            part.write_bytes(part.read_bytes()[:-1] + b"x")

    monkeypatch.setattr(hub, "whole", damaged)
    with pytest.raises(FailedWork, match="the hub states sha256"):
        world.run()


@pytest.mark.parametrize("path", ["evalsets/pos/masakhapos/swa.test.txt", "bitext/nllb/swa.jsonl.gz"])
def test_a_file_that_changed_here_is_named_and_left_alone(world, path):
    world.run()
    place = world.root / "corpora" / path
    place.write_bytes(place.read_bytes()[:-40])
    with pytest.raises(FailedWork, match=f"1 files differ from sources.lock: {path}"):
        world.run()
    place.unlink()
    world.run()
    assert len(world.site.asked) == 1, "only that file is downloaded again"


@pytest.mark.parametrize("path", [RAW, BUCKET])
def test_a_file_that_changed_at_the_source_is_refused(world, path):
    world.run()
    content = world.site.files[path]
    lines = gzip.decompress(content) if path == BUCKET else content
    other = lines.replace(b"a", b"b")
    world.site.files[path] = gzip.compress(other) if path == BUCKET else other
    for place in ("evalsets/pos/masakhapos/swa.test.txt", "bitext/nllb/swa.jsonl.gz"):
        (world.root / "corpora" / place).unlink()
    with pytest.raises(FailedWork, match="it changed at the source"):
        world.run()


def test_a_file_that_only_grew_gives_the_same_head(world):
    world.run()
    before = (world.root / "corpora/bitext/nllb/swa.jsonl.gz").read_bytes()
    world.site.files[BUCKET] += gzip.compress(b"more\tzaidi\t1\n")
    (world.root / "corpora/bitext/nllb/swa.jsonl.gz").unlink()
    world.run()
    assert (world.root / "corpora/bitext/nllb/swa.jsonl.gz").read_bytes() == before


def test_more_pairs_are_the_same_pairs_and_more(world):
    world.run()
    first = pq.read_table(Workspace(world.root, "paper").bitext("fra"))
    world.fetch = replace(world.fetch, max_pairs=90)
    world.run()
    longer = pq.read_table(Workspace(world.root, "paper").bitext("fra"))
    assert longer.num_rows == 90 and longer.slice(0, 50).equals(first)
    world.fetch = replace(world.fetch, max_pairs=20)
    world.run()
    assert world.site.asked == [] and pq.read_table(Workspace(world.root, "paper").bitext("fra")).num_rows == 20


def test_a_folder_may_stand_in_for_the_hosts(world, tmp_path):
    world.run()
    mirror = tmp_path / "mirror"
    for path, content in world.site.files.items():
        place = mirror / path.removeprefix("/datasets/").removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    hosts = ("raw.githubusercontent.com", "storage.googleapis.com")
    other = World(tmp_path / "other", languages=["swa", "fra"], tasks=["pos"], train={"pos": "udpos"}, max_pairs=50)
    other.fetch = replace(other.fetch, mirrors={"hub": str(mirror), **{f"https://{host}": f"{mirror}/{host}" for host in hosts}})
    other.run()
    assert [(one["path"], one["sha256"]) for one in other.lock()] == [(one["path"], one["sha256"]) for one in world.lock()]
    (mirror / "izhx/xtreme-r-udpos/fr/test.parquet").unlink()
    (tmp_path / "other/corpora/evalsets/pos/udpos/fra.test.parquet").unlink()
    with pytest.raises(FailedWork, match="required in the mirror folder and does not exist"):
        other.run()


def test_what_came_from_a_mirror_of_no_known_commit_stays_when_the_hub_is_asked_for_more(tmp_path):
    one = World(tmp_path, languages=["fra"], tasks=["ner"], train={"ner": "wikiann"}, max_pairs=20)
    with serve(one.site) as address:
        one.at(address)
        for wanted in one.plan:
            path = f"/datasets/{wanted.corpus.repo}/{wanted.file}"
            place = tmp_path / "mirror" / path.removeprefix("/datasets/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(one.site.content(path))
        one.fetch = replace(one.fetch, mirrors={"hub": str(tmp_path / "mirror")})
        one.run()
        assert {row["revision"] for row in one.lock() if "wikiann" in row["source"]} == {"mirror"} and one.site.asked == []
        (tmp_path / "corpora/evalsets/ner/wikiann/fra.test.parquet").unlink()
        before = {row["path"]: row["sha256"] for row in one.lock()}
        one.at(address).run()
        assert {row["path"]: row["sha256"] for row in one.lock()} == before
        assert [Path(path).name for _, path in one.site.asked if "/resolve/" in path].count("test-00000-of-00001.parquet") >= 1


def test_hf_endpoint_is_asked_and_hf_hub_offline_obeyed(world, monkeypatch):
    address = world.fetch.mirrors["hub"]
    world.fetch = replace(world.fetch, languages=["fra"], mirrors={})
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("REALIGNMENT_OFFLINE_BY_DEFAULT", raising=False)
    with pytest.raises(FailedWork, match=r"\d of \d files are missing and HF_HUB_OFFLINE=1 forbids the network"):
        world.run()
    monkeypatch.setenv("REALIGNMENT_OFFLINE_BY_DEFAULT", "1")
    monkeypatch.setenv("HF_ENDPOINT", address)
    world.run()
    assert world.site.asked and {Path(one.path).parts[1] for one in world.plan} == {"opus100", "pos"}


def test_a_script_is_never_asked_for(world):
    world.run()
    assert not any(path.endswith(".py") for _, path in world.site.asked)
    (one,) = [one for one in world.plan if one.path == "evalsets/pos/udpos/fra.test.parquet"]
    with pytest.raises(FailedWork, match="a script is refused"):
        hub.whole(replace(one, file="xtreme-r-udpos.py"), "0" * 40, world.root / "x", None, lambda size: None)


def test_the_stock_says_what_is_there_and_what_would_come(world):
    sizes = {row["path"]: row["bytes"] for row in availability.files(world.root, world.fetch, ask=True)}
    assert sizes["evalsets/pos/masakhapos/swa.test.txt"] == len(world.site.content(RAW))
    assert sizes["evalsets/pos/udpos/fra.test.parquet"] == len(
        world.site.content("/datasets/izhx/xtreme-r-udpos/fr/test.parquet")
    )
    assert sizes["bitext/opus100/fra.jsonl.gz"] == 50 * availability.PAIR, "about, of a head"
    assert not any(path.startswith("/datasets/") for method, path in world.site.asked if method == "GET"), "nothing was brought"
    world.run()
    (world.root / "corpora/evalsets/pos/masakhapos/swa.test.txt").write_text("other")
    world.site.asked.clear()
    rows = {row["path"]: row for row in availability.files(world.root, world.fetch, ask=True)}
    assert {path: row["state"] for path, row in rows.items() if row["state"] != "present"} == {
        "evalsets/pos/masakhapos/swa.test.txt": "changed"
    }
    assert rows["evalsets/pos/masakhapos/swa.test.txt"]["bytes"] == len(world.site.content(RAW)) and world.site.asked == []


def test_a_file_already_there_is_taken_and_locked(world, capsys):
    place = world.root / "corpora/evalsets/pos/masakhapos/swa.test.txt"
    place.parent.mkdir(parents=True)
    place.write_bytes(world.site.content(RAW))
    world.run()
    assert "is in no lock: taken as it is" in capsys.readouterr().err
    assert not any(path == RAW for _, path in world.site.asked)
    assert "evalsets/pos/masakhapos/swa.test.txt" in {one["path"] for one in world.lock()}


def test_the_lock_of_the_package_fits_its_catalogue():
    lock = Lock(CHECKOUT / "data/sources.lock")
    plan = {one.path: one for rule in ("paper", "reference-code") for one in catalogue.plan(replace(PAPER.fetch, bitext=rule))}
    assert lock.entries and all(lock.of(plan[path]) is not None for path in lock.entries)


def test_the_locked_files_of_the_package_are_the_ones_at_hand():
    """Where the corpora were unpacked: they were taken from the same commits."""
    real = CHECKOUT / "corpora/real"
    found = {f"evalsets/pos/masakhapos/{path.parent.name}.test.txt": path for path in real.glob("pos/masakhapos/*/test.txt")}
    if not found:
        pytest.skip("corpora/real is not there: real text is not part of the repository")
    lock = Lock(CHECKOUT / "data/sources.lock")
    for path, place in found.items():
        assert download.digest(place) == (lock.entries[path].size, lock.entries[path].sha256)


def test_the_pages_say_how_many_files_are_pinned_beforehand():
    """As shipped: what a fetch of one's own adds to the lock has another date."""
    lock = Lock(CHECKOUT / "data/sources.lock")
    pinned = [
        one
        for one in catalogue.plan(PAPER.fetch)
        if (known := lock.of(one)) and known.retrieved.startswith("2026-11-22T00:00:00")
    ]
    files, sets = len(catalogue.plan(PAPER.fetch)), Counter(one.corpus.name for one in pinned)
    said = {
        name: " ".join((CHECKOUT / name).read_text().split())
        for name in ("docs/paper.md", "src/realignment/sources/public/PUBLIC.md")
    }
    assert f"of {len(pinned)} of the {files} files in advance" in said["docs/paper.md"]
    about = said["src/realignment/sources/public/PUBLIC.md"]
    assert f"Of the {files} files of the paper, {len(pinned)} are pinned in advance" in about
    assert f"({sets['masakhapos']} of MasakhaPOS, {sets['masakhaner2']} of MasakhaNER 2, IndoNLI, myXNLI)" in about
    assert f"The other {files - len(pinned)} are trusted at their first download" in about
