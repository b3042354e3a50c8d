"""One section of the settings against its class in `config/schema.py`: pydantic models made from the fields, faults in our words."""

import functools
import operator
import re
import types
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin, get_type_hints

from typing_extensions import TypedDict, is_typeddict

from realignment.config.yaml_lines import FLOAT, INT, Key, dotted
from realignment.core.errors import BadInput, nearest

Fault = tuple[Key, str]  # where it stands, what it is
LARGEST = 2**31 - 1  # of a whole number whose field says nothing else
SWITCH = {"yes": True, "on": True, "no": False, "off": False}  # YAML 1.1's words for true and false
WANTED = {
    "int_type": "int",
    "float_type": "float",
    "string_type": "str",
    "bool_type": "bool",
    "list_type": "list",
    "dict_type": "dict",
}
SHOWN = 60  # characters of a wrong value


def section(name: str, kind: type, given: Mapping) -> tuple[Any, list[Fault]]:
    """(the section as its class, every fault). Where there is one, the object lacks the keys that are at fault."""
    from pydantic import ValidationError

    given = {str(key): value for key, value in given.items()}
    try:
        return kind(**model(kind).model_validate(given).__dict__), []
    except ValidationError as fault:
        found = [_fault(name, kind, given, one) for one in fault.errors(include_url=False)]
        wrong = {key[1] for key, _ in found if len(key) > 1}
        known = {one.name for one in fields(kind)}
        return partial(kind, {key: value for key, value in given.items() if key in known - wrong}), list(dict.fromkeys(found))


def partial(kind: type, given: Mapping) -> Any:
    """An object of the class with these attributes alone."""
    made = object.__new__(kind)
    for name, value in given.items():
        object.__setattr__(made, name, value)
    return made


def told(rule: Callable[[], Iterable[Fault]]) -> list[Fault]:
    """What a rule says of settings some of whose keys are refused already, as far as it gets without them."""
    found: list[Fault] = []
    with suppress(AttributeError, KeyError, TypeError, BadInput):
        for one in rule():
            found.append(one)  # what is said before it meets one of them stays
    return found


@functools.cache
def model(kind: type):
    """The pydantic model of a class of `config/schema.py`: strict, nothing unknown, every number finite."""
    from pydantic import ConfigDict, create_model

    hints = get_type_hints(kind)
    made: dict[str, Any] = {one.name: (_typed(hints[one.name], one.metadata), ...) for one in fields(kind)}
    return create_model(kind.__name__, __config__=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False), **made)


def _typed(hint: Any, about: Mapping) -> Any:
    """The type pydantic checks for a field: bounds and choices at the innermost, since they are those of each member."""
    from typing import Literal

    from pydantic import AfterValidator, Field

    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _either([one for one in inner if one is not type(None)], about, nullable=type(None) in inner)
    if origin is list:
        members = Annotated[list[_typed(inner[0], about)], Field(min_length=int(about["nonempty"]))]
        return Annotated[members, AfterValidator(_distinct)] if about["distinct"] else members
    if origin is dict:
        return dict[Literal[about["names"]] if about["names"] else str, _typed(inner[1], about)]  # type: ignore[misc]
    return _entries(hint, about) if is_typeddict(hint) else _plain(hint, about)


def _entries(kind: Any, about: Mapping) -> Any:
    """A mapping of known keys, some of which may be left out."""
    made: dict[str, Any] = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        inner, own = get_args(hint)[0] if optional else hint, about
        if get_origin(inner) is Annotated:  # bounds and choices of this key alone
            inner, own = get_args(inner)[0], {**about, **inner.__metadata__[0]}
        typed = _typed(inner, own)
        made[name] = NotRequired[typed] if optional else typed
    return TypedDict(kind.__name__, made)  # type: ignore[operator]


def _plain(hint: Any, about: Mapping) -> Any:
    from typing import Literal

    from pydantic import BeforeValidator, Field

    if hint is bool:
        return Annotated[
            bool, BeforeValidator(lambda given: SWITCH.get(given.casefold(), given) if isinstance(given, str) else given)
        ]
    if hint is str and about["choices"]:
        return Literal[about["choices"]]
    if hint not in (int, float):
        return hint
    least, most = about["least"], about["most"]
    if hint is int:
        least, most = (-LARGEST if least is None else least), (LARGEST if most is None else most)
    return Annotated[hint, Field(ge=least, le=most)]


