"""Tokenizers: words of POS and NER get the tokens of running text, files and weights fit, every file that is read is in the digest."""

import json
import shutil
from collections import Counter
from fnmatch import fnmatch

import pytest
import tokenizers_made as made
import transformers
from encoders import ALPHABETS, sentences
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from realignment.core.errors import BadInput
from realignment.engine import batches, encoder, examples
from realignment.engine.bases import locate, vocabulary

KINDS = {
    "byte level": (made.byte_level, {}, "roberta"),
    "byte level with a blank in front": (made.byte_level, {"add_prefix_space": True}, "roberta"),
    "pieces": (made.metaspace, {}, "xlm-roberta"),
    "pieces, first": (made.metaspace, {"prepend": "first"}, "xlm-roberta"),
    "pieces, never": (made.metaspace, {"prepend": "never"}, "xlm-roberta"),
    "word pieces": (made.word_piece, {}, "bert"),
    "word pieces in lower case": (made.word_piece, {"lowercase": True}, "bert"),
}


@pytest.fixture(params=KINDS)
def folder(request, tmp_path):
    make, how, kind = KINDS[request.param]
    return made.save(tmp_path / "encoder", *make(**how), kind)


@pytest.fixture
def bert(tmp_path):
    return made.save(tmp_path / "bert", *made.word_piece(), "bert")


@pytest.fixture
def roberta(tmp_path):
    return made.save(tmp_path / "roberta", *made.byte_level(), "roberta")


def edit(path, **change):
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


def test_words_given_as_words_get_the_tokens_they_have_in_running_text(folder):
    """The first word of a sentence too; realignment reads running text, POS and NER give words."""
    tokenizer = encoder.load_tokenizer(folder)
    lines = [line for alphabet in ALPHABETS for line in sentences(50, 7, alphabet)]
    as_words = batches.encode_words(tokenizer, [line.split() for line in lines], 100)
    as_text = batches.encode_texts(tokenizer, lines, 100, "reference-code")  # whose words are what stands between blanks
    assert as_words.tokens.tolist() == as_text.tokens.tolist()
    assert as_words.words.tolist() == as_text.words.tolist()
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert as_words.tokens.tolist() == [token for line in lines for token in plain.encode(line).ids]


def test_a_word_of_a_byte_level_tokenizer_begins_with_its_blank(roberta):
    """The case itself: `wa` within a sentence is `Ġwa`, as words and as text."""
    tokenizer = encoder.load_tokenizer(roberta)
    encoded = batches.encode_words(tokenizer, [["no", "wa"]], 20)
    tokens = tokenizer.convert_ids_to_tokens(encoded.tokens.tolist())
    assert "".join(tokens) == "<s>noĠwa</s>"


def pieces_of(tokenizer, sentences, **how) -> list[list[str]]:
    """The tokens of each word, sentence after sentence."""
    encoded = batches.encode_words(tokenizer, sentences, 100, **how)
    tokens, found, before = tokenizer.convert_ids_to_tokens(encoded.tokens.tolist()), [], -1
    for token, word in zip(tokens, encoded.words.tolist(), strict=True):
        if word >= 0:
            found += [[]] if word != before else []
            found[-1].append(token)
        before = word
    return found


def test_bare_words_are_those_of_is_split_into_words(folder):
    """What plain `transformers` makes of lists of words, labels on the first token of each."""
    tokenizer = encoder.load_tokenizer(folder)
    words = [line.split() for alphabet in ALPHABETS for line in sentences(20, 7, alphabet)]
    plain, encoded = tokenizer(words, is_split_into_words=True), batches.encode_words(tokenizer, words, 100, bare=True)
    assert encoded.tokens.tolist() == [token for one in plain.input_ids for token in one]
    tagged = examples.Examples(["0"] * len(words), words, [["NOUN"] * len(one) for one in words])
    labelled = examples.labels(tagged, "pos", encoded) != examples.NO_LABEL
    ids = [plain.word_ids(row) for row in range(len(words))]
    assert labelled.tolist() == [word is not None and one.index(word) == place for one in ids for place, word in enumerate(one)]


