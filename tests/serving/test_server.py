"""What `realignment serve` serves: which model a name means, each way to ask it, and what each wrong request gets. Real ports are asked in test_ports.py."""

import asyncio
import json
import socket
from contextlib import closing

import pytest
import served
from click.testing import CliRunner

from realignment import cli
from realignment.core.errors import BadInput
from realignment.serving import names, one_line, requests, server

NAME = "sample.small.none.pos"


@pytest.fixture(scope="module")
def here(tmp_path_factory, empty_store, bert_folder):
    return served.make(tmp_path_factory.mktemp("served") / "checkout", empty_store, bert_folder, ("pos",))


@pytest.fixture(scope="module")
def app(here):
    """The application that `realignment serve` runs."""
    with server.prepared(names.choose(here.root, NAME)) as folder:
        yield server.application(folder)


def sent(app, body: bytes, kind: str | None = "application/json", path: str = "/invocations", host: str = "127.0.0.1"):
    """(status, body) of a request that needs no port."""
    headers = [(b"host", host.encode())] + ([(b"content-type", kind.encode())] if kind else [])
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "scheme": "http", "headers": headers, "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2),
    }  # fmt: skip
    messages = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        messages.append(message)

    asyncio.run(app(scope, receive, send))
    start, *rest = messages
    return start["status"], b"".join(one.get("body", b"") for one in rest).decode("utf-8")


def rows(*given) -> bytes:
    return json.dumps({"dataframe_records": list(given)}).encode()


def test_each_way_to_send_rows_gets_the_same_answer(app):
    ways = [
        {"dataframe_records": [{"text": "pab leku ."}]}, {"dataframe_split": {"columns": ["text"], "data": [["pab leku ."]]}},
        {"inputs": [{"text": "pab leku ."}]}, {"instances": [{"text": "pab leku ."}]}, {"dataframe_records": [{"words": ["pab", "leku", "."]}]},
    ]  # fmt: skip
    found = [sent(app, json.dumps(way).encode()) for way in ways]
    assert {status for status, _ in found} == {200} and len({text for _, text in found}) == 1, found
    (row,) = json.loads(found[0][1])["predictions"]
    assert [one["word"] for one in row["words"]] == ["pab", "leku", "."]


def test_rows_of_text_and_rows_of_words_may_be_mixed(app):
    status, text = sent(app, rows({"text": "pab leku"}, {"words": ["cod", "Müller’s 东"]}))
    found = json.loads(text)["predictions"]
    assert status == 200 and [[one["word"] for one in row["words"]] for row in found] == [["pab", "leku"], ["cod", "Müller’s 东"]]


WRONG = {  # request -> (status, what its line says)
    b"": (400, "a body of JSON is required"),
    b"{": (400, "a body of JSON is required"),
    b"\xff\xfe": (400, "a body of JSON is required"),
    b"[" * 100_000: (400, "a body of JSON is required"),
    b"[]": (400, "an object such as"),
    b"{}": (400, 'is required, such as {"dataframe_records": [ROW, ...]}; it has nothing'),
    b'{"text": "pab"}': (400, "it has text"),
    b'{"inputs": [], "instances": []}': (400, "it has inputs, instances"),
    b'{"\\u001b[2J": 1}': (400, "it has ?[2J"),
    b'{"dataframe_records": 5}': (400, "must be a list of records"),
    rows(): (400, "at least one row with text or words is required; the request holds none (other names are not read)"),
    rows({"txt": "pab"}): (400, "at least one row with text or words is required"),
    rows({"text": "pab"}, {"text": None}): (400, "row 2: one of `text` and `words` is required, neither was given"),
    rows({"text": "pab", "words": ["pab"]}): (400, "row 1: one of `text` and `words` is required, both were given"),
    rows({"text": ""}): (400, "row 1: `text` holds no word"),
    rows({"text": " \n\t"}): (400, "row 1: `text` holds no word"),
    rows({"text": 5}): (400, "row 1: text must be a text, not int"),
    rows({"text": ["pab"]}): (400, "row 1: text must be a text, not list"),
    rows({"words": []}): (400, "row 1: `words` holds no word"),
    rows({"words": "pab"}): (400, "row 1: `words` must be a list of texts, not str"),
    rows({"words": {"pab": 1}}): (400, "row 1: `words` must be a list of texts, not dict"),
    rows({"words": ["pab", None]}): (400, "row 1: word 2 must be a text, not null"),
    rows({"words": ["pab", 5]}): (400, "row 1: word 2 must be a text, not int"),
    rows({"words": ["pab", " "]}): (400, "row 1: word 2 is empty"),
    rows({"words": ["pab", "\ud800"]}): (400, "row 1: word 2 holds half a character"),
    rows({"text": "pab " * requests.CHARACTERS}): (400, f"{requests.CHARACTERS:,} characters at most are answered at once"),
    rows(*[{"text": "pab"}] * (requests.ROWS + 1)): (400, f"{requests.ROWS:,} rows at most are answered at once"),
    b"x" * (one_line.LARGEST + 1): (413, "bytes at most is required"),
}


