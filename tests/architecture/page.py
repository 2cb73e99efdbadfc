"""The part of docs/architecture.md that is made from the code: rooms, floors, arrows and circles of every folder."""

from tests.architecture.imports import Graph, Sources, circles, floors, rooms, upward

BEGIN, END = "<!-- made by `make docs` -->\n", "<!-- end of what is made -->\n"
_HEAD = ("folder", "rooms", "floors", "arrows", "arrows up", "circles")


def figures(graph: Graph) -> tuple[int, int, int, int, int]:
    """Rooms, floors, arrows, arrows up and circles."""
    loops = circles(graph)
    high = max(floors(graph).values(), default=0) if not loops else 0
    return len(graph), high, sum(map(len, graph.values())), upward(graph), len(loops)


def table(sources: Sources) -> str:
    """A row for each folder that has more than one room."""
    rows = [_HEAD, *[("---",) * len(_HEAD)]]
    for folder in sources.folder_names():
        graph = rooms(sources.imports, folder)
        if len(graph) > 1:
            rows.append((f"`{folder.replace('.', '/')}/`" if folder else "all", *map(str, figures(graph))))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def renewed(page: str, sources: Sources) -> str:
    """``page`` with the made part as the code is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(sources)}\n{END}{after}"