@pytest.mark.parametrize("kind", KINDS)
def test_bare_words_lose_the_blank_of_a_tokenizer_that_has_it_in_its_tokens_and_nothing_else(tmp_path, kind):
    """WordPiece has no blanks, and pieces that begin with one of the tokenizer's own get it back; those that `never` do lose it, and so do bytes."""
    make, how, model = KINDS[kind]
    tokenizer = encoder.load_tokenizer(made.save(tmp_path / "encoder", *make(**how), model))
    words = [line.split() for alphabet in ALPHABETS for line in sentences(20, 7, alphabet)]
    spaced, bare = (["".join(one) for one in pieces_of(tokenizer, words, bare=bare)] for bare in (False, True))
    mark = "Ġ" if model == "roberta" else "▁"
    inner = [place > 0 for one in words for place in range(len(one))]
    assert [one.lstrip(mark) for one in spaced] == [one.lstrip(mark) for one in bare]
    if kind in ("byte level", "pieces, never"):
        assert all(one.startswith(mark) for one, within in zip(spaced, inner, strict=True) if within)
        assert not any(one.startswith(mark) for one, within in zip(bare, inner, strict=True) if within)
    else:
        assert spaced == bare


def test_a_tokenizer_that_splits_words_otherwise_than_text_is_refused(tmp_path):
    """As Llama's: a mark before the whole text, so that every word given as a word begins a text."""
    raw, special = made.metaspace("never", split=False)
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    folder = made.save(tmp_path / "encoder", raw, special, "xlm-roberta")
    with pytest.raises(BadInput, match="other tokens than words of running text"):
        encoder.load_tokenizer(folder)


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
def test_a_folder_without_a_tokenizer_is_refused_from_its_files(tmp_path, kind):
    make = {"bert": made.word_piece, "roberta": made.byte_level, "xlm-roberta": made.metaspace}[kind]
    folder = made.save(tmp_path / "encoder", *make(), kind)
    (folder / "tokenizer.json").unlink()
    for look in (lambda: locate.resolve(f"path:{folder}", tmp_path), lambda: encoder.load_tokenizer(folder)):
        with pytest.raises(BadInput, match=r"holds no tokenizer: tokenizer\.json"):
            look()
    (folder / "sentencepiece.bpe.model").write_bytes(b"\n\x0e\n\x05<unk>\x15\x00\x00\x00\x00\x18\x02")
    (folder / "merges.txt").write_text("#version: 0.2\n")
    with pytest.raises(BadInput, match="holds no tokenizer"):
        locate.resolve(f"path:{folder}", tmp_path)


def test_a_tokenizer_made_from_its_vocabulary_alone_is_read(bert, roberta, tmp_path):
    """BERT's from vocab.txt, RoBERTa's from vocab.json and merges.txt: the same tokens as from tokenizer.json."""
    for folder, class_ in ((bert, "BertTokenizer"), (roberta, "RobertaTokenizer")):
        before = encoder.load_tokenizer(folder)("ab cd", "efg")["input_ids"]
        raw = Tokenizer.from_file(str(folder / "tokenizer.json"))
        raw.model.save(str(folder))
        words = sorted(raw.get_vocab(), key=raw.get_vocab().get)
        (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in words))
        (folder / "tokenizer.json").unlink()
        edit(folder / "tokenizer_config.json", tokenizer_class=class_)
        assert locate.resolve(f"path:{folder}", tmp_path)
        assert encoder.load_tokenizer(folder)("ab cd", "efg")["input_ids"] == before


def test_a_vocabulary_with_capitals_does_not_leave_lower_casing_to_a_default(bert):
    words = sorted((vocabulary := Tokenizer.from_file(str(bert / "tokenizer.json")).get_vocab()), key=vocabulary.get)
    (bert / "vocab.txt").write_text("".join(f"{word}\n" for word in [*words[:-1], "Haus"]))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (bert / name).unlink()
    with pytest.raises(BadInput, match=r"holds capitals \(`Haus`\).*set do_lower_case"):
        encoder.load_tokenizer(bert)


