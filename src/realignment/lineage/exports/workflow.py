"""The workflow of an RO-Crate: dvc.yaml with its steps, the tools that ran, what they take and make, and how the two are connected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from realignment.lineage.exports import ids
from realignment.lineage.exports.entities import DONE, Entities, parameter, ref, refs
from realignment.lineage.exports.graph import FILE, SETTING, SOURCE, Act, Graph, Thing, Tool

FLOW = "dvc.yaml"
VERBS = (
    *("settings", "authors", "fetch", "check", "select", "align", "pretrain"),
    *("realign", "finetune", "evaluate", "study", "report"),
)
MADE_BY = {  # role of what a verb takes -> the verb and role that made it, which is the last one that is there
    "bitext": [("fetch", "bitext")], "evalset": [("fetch", "evalsets")], "evalsets": [("fetch", "evalsets")], "train": [("fetch", "evalsets")],
    "excluded": [("check", "excluded")], "alignment": [("align", "alignments")], "encoder": [("pretrain", "encoders")],
    "parent": [("realign", "model"), ("finetune", "model")], "study": [("study", "study")],
}  # fmt: skip
ENVIRONMENT = ("requirements.txt", "conda.yaml", "python_env.yaml")
VALUES = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}
WHOLE = "workflow"  # stands for a verb in the parameters of the workflow itself
Parts = Mapping[tuple[str, str], list[Thing]]  # (verb, role) -> things that had the role


def parameters(graph: Graph) -> tuple[Parts, Parts]:
    """What tools took, and what they made."""
    used: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    made: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for act in graph.acts.values():
        for links, held in ((act.used, used), (act.made, made)):
            for role, thing in links:
                held[act.verb, role].append(graph.things[thing])
    return used, made


def examples(used: Parts, made: Parts) -> dict[str, set[str]]:
    """Thing id -> ids of the parameters it is an example of: the tools', and the workflow's where a setting or a source goes into it."""
    found: dict[str, set[str]] = defaultdict(set)
    for parts in (used, made):
        for (verb, role), things in parts.items():
            for thing in things:
                found[thing.id].add(parameter(verb, role))
                if parts is used and outer(role, thing):
                    found[thing.id].add(parameter(WHOLE, f"{verb}.{role}"))
    return found


def outer(role: str, thing: Thing) -> bool:
    """Whether the workflow as a whole takes it."""
    return thing.kind in (SETTING, SOURCE) or role == "raw"


def put(crate: Entities) -> None:
    """The workflow, its engine, its run and that of every step."""
    graph = crate.graph
    used, made = parameters(graph)
    _put_parameters(crate, used, made)
    verbs = [verb for verb in VERBS if any(act.verb == verb for act in graph.acts.values())]
    for tool in graph.tools.values():
        _put_tool(crate, tool, used, made)
    built = [ref(name) for name in ENVIRONMENT if name in graph.kept]
    steps = [_put_step(crate, number, verb, used, built) for number, verb in enumerate(verbs, 1)]
    crate.put("#dvc", "SoftwareApplication", name="DVC", url="https://dvc.org")
    crate.put(
        "#dvc.yaml-language",
        "ComputerLanguage",
        name="DVC pipeline",
        url="https://dvc.org/doc/user-guide/project-structure/dvcyaml-files",
    )
    flow = crate.held[FLOW]
    flow |= {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"], "name": "the pipeline of dvc.yaml",
        "conformsTo": ref("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
        "programmingLanguage": ref("#dvc.yaml-language"), "hasPart": refs(ids.fragment("tool", name) for name in graph.tools),
        "step": refs(steps), **({"buildInstructions": built} if built else {}),
        "input": refs(parameter(WHOLE, f"{v}.{r}") for (v, r), things in used.items() if outer(r, things[0])),
        "output": refs(parameter(WHOLE, f"{v}.{r}") for v, r in made if v == "report"),
    }  # fmt: skip
    _put_run(crate, used, made)


def _put_parameters(crate: Entities, used: Parts, made: Parts) -> None:
    for (verb, role), things in sorted([*used.items(), *made.items()], key=lambda one: one[0]):
        about = {"additionalType": _type(things), "name": role}
        crate.put(parameter(verb, role), "FormalParameter", **about)
        if ((verb, role) in used and outer(role, things[0])) or (verb == "report" and (verb, role) in made):
            crate.put(parameter(WHOLE, f"{verb}.{role}"), "FormalParameter", **{**about, "name": f"{verb}.{role}"})
    for verb, role in used:
        sources = [parameter(WHOLE, f"{verb}.{role}"), *(parameter(*one) for one in MADE_BY.get(role, ()) if one[0] != verb)]
        if source := [one for one in sources if one in crate.held]:
            target = ref(parameter(verb, role))
            crate.put(_connection(verb, role), "ParameterConnection", sourceParameter=ref(source[-1]), targetParameter=target)


def _connection(verb: str, role: str) -> str:
    return ids.fragment("connection", verb, role)


def _type(things: Iterable[Thing]) -> str:
    """As the profile names types: File, Collection, or that of a value."""
    kinds = {_kind(one) for one in things}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds == {"Integer", "Float"}:
        return "Float"
    return "Text" if kinds <= set(VALUES.values()) else "Collection"


def _kind(thing: Thing) -> str:
    if thing.kind != SETTING:
        return "File" if thing.kind == FILE else "Collection"
    return VALUES[type(thing.facts["value"])]


def _put_tool(crate: Entities, tool: Tool, used: Parts, made: Parts) -> None:
    libraries = [
        crate.put(
            ids.fragment("library", name, version), "SoftwareApplication", name=name, version=version, softwareVersion=version
        )
        for name, version in tool.libraries
    ]
    first = next((one for one in libraries if "/torch/" in one), None)
    crate.put(
        ids.fragment("tool", tool.id), "SoftwareApplication", name=f"realignment {tool.verb}", softwareVersion=tool.code,
        input=refs(parameter(*one) for one in used if one[0] == tool.verb), output=refs(parameter(*one) for one in made if one[0] == tool.verb),
        softwareRequirements=refs(libraries), mainEntity=first and ref(first),
    )  # fmt: skip


def _put_step(crate: Entities, number: int, verb: str, used: Parts, built: list[dict]) -> str:
    tools = [name for name, tool in crate.graph.tools.items() if tool.verb == verb]
    connections = [one for v, role in used if v == verb and (one := _connection(v, role)) in crate.held]
    return crate.put(
        ids.fragment("step", verb), "HowToStep", name=verb, position=str(number), workExample=refs(ids.fragment("tool", one) for one in tools),
        connection=refs(connections), buildInstructions=built,
    )  # fmt: skip


def _put_run(crate: Entities, used: Parts, made: Parts) -> None:
    """The run of the workflow: from the first run that has a time to the last, since DVC writes no times of its stages."""
    acts: list[Act] = list(crate.graph.acts.values())
    began, ended = [one.began for one in acts if one.began], [one.ended for one in acts if one.ended]
    times = {"startTime": ids.moment(min(began)), "endTime": ids.moment(max(ended))} if began and ended else {}
    taken = [crate.of(one.id) for (_, role), things in used.items() for one in things if outer(role, one)]
    left = [crate.of(one.id) for (verb, _), things in made.items() for one in things if verb == "report"]
    left += [
        ids.of(crate.graph.things[one])
        for name, one in crate.graph.kept.items()
        if name.endswith("/study.json") or "/tables/" in name
    ]
    about = "from the first run of the study to its last; DVC writes no times of the stages around it"
    crate.put(
        "#run", "CreateAction", name="the run of the pipeline", instrument=ref(FLOW), object=refs(taken), result=refs(left),
        actionStatus=ref(DONE), description=about if times else None, **times,
    )  # fmt: skip
    controls = [
        crate.put(
            ids.fragment("control", verb), "ControlAction", name=f"step {verb}", instrument=ref(ids.fragment("step", verb)),
            object=refs(ids.fragment("action", act.id) for act in acts if act.verb == verb),
        )
        for verb in sorted({act.verb for act in acts})
    ]  # fmt: skip
    crate.put(
        "#organize", "OrganizeAction", name="DVC runs the pipeline", instrument=ref("#dvc"), object=refs(controls),
        result=ref("#run"), **times,
    )  # fmt: skip
