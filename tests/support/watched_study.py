"""A study of verbs that compute nothing, run as a process of its own: `python watched_study.py CHECKOUT SLEEP FAIL WORD...`, watched as the words
(quiet, events) say. A job whose name holds FAIL fails; "-" stands for none."""

import sys
from pathlib import Path


def main() -> None:
    import fake_verbs
    from small_study import otherwise, planned, settings_of

    from realignment import cli
    from realignment.commands import study as command
    from realignment.core.console import table
    from realignment.core.workspace import Workspace
    from realignment.executors.local import Local
    from realignment.stages import study

    root, sleep, fail, *words = sys.argv[1:]
    workspace, settings = Workspace(Path(root), "sample"), settings_of()

    def run(verb, given, silent=False):
        def params(job):
            return {"sleep": float(sleep)} | ({"fail": "bad input"} if fail in job.name else {})

        jobs = otherwise(planned(workspace, settings), params)
        with study.locked(workspace):
            rows = study.finish(workspace, settings, jobs, Local(settings, fake_verbs.WORKERS), watch=given["watch"])
        if not silent:
            table(rows)

    command.verbs.run = run
    cli.main(["study", *(f"--{word}" for word in words)])


if __name__ == "__main__":
    main()
