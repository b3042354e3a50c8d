"""Secure defaults of the libraries, set before they are imported: no telemetry, no network, no pickled models."""

import os

DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",  # only `hub:` names may download, see encoder.resolve
    "RAY_USAGE_STATS_ENABLED": "0",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for what a command prints
    "PGCONNECT_TIMEOUT": "5",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}

if "HF_HUB_OFFLINE" not in os.environ:
    os.environ["REALIGNMENT_OFFLINE_BY_DEFAULT"] = "1"  # nobody asked for it: a `hub:` name may lift it
for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)