def _either(options: list, about: Mapping, *, nullable: bool) -> Any:
    """One of several types, told by the value's own: one fault each, not one a type."""
    from pydantic import Discriminator, Tag

    made = _typed(options[0], about)
    if len(options) > 1:
        names = [getattr(get_origin(one) or one, "__name__", "") for one in options]
        tagged = [Annotated[_typed(one, about), Tag(name)] for one, name in zip(options, names, strict=True)]
        by_type = Discriminator(lambda value: type(value).__name__ if type(value).__name__ in names else names[0])
        made = Annotated[functools.reduce(operator.or_, tagged), by_type]
    return made | None if nullable else made


def _distinct(members: list) -> list:
    if twice := [one for place, one in enumerate(members) if one in members[:place]]:
        raise ValueError(f"must hold each member once, {twice[0]!r} is there twice")
    return members


def _fault(name: str, kind: type, given: Mapping, one: Mapping) -> Fault:
    """Where a fault of pydantic stands and what it says."""
    key, value, of_key = _reached(given, one["loc"])
    full, what = (name, *key), dotted((name, *key))
    sort, about = one["type"], one.get("ctx", {})
    if sort == "missing":
        todo = "; say which languages this encoder has seen: mbert, xlmr, english or a list of codes" if key[-1] == "seen" else ""
        return (name, *key[:-1]), f"missing key `{what}`{todo}"
    if sort == "extra_forbidden":
        return full, f"unknown key `{what}` ({nearest(str(key[-1]), _known(kind, key))})"
    if of_key:
        names = next(field.metadata["names"] for field in fields(kind) if field.name == key[0])
        return full, f"unknown task `{what}` ({nearest(str(key[-1]), names)})"
    said = _said(sort, about, value, listed=isinstance(key[-1], int))
    if sort == "literal_error" and int in get_args(get_type_hints(kind)[str(key[0])]):
        said = said.replace("must be one of ", "must be a number or ")
    return full, f"`{what}` {said}"


def _reached(given: Mapping, way: tuple) -> tuple[Key, Any, bool]:
    """(pydantic's way without its names of types, the value there, whether the fault is about a key of a mapping)."""
    value: Any = given
    key: Key = ()
    for part in way:
        if part == "[key]":
            return key, value, True
        if isinstance(value, dict):
            key, value = (*key, part), value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            key, value = (*key, part), value[part]
    return key, value, False


def _known(kind: type, key: Key) -> list[str]:
    """The keys that stand beside one that is unknown."""
    if len(key) == 1:
        return [one.name for one in fields(kind)]
    hint = get_type_hints(kind)[str(key[0])]
    inner = (get_args(hint) or (hint,))[-1]
    return list(get_type_hints(inner)) if is_typeddict(inner) or is_dataclass(inner) else []


def _said(sort: str, about: Mapping, value: Any, *, listed: bool) -> str:
    """What is required and what was given."""
    if sort == "value_error":
        return str(about["error"])
    if sort == "too_short":
        return f"must hold at least one, got {shown(value)}"
    if sort == "finite_number":
        required = "a finite number"
    elif sort == "greater_than_equal":
        required = f"at least {_number(about['ge'])}"
    elif sort == "less_than_equal":
        required = f"at most {_number(about['le'])}"
    elif sort == "literal_error":
        required = f"one of {about['expected'].replace(chr(39), '').replace(' or ', ', ')}"
    else:
        required = ("a list of " if listed else "") + WANTED.get(sort, sort)
    return f"must be {required}, got {'nothing' if value is None else shown(value)}{_hint(sort, value)}"


def _hint(sort: str, value: Any) -> str:
    if sort in ("int_type", "float_type") and isinstance(value, str):
        if FLOAT.fullmatch(value) or INT.fullmatch(value):
            return "; without quotes it is a number"
        return "; write a plain decimal number" if re.match(r"[-+]?[0-9.]", value) else ""
    if sort == "int_type" and isinstance(value, float) and value.is_integer():
        return f"; write {value:.0f}"
    if sort == "string_type" and isinstance(value, (bool, int, float)):
        return "; in quotes it is text"
    return "; write true or false" if sort == "bool_type" and value is not None else ""


def shown(value: Any) -> str:
    """A value as it is quoted in a message."""
    if isinstance(value, int) and abs(value) > 10**SHOWN:
        return f"a number of {len(str(value))} digits"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _number(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else f"{value:g}"
