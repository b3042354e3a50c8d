"""The console command `realignment`: one subcommand a verb, and the ones that look at things. Imports nothing heavy."""

import importlib
import os
import sys

import click

from realignment.core.errors import Away, BadInput, FailedWork, is_of_place, nearest

VERBS = {
    "settings": "merge and validate the profile's settings",
    "authors": "the authors' own runs: tables, figures and their page",
    "fetch": "bring raw files in: verify, normalise, split",
    "check": "quality checks and contamination; stops on a violation",
    "select": "choose the language subsets",
    "align": "word alignments, for the word mode",
    "pretrain": "a small encoder, where the profile asks for one",
    "study": "plan the grid, skip finished cells, run the rest",
    "realign": "encoder + subset + seed -> realigned encoder, registered",
    "finetune": "encoder + task + seed -> model, registered",
    "evaluate": "model -> scores and predictions a language; encoder -> retrieval",
    "report": "tables, figures and the page",
}
LOOKING = {
    "languages": "the languages, their codes, groups and data",
    "models": "the models known here: what they have seen, licences, sizes",
    "subsets": "language subsets: list, show, choose, table6",
    "predict": "what a set of languages is expected to gain, before it is trained on",
    "recommend": "which languages of a pool to realign on, and how many",
    "vectors": "language vectors: info, distances, rebuild, add",
    "profile": "show or switch the active profile",
    "runs": "finished runs of the active profile",
    "compare": "runs of two settings beside each other, with differences and verdicts",
    "lineage": "what a number is based on, down to the bytes of its data",
    "impact": "what falls if a file, a source, a run or a language is withdrawn",
    "verify": "every link of a study computed once more, from bytes to cells",
    "bundle": "the study as a folder that is checked with Python alone",
    "export": "the study as an RO-Crate, PROV-JSON, Croissant or model cards",
    "licences": "licences of the corpora, and what a model may be used for",
    "serve": "a fine-tuned model answers requests: text in, tags or a label out",
    "tables": "the paper's tables, from print, from its authors' runs and from yours",
    "published": "the paper's own runs: import, show",
    "audit-paper": "what of the paper stands, and what does not hold together",
    "doctor": "check the environment, the store and the checkout",
    "clean": "remove what can be made again",
}


class Lazy(click.Group):
    """Loads a subcommand's module when it is called, so that --help answers at once."""

    def list_commands(self, context: click.Context | None) -> list[str]:
        return [*VERBS, *LOOKING]

    def get_command(self, context: click.Context | None, name: str) -> click.Command | None:
        if name == "study":
            from realignment.commands import study

            return study.command(VERBS[name])
        if name in VERBS:
            from realignment.commands.verbs import command

            return command(name, VERBS[name])
        if name in LOOKING:
            return importlib.import_module(f"realignment.commands.{name.replace('-', '_')}").command
        return None

    def resolve_command(self, context: click.Context, args: list[str]):
        if args and args[0] not in {*VERBS, *LOOKING}:
            raise BadInput(f"unknown command `{args[0]}`; {nearest(args[0], {*VERBS, *LOOKING})}")
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in (("Verbs (each an entry point of MLproject)", VERBS), ("Looking at things", LOOKING)):
            with formatter.section(title):
                formatter.write_dl(list(names.items()))


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="realignment")
def group(debug: bool) -> None:
    """Multilingual realignment for low-resource languages, as a package that can be re-run, extended and audited."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command; one line and exit 2 for bad input, 1 for failed work, 130 for Ctrl-C."""
    import realignment.core.hardening  # noqa: F401  telemetry off, before any library is imported

    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments or bool(os.environ.get("REALIGNMENT_DEBUG"))
    arguments = [word for word in arguments if word != "--debug"] or ["--help"]
    try:
        group.main(args=arguments, prog_name="realignment", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _stop("interrupted; run the same command again to go on", 130, debug)
    except BadInput as fault:
        _stop(fault.args, 2, debug)
    except click.ClickException as fault:
        _stop(fault.format_message(), 2, debug)
    except (FailedWork, Away) as fault:
        _stop(str(fault), 1, debug)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:
        if is_of_place(fault):
            from pathlib import Path

            from realignment.core.files import unusable

            _stop(str(unusable(fault, Path(fault.filename2 or fault.filename))), 2, debug)
        _stop(f"{type(fault).__name__}: {fault}; run again with --debug for the traceback", 1, debug)


def _stop(message: str | tuple, code: int, debug: bool) -> None:
    """One line per fault on standard error, then the end."""
    from realignment.core.secrets import hidden

    if debug:
        import traceback

        print(hidden(traceback.format_exc()), file=sys.stderr)
    for one in message if isinstance(message, tuple) else (message,):
        print("error: " + hidden(" ".join(str(one).split())), file=sys.stderr)
    sys.exit(code)
