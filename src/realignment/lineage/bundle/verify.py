"""Checks this bundle with nothing but Python's standard library (3.9 or newer): `python3 -I verify.py [KEY.pem]`.

Files against MANIFEST, the signature, scores against predictions and gold, tables against scores (what they say of chance: verdicts.py). Exit
code 1 names the first that does not agree; 2: it cannot be checked. KEY.pem is the authors' public key. Averages: `collect` and `values`."""
import base64, csv, functools, gzip, hashlib, io, json, math, os, re, runpy, sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean

HERE, VERSION, KEY = Path(__file__).resolve().parent, "1", rb"-----BEGIN PUBLIC KEY-----\s+((?:[A-Za-z0-9+/]\s*){122}==)"
AFRICAN = {"masakhapos", "masakhaner2", "afrixnli"}  # a language that is in one of these sets is scored there and nowhere else
TASKS, BESIDE = {"NLI": "nli", "POS": "pos", "NER": "ner", "XQuAD": "xquad"}, {"xquad"}  # as columns call them; what no mean over tasks holds
IN = {"HRL", "MRL", "LRL seen", "LRL unseen", "Unknown class", ""}  # averages leave out the languages out of distribution
GROUPS = {"Out of distribution": {"OOD"}, "Average": IN | {"English"}, "Average without English": IN, "all": IN | {"English", "OOD"}}
P, N = 2**256 - 2**224 + 2**192 + 2**96 - 1, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the curve P-256
G = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
faults, total, agree, left = [], Counter(), Counter(), {}  # left: place of a number that is not recomputed -> what it is
metrics = functools.cache(lambda: runpy.run_path(str(Path(__file__).with_name("metrics.py"))))

def check(kind, where, given, again):
    total[kind], agree[kind] = total[kind] + 1, agree[kind] + (given == again)
    if given != again:
        faults.append("{}: given {}, recomputed {}".format(where, *("nothing" if one is None else repr(one) for one in (given, again))))

def refuse(why): sys.exit(print(f"error: {why}", file=sys.stderr) or 2)

def rows(path):
    lines = csv.DictReader(io.StringIO((gzip.decompress if path.endswith(".gz") else bytes)((HERE / path).read_bytes()).decode(), newline=""))
    if twice := sorted(name for name, count in Counter(lines.fieldnames).items() if count > 1):
        raise ValueError(f"{path}: every column once is required; {twice[0]!r} is there twice")
    return lines

def check_files():
    """path -> sha256 of every file but the signature."""
    text = (HERE / "MANIFEST").read_text("utf-8") if (HERE / "MANIFEST").is_file() else ""
    about, listed = re.match(r"# realignment bundle, version (\d+), (\d+) files\n", text), {line[66:]: line[:64] for line in text.splitlines()[1:]}
    if not about or about[1] != VERSION or len(listed) != int(about[2]) or not text.endswith("\n"):
        fault = f"it is of version {about[1]}" if about and about[1] != VERSION else "its MANIFEST is cut off or missing: copy it again"
        refuse(f"{HERE}: a whole bundle of version {VERSION} is required; {fault}")
    paths = (Path(folder, one) for folder, _, names in os.walk(HERE) for one in names)
    found = {one.relative_to(HERE).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in paths if one != HERE / "bundle.sig"}
    for one in sorted((listed.keys() | found.keys()) - {"MANIFEST"}):
        check("files", f"{one}: sha256", listed.get(one), found.get(one))
    return found

def plus(a, b):
    """The sum of two points of the curve; None is the point at infinity."""
    if a is None or b is None or (a[0] == b[0] and (a[1] + b[1]) % P == 0):
        return None if a and b else a or b
    slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    return (x := (slope**2 - a[0] - b[0]) % P), (slope * (a[0] - x) - a[1]) % P