def test_more_tokens_than_rows_are_refused_before_anything_is_loaded(bert):
    rows = json.loads((bert / "config.json").read_text())["vocab_size"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert)
    tokenizer.add_tokens(["<new>", "<newer>"])
    tokenizer.save_pretrained(bert)
    for look in (lambda: locate.resolve(f"path:{bert}", bert), lambda: encoder.load_tokenizer(bert)):
        with pytest.raises(BadInput, match=f"its tokenizer has {rows + 2} tokens and its embedding {rows} rows"):
            look()


@pytest.mark.parametrize("name", ["added_tokens.json", "tokenizer_config.json"])
def test_tokens_added_beside_the_tokenizer_are_counted(bert, name):
    rows = json.loads((bert / "config.json").read_text())["vocab_size"]
    token = {"content": "<new>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": False}
    if name == "added_tokens.json":
        (bert / name).write_text(json.dumps({"<new>": rows}))
    else:
        edit(bert / name, added_tokens_decoder={str(rows): token})
    with pytest.raises(BadInput, match=f"has {rows + 1} tokens"):
        locate.resolve(f"path:{bert}", bert)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config.json": {"pad_token_id": 3}}, "the tokenizer pads with 0, config.json says pad_token_id 3"),
        ({"tokenizer.json": {"post_processor": None}}, "begins no text with a special token"),
        ({"tokenizer_config.json": {"do_lower_case": True}}, "do_lower_case True, tokenizer.json says False"),
        ({"tokenizer_config.json": {"strip_accents": True}}, "strip_accents True, tokenizer.json says False"),
        ({"tokenizer.json": {"model": {"type": "Unknown"}}}, "cannot be read"),
    ],
)
def test_files_that_contradict_each_other_are_refused(bert, change, said):
    for name, values in change.items():
        edit(bert / name, **values)
    with pytest.raises(BadInput, match=said) as fault:
        encoder.load_tokenizer(bert)
    assert "\n" not in str(fault.value)


def test_files_of_a_byte_level_tokenizer_that_contradict_each_other_are_refused(roberta):
    edit(roberta / "tokenizer_config.json", add_prefix_space=True)
    with pytest.raises(BadInput, match=r"add_prefix_space True, tokenizer\.json says False"):
        locate.resolve(f"path:{roberta}", roberta)


def test_a_tokenizer_that_draws_its_tokens_is_refused(roberta):
    content = json.loads((roberta / "tokenizer.json").read_text())
    edit(roberta / "tokenizer.json", model={**content["model"], "dropout": 0.1})
    with pytest.raises(BadInput, match="BPE dropout"):
        encoder.load_tokenizer(roberta)


def test_more_sentences_in_a_pair_than_the_encoder_tells_apart_are_refused(tmp_path):
    folder = made.save(tmp_path / "encoder", *made.word_piece(), "xlm-roberta")
    with pytest.raises(BadInput, match=r"tells 2 sentences apart, config\.json has type_vocab_size 1"):
        encoder.load_tokenizer(folder)


def test_what_tokenizer_json_says_of_text_is_not_overruled_by_a_class(bert):
    """transformers makes a BertTokenizer anew, in lower case where tokenizer_config.json does not say otherwise."""
    edit(bert / "tokenizer_config.json", tokenizer_class="BertTokenizer")
    plain = Tokenizer.from_file(str(bert / "tokenizer.json"))
    assert transformers.AutoTokenizer.from_pretrained(bert)("ABC").input_ids != plain.encode("ABC").ids
    assert encoder.load_tokenizer(bert)("ABC").input_ids == plain.encode("ABC").ids


def test_long_texts_are_cut_at_their_end_whatever_the_files_say(bert):
    edit(bert / "tokenizer_config.json", truncation_side="left")
    tokenizer = encoder.load_tokenizer(bert)
    whole, cut = (batches.encode_words(tokenizer, [["ab", "cd", "ef", "gh"]], most).tokens.tolist() for most in (99, 5))
    assert cut[:-1] == whole[: len(cut) - 1]


