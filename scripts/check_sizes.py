"""Refuse functions over 60 lines and files over 600 lines, in Python and in JavaScript.

    check_sizes.py [ROOT]      ROOT is the checkout, by default the one this file is in

The soft limits (40 and 400) are for the writer and the reviewer. Migrations are excepted because a table is as long
as it is, vendored files because they are not ours. The exceptions may only shrink.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

FUNCTION_LINES = 60
FILE_LINES = 600
FOLDERS = ("src", "tests", "scripts")
EXCEPTED = ("migrations", "vendor", "node_modules")

JAVASCRIPT_FUNCTIONS = {
    "arrow_function",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
}


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    over = [line for path in sources(root) for line in too_long(path, name=str(path.relative_to(root)))]
    for line in over:
        print(line)
    return 1 if over else 0


def sources(root: Path) -> Iterator[Path]:
    """Our own Python and JavaScript files."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            inner = path.relative_to(root).parts
            if path.suffix in {".py", ".js", ".mjs"} and not set(inner) & set(EXCEPTED):
                yield path


def too_long(path: Path, *, name: str) -> Iterator[str]:
    """One sentence for everything in this file that is over a limit."""
    source = path.read_bytes()
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, {FILE_LINES} are allowed in a file"
    functions = python_functions(source) if path.suffix == ".py" else javascript_functions(source)
    for function, first, last in functions:
        size = last - first + 1
        if size > FUNCTION_LINES:
            yield f"{name}:{first} {function}: {size} lines, {FUNCTION_LINES} are allowed in a function"


def python_functions(source: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, first and last line of every function. Decorators do not count, the docstring does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, node.end_lineno or node.lineno


def javascript_functions(source: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, first and last line of every function, method and arrow function."""
    waiting = [Parser(Language(tree_sitter_javascript.language())).parse(source).root_node]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        if node.type in JAVASCRIPT_FUNCTIONS:
            yield javascript_name(node), node.start_point.row + 1, node.end_point.row + 1


def javascript_name(node: Node) -> str:
    """Its own name, or that of the variable it is assigned to."""
    named = node.child_by_field_name("name")
    if named is None and node.parent is not None:
        named = node.parent.child_by_field_name("name")
    return named.text.decode() if named is not None and named.text else "(unnamed)"


if __name__ == "__main__":
    sys.exit(main())