def times(k, a):
    return plus(times(k // 2, plus(a, a)) if k > 1 else None, a if k % 2 else None)

def check_signature(given, files, signed):
    """ECDSA over P-256 with SHA-256 (FIPS 186-5, 6.4.2) on a statement of OpenSSF model-signing (DSSE, in-toto) that lists every file."""
    pem = Path(given or HERE / "bundle.pub")
    if not (HERE / "bundle.sig").is_file():
        if given and not signed:
            refuse("the bundle is unsigned: there is no signature that this key could check; without a key its files are compared with MANIFEST")
        return faults.extend(["bundle.sig: the bundle was signed, and its signature is gone"] * bool(signed)) or "none, the bundle is unsigned: MANIFEST alone vouches for its files"
    key = b"".join(map(base64.b64decode, re.findall(KEY, pem.read_bytes() if pem.is_file() else b"")))
    if len(key) != 91 or key[:27].hex() != "3059301306072a8648ce3d020106082a8648ce3d03010703420004":
        refuse(f"bundle.sig requires the public key of its authors (P-256, PEM), and {pem} is none")
    envelope, name = json.loads((HERE / "bundle.sig").read_text())["dsseEnvelope"], f"the key {hashlib.sha256(key).hexdigest()[:16]}"
    payload, der = map(base64.b64decode, texts := (envelope["payload"], envelope["signatures"][0]["sig"]))
    message = hashlib.sha256(b"DSSEv1 %d %s %d %s" % (len(kind := envelope["payloadType"].encode()), kind, len(payload), payload)).digest()
    r, s, x, y, digest = (int.from_bytes(one, "big") for one in (der[4 : 4 + der[3]], der[6 + der[3] :], key[27:59], key[59:], message))
    exact = [48, len(der) - 2, 2, 2, len(der) - 6 - der[3]] == [*der[:3], *der[4 + der[3] : 6 + der[3]]] and 0 < r < N and 0 < s < N  # one DER, one
    w = pow(s, -1, N) if exact and [base64.b64encode(one).decode() for one in (payload, der)] == [*texts] else 0  # base64: each byte counts
    found = plus(times(digest * w % N, G), times(r * w % N, (x, y))) if w else None
    if not found or found[0] % N != r:
        return faults.append(f"bundle.sig: it is no signature by {name}") or f"not by {name}"
    listed = {one["name"]: one["digest"] for one in json.loads(payload)["predicate"]["resources"]}
    for one in sorted(listed.keys() | files.keys()):
        check("files, as they were signed", f"{one}: sha256 in bundle.sig", listed.get(one), files.get(one))
    return f"by {name}" + ("" if given else ", which lies in the bundle; to know whose it is, give the authors' own: verify.py KEY.pem")

def score(task, gold, guesses, code="", measure="score"):
    """By the metric of the task, see metrics.py; None: undefined. `measure`: exact, of questions."""
    return metrics()[measure](*([task] if measure == "score" else []), gold, guesses, code)

def averaged(there):
    """Of several tasks those that a mean over tasks holds."""
    return [one for one in TASKS.values() if one in there and one not in BESIDE] or [*TASKS.values()]

@functools.lru_cache(maxsize=8)
def labels(path):
    """(set, language) -> ids of the test sentences, and what stands beside them: a label, tags of words; of retrieval, the nearest pair."""
    found = defaultdict(lambda: ([], []))
    for line in rows(path):
        found[line["set"], line["language"]][0].append(line["id"])
        found[line["set"], line["language"]][1].append(line["label"])
    return found

def check_scores(missing):
    """((encoder, row), seed, task, set, language, group, score) of each line of tables/scores.csv, recomputed but of files in `missing`; and with
    exact match in place of the score, of tasks that have it."""
    found, letter, told = [], [], json.loads((HERE / "study.json").read_text("utf-8"))["records"]
    records = {(one["name"], each["set"], each["language"]): each for one in told for each in one["scores"]}
    for encoder, subset, control, seed, task, name, code, group, given, n in map(dict.values, rows("tables/scores.csv")):
        run, value = f"{encoder} {'.'.join(filter(None, (subset, control)))} {task} s{seed}", float(given) if given else None
        path, where = f"predictions/{run.replace(' ', '/')}.csv.gz", f"tables/scores.csv: {run}, set {name}, language {code}"
        record = records.get((f"evaluate {run}", name, code), {"score": "none"})
        check("scores, as the records have them", where, value, record["score"])
        if path in missing:
            left[where] = "scores whose predictions or gold are not in the bundle"
        else:
            (ids, gold), (own, mine) = labels(f"gold/{task}.csv.gz")[name, code], labels(path)[name, code]
            same = ids == own and (task in BESIDE or all(one.count(" ") == other.count(" ") for one, other in zip(gold, mine)))
            check(f"scores of {task}", where, value, score(task, gold, mine, code) if same else "none: other sentences or words than the gold's")
            if task in BESIDE:
                check(f"exact match of {task}", where, record.get("exact"), score(task, gold, mine, code, "exact") if same else "none")
            check("test sentences", where, n, str(len(mine) or n))
        row = encoder, control if control in ("aligned", "untrained", "hypothesis", "majority") else f"{subset} {control}".strip()
        found += [(row, seed, task, name, code, group, value)] if value is not None else []
        letter += [(row, seed, task, name, code, group, record["exact"])] if record.get("exact") is not None else []
    return found, letter

def collect(scores):
    """(row, seed) -> (task, language) -> score: of the African set where the study has one of the language, else the mean over its sets."""
    sets, parts, runs = defaultdict(set), defaultdict(dict), defaultdict(dict)
    for row, seed, task, name, code, _, value in scores:
        sets[task, code].add(name)
        parts[row, seed, (task, code)][name] = value
    for (row, seed, item), held in parts.items():
        if (wanted := sets[item] & AFRICAN or sets[item]) <= held.keys():
            runs[row, seed][item] = sum(value for name, value in held.items() if name in wanted) / len(wanted)
    return runs

def values(runs, row, items, draws=False):
    """One a run: the mean over the languages of a task, then over tasks; a run that lacks one has none. `draws`: one a draw of languages."""
    needed, found = {(task, code) for task, codes in items.items() for code in codes}, defaultdict(list)
    draws = draws and re.search(r"(^|__)random_\d+( |$)", row[1])
    for seed, held in [(seed, held) for (one, seed), held in runs.items() if one == row and needed and needed <= held.keys()]:
        found[seed.split(".")[0] if draws else seed].append(fmean(fmean(held[task, code] for code in codes) for task, codes in items.items()))
    return [fmean(one) for one in found.values()]

def items_of(title, kind, task, groups):
    """Task -> the languages that a column is the mean over. `groups`: (task, language) -> group, of what has a score."""
    first, _, rest = title.partition(" ")
    tasks = [task] if task in [*TASKS.values(), "retrieval"] else ["retrieval"] if kind == "retrieval" else averaged({one for one, _ in groups})
    if kind == "sets":
        tasks = [max((one for one, _ in groups if title.startswith(f"{one} ")), key=len, default="")]
        title = title[len(tasks[0]) + 1 :]
    elif first in TASKS:
        tasks, title = [TASKS[first]], "Average without English" if rest or kind in ("verdicts", "random", "otherwise") else "Average"
    return {one: codes for one in tasks if (codes := [code for (task, code), group in groups.items() if task == one and group in GROUPS.get(title, {title})])}

def check_table(name, scores):
    """Every number of a table, or a count of those that are not recomputed."""
    encoder = max((one[0][0] for one in scores if name.startswith(f"{one[0][0]}-")), key=len, default="")
    kind, _, task = name[:-4].removeprefix(f"{encoder}-").partition("-")
    scores = [(*one[:2], one[3], *one[3:]) for one in scores if one[2] == task] if kind == "sets" else scores
    runs, groups = collect(scores), {(one[2], one[4]): one[5] for one in scores if one[0][0] == encoder}
    for number, line in enumerate(rows(f"tables/{name}"), 2):
        judged = "against" in line  # differences in points, of draws where languages are drawn
        for column, given in line.items():
            title, _, part = (line["column"], "", column) if judged else column.replace(" †", "").rpartition(" ")
            row, where = line["subset"] if judged else title if kind == "languages" else line.get("Name"), f"tables/{name}, line {number}, {column}"
            if not (encoder and row and title and part in ("mean", "std", "n", "difference", "n against")) or kind == "paper":
                left.update({where: f"{kind}: {part if row else column}"} if re.match(r"[\W_]*\d", given) else {})
                continue
            items = {task: [line["Code"]]} if kind == "languages" else items_of(title, kind, task, groups)
            ours, base = (values(runs, (encoder, one), items, judged) for one in (row, line["against"] if judged else "none"))
            mean, other = (fmean(one) if one else None for one in (ours, base))
            gain = mean - other if ours and base else None
            again = {
                "mean": gain if kind == "gains" else mean, "difference": gain and 100 * gain, "n against": len(base),
                "std": math.sqrt(math.fsum((one - mean) ** 2 for one in ours) / (len(ours) - 1)) if len(ours) > 1 else None,
                "n": min(len(ours), len(base)) if kind == "gains" and not (base and [*items] == ["retrieval"]) else len(ours),  # that before is one number
            }[part]
            again = "" if again is None or not (given or ours) else repr(again)
            check(f"tables, {'gain' if (kind, part) == ('gains', 'mean') else part}", where, given, again)

if __name__ == "__main__":
    if sys.argv[1:] and not (len(sys.argv) == 2 and Path(sys.argv[1]).is_file()):  # with --help the docstring and exit code 0
        sys.exit(print(__doc__) if {"-h", "--help"} & {*sys.argv} else refuse(f"one file of a public key, or nothing, is required; no such file is {' '.join(sys.argv[1:])}"))
    try:
        files, about = check_files(), json.loads((HERE / "bundle.json").read_text("utf-8"))
        print("signature:", check_signature([*sys.argv, None][1], files, about["signed"]), flush=True)
        scores, letter = check_scores(about["missing"])
        for name in sorted(one[7:] for one in files if re.fullmatch(r"tables/(?!scores\.csv$).+", one)):
            check_table(name, letter if "-exact-" in name else scores)
        runpy.run_path(str(HERE / "verdicts.py"))["check"](sys.modules[__name__], scores)
    except Exception as fault:
        faults.append(f"the rest cannot be read: {fault!r}")
    print("".join(f"{kind}: {count:,} recomputed, {agree[kind]:,} agree\n" for kind, count in total.items()), end="")
    print(f"in all: {sum(total.values()):,} recomputed, {sum(agree.values()):,} agree; not recomputed here:", ", ".join(f"{count:,} {what}" for what, count in Counter(left.values()).items()) or "none")
    print(f"WRONG, {len(faults):,} in all; the first: {faults[0]}" if faults else "all that is recomputed agrees")
    sys.exit(bool(faults))
