"""Part-of-speech tagging: the 17 universal tags, accuracy over words."""

LABELS = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X")
METRIC = "accuracy"
KIND = "words"  # one label a word