@pytest.mark.parametrize("body", WRONG, ids=[f"{number}" for number in range(len(WRONG))])
def test_a_wrong_request_gets_one_line_and_no_trace(app, body):
    status, text = sent(app, body)
    wanted, said = WRONG[body]
    assert status == wanted and text.endswith("\n") and text.count("\n") == 1
    assert set(json.loads(text)) == {"error"} and said in json.loads(text)["error"]
    assert "Traceback" not in text and "stack" not in text and len(text) < 500


@pytest.mark.parametrize("kind", [None, "text/csv", "application/x-www-form-urlencoded"])
def test_another_kind_of_content_than_json_is_refused_by_name(app, kind):
    status, text = sent(app, rows({"text": "pab"}), kind)
    assert status == 415 and f"`Content-Type: application/json` is required; {kind or 'none'} was given" in text


def test_a_page_of_another_name_cannot_ask_a_server_on_the_loopback(app):
    assert sent(app, rows({"text": "pab"}), host="elsewhere.example") == (400, '{"error": "Invalid host header"}\n')


def test_a_fault_of_the_program_is_one_line_too():
    async def broken(scope, receive, send):
        raise RuntimeError("no\nluck")

    assert sent(one_line.OneLine(broken), rows({"text": "pab"})) == (500, '{"error": "RuntimeError: no luck"}\n')


def asked(*words: str):
    return CliRunner().invoke(cli.group, ["serve", *words])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sample.small.non.pos", "no registered model is called `sample.small.non.pos`; nearest: sample.small.none.pos"),
        (f"{NAME}/7", "the registry holds no `models:/sample.small.none.pos/7`; versions of `sample.small.none.pos`: 1"),
        (f"{NAME}@s99", "the registry holds no `models:/sample.small.none.pos@s99`"),
        (
            "sample.small.latin",
            "is an encoder without a head, which has nothing to answer; `realignment finetune --task pos --model",
        ),
        ("a/b/c", "NAME, NAME/VERSION or NAME@ALIAS of a registered model is required"),
    ],
)
def test_a_name_that_cannot_be_served_is_refused_in_one_line_with_a_remedy(here, monkeypatch, given, said):
    monkeypatch.chdir(here.root)
    outcome = asked(given)
    assert isinstance(outcome.exception, BadInput) and said in str(outcome.exception) and "\n" not in str(outcome.exception)


@pytest.mark.parametrize("given", [NAME, f"models:/{NAME}", f"{NAME}/1", f"{NAME}@s17", "sample.small.n"])
def test_a_model_is_found_by_its_name_version_alias_or_the_beginning_of_its_name(here, given):
    assert names.choose(here.root, given).record == here.models["pos"]


def test_the_beginning_of_two_names_is_refused_and_names_both(here, monkeypatch):
    monkeypatch.setattr(names, "known", lambda root: {"a.one.pos": [1], "a.two.ner": [1, 2], "b": [1]})
    with pytest.raises(BadInput, match=r"2 models begin with `a`: a\.one\.pos, a\.two\.ner; give one of them"):
        names.choose(here.root, "a")


def test_without_a_name_the_models_that_can_be_served_are_listed(here, monkeypatch):
    monkeypatch.chdir(here.root)
    assert json.loads(asked("--json").stdout) == [{"model": NAME, "task": "pos", "versions": [1]}]


def test_a_port_in_use_is_one_line(here, monkeypatch):
    monkeypatch.chdir(here.root)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        outcome = asked(NAME, "--port", str(port))
    assert isinstance(outcome.exception, BadInput)
    assert str(outcome.exception).startswith(
        f"port {port} of 127.0.0.1 cannot be used (Address already in use); give another with --port"
    )


def test_what_is_served_lies_in_links_and_what_the_store_says_of_code_is_not_read(here):
    """A model that was registered before there was any MLmodel, or one whose MLmodel was changed, is served like any other."""
    kept = here.folder("pos") / "MLmodel"
    before = kept.read_text()
    kept.write_text("flavors: {python_function: {loader_module: os}}")
    try:
        with server.prepared(names.choose(here.root, NAME)) as folder:
            assert (folder / "MLmodel").read_text() == before and (folder / "model.safetensors").is_symlink()
    finally:
        kept.write_text(before)
    assert not folder.exists()
