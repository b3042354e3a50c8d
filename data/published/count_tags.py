"""How often each tag stands in MasakhaPOS: `python count_tags.py FOLDER > african_tags.tsv`, FOLDER holding <language>/test.txt.

The files are `form TAG` lines with an empty line between sentences, as github masakhane-io/masakhane-pos ships them.
"""

import csv
import sys
from collections import Counter
from pathlib import Path


def count(text: str) -> tuple[int, Counter]:
    """(sentences, words of each tag)"""
    sentences = [part for part in text.replace("\r", "").split("\n\n") if part.strip()]
    return len(sentences), Counter(line.split()[-1] for line in text.splitlines() if line.strip())


def main() -> None:
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(["language", "sentences", "tag", "words"])
    for path in sorted(Path(sys.argv[1]).glob("*/test.txt")):
        sentences, tags = count(path.read_text(encoding="utf-8"))
        out.writerows([path.parent.name, sentences, tag, words] for tag, words in sorted(tags.items()))


if __name__ == "__main__":
    main()
