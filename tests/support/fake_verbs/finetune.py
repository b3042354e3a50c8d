from fake_verbs import compute  # noqa: F401