READ = ["tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json", "vocab.txt", "special_tokens_map.json", "config.json",
        "tokenizer_config.json", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "chat_template.jinja"]  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_every_file_a_tokenizer_reads_is_in_the_key_of_the_encoder_and_of_its_tokens(bert, name):
    assert any(fnmatch(name, pattern) for pattern in encoder.FILES)
    before = locate.encoder_digest(bert), locate.Tokenizer.of(bert)
    path = bert / name
    path.write_bytes((path.read_bytes() if path.is_file() else b"") + b" ")
    after = locate.encoder_digest(bert), locate.Tokenizer.of(bert)
    assert before[0] != after[0] and before[1] != after[1]


def test_the_weights_are_in_the_key_of_the_encoder_and_not_in_that_of_its_tokens(bert):
    before = locate.encoder_digest(bert), locate.Tokenizer.of(bert)
    content = bytearray((bert / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (bert / "model.safetensors").write_bytes(content)
    assert locate.encoder_digest(bert) != before[0]
    assert locate.Tokenizer.of(bert) == before[1]


def test_what_no_encoder_reads_is_in_no_key(bert):
    before = locate.encoder_digest(bert)
    (bert / "README.md").write_text("a card")
    (bert / "onnx").mkdir()
    shutil.copy(bert / "config.json", bert / "onnx")
    assert locate.encoder_digest(bert) == before


def test_unknown_tokens_are_counted_and_shared_out(tmp_path):
    """By hand: of `ab ԱԲ cd` the second word is unknown; a word of which nothing is left is an unknown token too."""
    folder = made.save(tmp_path / "mine", *made.word_piece(), "bert")
    tokenizer = encoder.load_tokenizer(folder)
    known = len(tokenizer("ab cd", add_special_tokens=False).input_ids)
    assert vocabulary.unknown(tokenizer, ["ab ԱԲ cd"]) == (1, known + 1)
    assert vocabulary.unknown(tokenizer, ["ԱԲ ԳԴ", ""]) == (2, 2)
    counts = Counter()
    counts.update(vocabulary.counts("hye", vocabulary.unknown(tokenizer, ["ԱԲ ԳԴ", "ab ԱԲ cd"])))
    counts.update(vocabulary.counts("eng", vocabulary.unknown(tokenizer, ["ab cd"])))
    assert counts == {"unknown/hye": 3, "tokens/hye": known + 3}
    assert vocabulary.shares(counts) == {"hye": 3 / (known + 3)}


def test_an_unknown_piece_and_a_word_that_vanishes_are_unknown(tmp_path):
    pieces = encoder.load_tokenizer(made.save(tmp_path / "pieces", *made.metaspace(), "xlm-roberta"))
    lost, every = vocabulary.unknown(pieces, ["ԱԲ"])
    assert lost >= 1 and lost <= every
    raw, special = made.byte_level()
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # a BPE without an unknown token drops what it does not know
    dropping = encoder.load_tokenizer(made.save(tmp_path / "dropping", raw, special, "roberta"))
    assert vocabulary.unknown(dropping, ["ԱԲ ԳԴ"]) == (2, 2)
    bytes_ = encoder.load_tokenizer(made.save(tmp_path / "bytes", *made.byte_level(), "roberta"))
    assert vocabulary.unknown(bytes_, ["ԱԲ ԳԴ"])[0] == 0


def of_letters(tmp_path, letters: str, normalizer=None):
    """As XLM-R's, of one piece a letter and without an unknown token: other characters are dropped."""
    pieces = [*made.ROBERTA.values(), "▁", *letters]
    raw = Tokenizer(models.BPE({piece: number for number, piece in enumerate(dict.fromkeys(pieces))}, []))
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    if normalizer:
        raw.normalizer = normalizer
    ends = [(name, raw.token_to_id(name)) for name in ("<s>", "</s>")]
    raw.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=ends)
    return encoder.load_tokenizer(made.save(tmp_path / "letters", raw, made.ROBERTA, "xlm-roberta"))


@pytest.mark.parametrize(
    ("text", "unknown", "every"),
    [
        ("ab ba", 0, 6),  # ▁ a b ▁ b a
        ("ሰላም", 1, 1),  # the blank alone is left
        ("小 ☃ ☃", 3, 3),
        ("aሰላb ab", 1, 7),  # a run of what is dropped is one
        ("ሰaላ", 2, 4),
        ("a\u200b \u200b", 0, 3),  # what is not seen is no loss
    ],
)
def test_characters_that_a_tokenizer_drops_are_unknown(tmp_path, text, unknown, every):
    assert vocabulary.unknown(of_letters(tmp_path, "ab"), [text]) == (unknown, every)


@pytest.mark.parametrize(("content", "unknown", "every"), [("a", 5, 7), ("", 2, 2)])
def test_letters_that_a_normalizer_replaces_or_removes_are_unknown(tmp_path, content, unknown, every):
    tokenizer = of_letters(tmp_path, "ab", normalizers.Replace(Regex("[^a-z .]"), content))
    assert vocabulary.unknown(tokenizer, ["да нет"]) == (unknown, every)  # 2 blanks and 5 letters, or nothing but blanks
    assert vocabulary.unknown(tokenizer, ["ab дa"])[0] == 1
    assert vocabulary.unknown(tokenizer, ["ab ba"]) == (0, 6)


@pytest.mark.parametrize("form", [normalizers.NFKC(), normalizers.NFC(), normalizers.NFD(), normalizers.NFKD()])
@pytest.mark.parametrize("text", ["é e\u0301", "한 \u1112\u1161\u11ab", "ﬁ Ⅳ ½ ①", "हिन्दी क़", "ÉÀ ß İ ΣΣ", "กำ", "ｶﾞ"])
def test_another_spelling_of_the_same_letters_is_no_loss(tmp_path, form, text):
    """Compatibility forms, case and accents: every character of the normalised text is a piece."""
    steps = normalizers.Sequence([form, normalizers.Lowercase()])
    letters = "".join(sorted(set(steps.normalize_str(text).replace(" ", ""))))
    assert vocabulary.unknown(of_letters(tmp_path, letters, steps), [text])[0] == 0
    bare = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    letters = "".join(sorted(set(bare.normalize_str(text).replace(" ", ""))))
    assert vocabulary.unknown(of_letters(tmp_path / "bare", letters, bare), [text])[0] == 0


def test_vowel_signs_that_no_token_covers_are_unknown(tmp_path):
    """They are marks, and no accents that a normalizer stripped: of two syllables each loses one."""
    assert vocabulary.unknown(of_letters(tmp_path, "कन"), ["किनी"])[0] == 2


def ends(change):
    """A post-processor and the rest of tokenizer.json after `change`."""

    def edited(folder):
        content = json.loads((folder / "tokenizer.json").read_text())
        change(content)
        (folder / "tokenizer.json").write_text(json.dumps(content))

    return edited


SPECIAL = {
    "ids of another": (
        lambda all_: all_.update(post_processor={"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}),
        r"puts `\[CLS\]` as id 101, in its vocabulary it has id 2",
    ),
    "one id": (lambda all_: all_["post_processor"]["special_tokens"]["[SEP]"].update(ids=[7]), r"`\[SEP\]` as id 7"),
    "no end": (lambda all_: all_["post_processor"]["single"].pop(), r"1 text as `\[CLS\] A`; `\[CLS\] A \[SEP\]` is required"),
    "begun twice": (
        lambda all_: all_["post_processor"]["single"].insert(0, all_["post_processor"]["single"][0]),
        r"`\[CLS\] \[CLS\] A \[SEP\]`",
    ),
    "pair without middle": (lambda all_: all_["post_processor"]["pair"].pop(2), r"2 texts as `\[CLS\] A B \[SEP\]`"),
    "pair turned round": (
        lambda all_: all_["post_processor"]["pair"].insert(1, all_["post_processor"]["pair"].pop(3)),
        "2 texts",
    ),
    "twice": (
        lambda all_: all_.update(post_processor={"type": "Sequence", "processors": [all_["post_processor"]] * 2}),
        "2 post-processors that put special tokens",
    ),
    "unknown word": (lambda all_: all_["model"].update(unk_token="[ZZZ]"), "stops at text that it does not know"),
    "another unknown": (lambda all_: all_["model"].update(unk_token="[PAD]"), r"id 0, unk_token `\[UNK\]` is 1"),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_special_tokens_stand_under_their_ids_each_at_its_place(bert, kind, tmp_path):
    change, said = SPECIAL[kind]
    ends(change)(bert)
    with pytest.raises(BadInput, match=said) as fault:
        encoder.load_tokenizer(bert)
    assert "\n" not in str(fault.value)


def test_first_and_last_token_are_those_the_configuration_names(roberta):
    edit(roberta / "tokenizer_config.json", cls_token="</s>", sep_token="<s>")
    with pytest.raises(BadInput, match=r"1 text as `<s> A </s>`; `</s> A <s>` is required"):
        encoder.load_tokenizer(roberta)


@pytest.mark.parametrize("make", ["bert", "roberta"])
def test_special_tokens_that_no_file_names_are_those_of_the_vocabulary(request, make):
    """As the releases of mBERT and XLM-R have it."""
    folder = request.getfixturevalue(make)
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}))
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    assert encoder.load_tokenizer(folder)("ab").input_ids
    edit(folder / "config.json", pad_token_id=3)
    with pytest.raises(BadInput, match=r"the tokenizer pads with \d, config\.json says pad_token_id 3"):
        encoder.load_tokenizer(folder)


def test_pieces_without_an_unknown_one_are_refused(tmp_path):
    folder = made.save(tmp_path / "pieces", *made.metaspace(), "xlm-roberta")
    ends(lambda all_: all_["model"].update(unk_id=None))(folder)
    with pytest.raises(BadInput, match=r"stops at text that it does not know: .*unk_id"):
        encoder.load_tokenizer(folder)


LOWER = {"type": "Lowercase"}
BARE = {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}


@pytest.mark.parametrize(
    ("normalizer", "scheme", "said"),
    [
        (LOWER, "always", {"do_lower_case": False}),
        (None, "always", {"do_lower_case": True}),
        (BARE, "always", {"strip_accents": False}),
        (BARE, "always", {"keep_accents": True}),
        (None, "never", {"add_prefix_space": True}),
        (None, "always", {"add_prefix_space": False}),
        (None, "first", {"prepend_scheme": "never"}),
        (None, "always", {"tokenize_chinese_chars": True}),
    ],
)
def test_what_is_said_of_spelling_is_held_against_what_the_tokenizer_does(tmp_path, normalizer, scheme, said):
    folder = made.save(tmp_path / "pieces", *made.metaspace(scheme), "xlm-roberta")
    if normalizer:
        ends(lambda all_: all_.update(normalizer=normalizer))(folder)
    ((name, value),) = said.items()
    about = json.loads((folder / "tokenizer_config.json").read_text())
    turned = {"never": "always"}.get(value, not value)
    (folder / "tokenizer_config.json").write_text(json.dumps({**about, name: turned}))
    assert locate.resolve(f"path:{folder}", tmp_path)
    (folder / "tokenizer_config.json").write_text(json.dumps({**about, name: value}))
    with pytest.raises(BadInput, match=rf"tokenizer_config\.json says {name} {value!r}, tokenizer\.json says"):
        locate.resolve(f"path:{folder}", tmp_path)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_key_written_twice_is_refused(bert, name):
    text = (bert / name).read_text().rstrip()
    first = next(iter(json.loads(text)))
    (bert / name).write_text(f'{text[:-1]}, "{first}": null}}')
    with pytest.raises(BadInput, match=rf"{name}: JSON is required, each name once: `{first}` stands twice"):
        locate.resolve(f"path:{bert}", bert)
