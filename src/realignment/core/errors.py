"""The ways a command can fail on purpose. Each message is one line: required, given, remedy."""

import errno
import os

PLACE = {  # faults of a file or folder that the user can mend, whichever command meets them
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT, errno.ENOTEMPTY),
    *(errno.ENAMETOOLONG, errno.ELOOP),
}


class BadInput(ValueError):
    """What the user gave cannot be used (exit 2). Nothing was written. Several faults at once are several arguments."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


class FailedWork(RuntimeError):
    """The input was good and the work did not succeed (exit 1)."""


class Away(RuntimeError):
    """The tracking server does not answer, or no longer (exit 1): nothing is wrong with what is computed, it has to wait."""


def is_of_place(fault: BaseException) -> bool:
    """Whether it names a file or folder that the user can mend."""
    return isinstance(fault, OSError) and fault.errno in PLACE and isinstance(fault.filename, (str, os.PathLike))


def exit_code(fault: BaseException) -> int:
    """What the command ends with."""
    if isinstance(fault, KeyboardInterrupt):
        return 130
    return 2 if isinstance(fault, BadInput) or is_of_place(fault) else 1


def nearest(word: str, known, how_many: int = 3) -> str:
    """A clause naming the known words closest to `word`, or all of them where few are known."""
    import difflib

    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=how_many, cutoff=0.5)
    if close:
        return "nearest: " + ", ".join(close)
    return "known: " + ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
