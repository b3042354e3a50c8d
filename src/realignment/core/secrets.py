"""Passwords in the address of the tracking store: they are in no message, no page and no record."""

import os
import re
from urllib.parse import unquote

STORE = "MLFLOW_TRACKING_URI"
TOKENS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "PGPASSWORD")
SHORT = 3  # letters: a secret of so few would take words out of every message
IN_QUERY = re.compile(r"([?&](?:\w*password|\w*token|passwd)=)([^&\s]*)", re.IGNORECASE)


def shown(address: str) -> str:
    """An address without the user and password in it; those of a query (`?password=`) are left out too."""
    scheme, mark, rest = address.partition("://")
    if scheme.startswith("sqlite"):  # a path
        return address
    _, at, host = rest.rpartition("@")
    return IN_QUERY.sub(r"\1***", f"{scheme}{mark}{'***@' if at else ''}{host}")


def hidden(text: str) -> str:
    """A message without the passwords that the environment holds, as they stand there and unquoted."""
    for secret in _secrets():
        text = text.replace(secret, "***")
    return text


def _secrets() -> list[str]:
    """The longest first: one may be part of another."""
    address = os.environ.get(STORE, "")
    owner, at, _ = ("", "", "") if address.startswith("sqlite") else address.partition("://")[2].rpartition("@")
    found = [owner.partition(":")[2] if at else "", *(value for _, value in IN_QUERY.findall(address))]
    found += [os.environ.get(name, "") for name in TOKENS]
    every = {one for secret in found for one in (secret, unquote(secret)) if len(one) > SHORT}
    return sorted(every, key=len, reverse=True)
