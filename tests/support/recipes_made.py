"""Recipes of small computations on small encoders; a test changes in them what it is about."""

from realignment.engine import recipes

REALIGN = recipes.Realign(
    allocation="equal_steps", steps=40, pairs_per_language=None, pairs=8, max_length=48, learning_rate=3e-3, temperature=0.1, unit="sentences", subwords="first", pooling="words",
    splitter="unicode", layer=-1, freeze="none", projection=False, mask_false_negatives=False, embedding="dense", dtype="float32",
)  # fmt: skip
FINETUNE = recipes.Finetune(
    epochs=12, batch=16, learning_rate=2e-3, warmup=0.1, max_length=32, sentence_vector="first", words="spaced", stride=None, embedding="dense", dtype="float32",
    untrained=False, hypothesis_only=False,
)  # fmt: skip
PREDICT = recipes.Predict(
    max_length=32, batch_tokens=256, dtype="float32", sentence_vector="", words="spaced", stride=None, hypothesis_only=False
)
RETRIEVE = recipes.Retrieve(
    pairs=64, max_length=48, batch_tokens=2048, dtype="float32", pooling="words", layer=-1, splitter="unicode"
)
