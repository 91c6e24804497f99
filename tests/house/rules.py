# SPDX-License-Identifier: Apache-2.0
"""The house rules that no off-the-shelf checker knows, each a function from a source to findings.

What ruff can say (typed signatures, star imports, prints, asserts, docstring form ...) is settings
in pyproject.toml; `test_rules.py` proves that either kind can fail.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

MAX_BODY_LINES = 40
MAX_FILE_LINES = 300
MAX_NESTING = 3
MAX_PORT_FUNCTIONS = 8

SPDX = "SPDX-License-Identifier: Apache-2.0"
NAMES_THAT_SAY_NOTHING = frozenset({"utils", "util", "common", "misc", "helpers", "core", "base"})
SCALARS = frozenset({"int", "float", "str", "bytes", "Path"})

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef)
_HEAP = re.compile(r"\b(malloc|calloc|realloc|free|alloca)\s*\(")
_FLOAT = re.compile(r"\b(float|double)\b")
_BOARD_CONDITION = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b.*BOARD")
_DECLARATION = re.compile(r"^[a-z][\w\s*]*\b(\w+)\s*\([^;{}]*\)\s*;", re.MULTILINE)
_IGNORE = re.compile(r"#\s*(?:type|pyright):\s*ignore(?P<code>\[[^\]]+\])?(?P<reason>.*)")
_SHAPE = re.compile(r"\b(?:bool|u?int\d+|float\d+|complex\d+)\s*\[([^\]]*)\]")
_WORD_ROW = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", re.MULTILINE)
_C_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a rule is broken; prints as `file:line: rule: detail`."""

    file: str
    line: int
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file: its path inside the project, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree of a Python file."""
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def code(self) -> str:
        """Return the text of a C file, every comment blanked but for its line ends."""
        return _C_COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), self.text)

    def finding(self, *, line: int, rule: str, detail: str) -> Finding:
        """Return a finding in this file."""
        return Finding(file=self.path, line=line, rule=rule, detail=detail)


Rule = Callable[[Source], Iterator[Finding]]


def functions(source: Source) -> Iterator[Function]:
    """Yield every function and method of a Python file, nested ones included."""
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    """Return the number of lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def licence_line(source: Source) -> Iterator[Finding]:
    """Expect line 1 to name the licence."""
    first = source.text.partition("\n")[0]
    legal = (f"# {SPDX}", f"/* {SPDX} */")
    if first not in legal:
        yield source.finding(line=1, rule="licence line", detail=f"line 1 is not `{SPDX}`")


def module_docstring(source: Source) -> Iterator[Finding]:
    """Expect a file to say what it knows that no other file knows."""
    if ast.get_docstring(source.tree) is None:
        yield source.finding(line=2, rule="module docstring", detail="there is none")


def file_length(source: Source) -> Iterator[Finding]:
    """Expect one concept a file."""
    num_lines = source.text.count("\n")
    if num_lines > MAX_FILE_LINES:
        detail = f"{num_lines} lines (at most {MAX_FILE_LINES})"
        yield source.finding(line=1, rule="file length", detail=detail)


def body_length(source: Source) -> Iterator[Finding]:
    """Expect a function to fit a screen."""
    for function in functions(source):
        num_lines = body_lines(function)
        if num_lines > MAX_BODY_LINES:
            detail = f"{function.name} has {num_lines} lines (at most {MAX_BODY_LINES})"
            yield source.finding(line=function.lineno, rule="body length", detail=detail)


def nesting(source: Source) -> Iterator[Finding]:
    """Expect at most three blocks inside one another; elif is no deeper than its if."""
    for function in functions(source):
        depth = max((_depth(statement) for statement in function.body), default=0)
        if depth > MAX_NESTING:
            detail = f"{function.name} nests {depth} blocks (at most {MAX_NESTING})"
            yield source.finding(line=function.lineno, rule="nesting", detail=detail)


def keyword_only_twins(source: Source) -> Iterator[Finding]:
    """Expect arguments of one scalar type to be keyword-only, so that no caller swaps them.

    The range `(first_x, num_x)` alone may be positional, as in a slice. Private helpers are read
    together with their callers.
    """
    for function in functions(source):
        if function.name.startswith("_"):
            continue
        arguments = [a for a in function.args.args if a.annotation is not None]
        if any(a.arg.startswith("first_") for a in arguments):
            arguments = [a for a in arguments if not a.arg.startswith("num_")]
        types = [ast.unparse(a.annotation) for a in arguments if a.annotation is not None]
        for twin in sorted({t for t in types if t in SCALARS and types.count(t) > 1}):
            detail = f"{function.name} takes {types.count(twin)} positional {twin}"
            yield source.finding(line=function.lineno, rule="keyword-only twins", detail=detail)


def meaningful_name(source: Source) -> Iterator[Finding]:
    """Expect files and folders to be named by a noun of the textbook."""
    parts = (*PurePosixPath(source.path).parts[:-1], PurePosixPath(source.path).stem)
    for part in parts:
        if part in NAMES_THAT_SAY_NOTHING:
            yield source.finding(line=1, rule="meaningful name", detail=f"{part!r} says nothing")


def nothing_at_import(source: Source) -> Iterator[Finding]:
    """Expect a module to define, and to do nothing when it is imported."""
    for node in source.tree.body:
        if isinstance(node, (*_DEFINITIONS, Function)) or _is_guard(node) or _is_docstring(node):
            continue
        detail = f"`{ast.unparse(node).splitlines()[0]}` runs when the module is imported"
        yield source.finding(line=node.lineno, rule="nothing at import", detail=detail)


def quiet_init(source: Source) -> Iterator[Finding]:
    """Expect `__init__.py` to hold a docstring and at most re-exports."""
    if PurePosixPath(source.path).name != "__init__.py":
        return
    for node in source.tree.body:
        legal = isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node)
        if not legal and not _assigns_all(node):
            detail = f"`{ast.unparse(node).splitlines()[0]}` is no re-export"
            yield source.finding(line=node.lineno, rule="quiet __init__", detail=detail)


def reasoned_ignore(source: Source) -> Iterator[Finding]:
    """Expect a silenced type error to name its code and its reason."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        match = _IGNORE.search(line)
        if match and not (match["code"] and re.search(r"\w{3}", match["reason"])):
            detail = "say which error and why: `# type: ignore[code]  # reason`"
            yield source.finding(line=number, rule="reasoned ignore", detail=detail)


def dimension_words(contributing: str) -> frozenset[str]:
    """Return the words for array dimensions that the table in CONTRIBUTING.md lists."""
    section = contributing.partition("## The words for array dimensions")[2].partition("\n## ")[0]
    return frozenset(re.findall(r"[a-z_]+", " ".join(_WORD_ROW.findall(section))))


def known_dimensions(source: Source, words: frozenset[str]) -> Iterator[Finding]:
    """Expect shapes such as `float32 [num_slots, num_bits]` to be made of the listed words."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        for shape in _SHAPE.findall(line):
            for word in sorted(set(re.findall(r"[a-z_]{2,}", shape)) - words):
                detail = f"{word!r} is not among the words in CONTRIBUTING.md"
                yield source.finding(line=number, rule="known dimensions", detail=detail)


def no_heap(source: Source) -> Iterator[Finding]:
    """Expect firmware without a heap."""
    yield from _lines_with(source, _HEAP, rule="no heap")


def integer_kernel(source: Source) -> Iterator[Finding]:
    """Expect no floating point in a kernel named by an integer format."""
    if PurePosixPath(source.path).stem.endswith(("_s8", "_q15")):
        yield from _lines_with(source, _FLOAT, rule="integer kernel")


def boards_in_ports_only(source: Source) -> Iterator[Finding]:
    """Expect only a port to know which board it is built for."""
    if not source.path.startswith("firmware/ports/"):
        yield from _lines_with(source, _BOARD_CONDITION, rule="boards in ports only")


def small_port(source: Source) -> Iterator[Finding]:
    """Expect at most eight functions for a new port to write."""
    if PurePosixPath(source.path).name != "port.h":
        return
    names = _DECLARATION.findall(source.code)
    if len(names) > MAX_PORT_FUNCTIONS:
        detail = f"{len(names)} functions (at most {MAX_PORT_FUNCTIONS}): {', '.join(names)}"
        yield source.finding(line=1, rule="small port", detail=detail)


EVERY_PYTHON_FILE: Mapping[str, Rule] = {
    "licence line": licence_line,
    "module docstring": module_docstring,
    "file length": file_length,
    "body length": body_length,
    "nesting": nesting,
    "meaningful name": meaningful_name,
    "quiet __init__": quiet_init,
    "reasoned ignore": reasoned_ignore,
}
LIBRARY_PYTHON_FILE: Mapping[str, Rule] = {
    "keyword-only twins": keyword_only_twins,
    "nothing at import": nothing_at_import,
}
EVERY_C_FILE: Mapping[str, Rule] = {
    "licence line": licence_line,
    "file length": file_length,
    "meaningful name": meaningful_name,
    "no heap": no_heap,
    "integer kernel": integer_kernel,
    "boards in ports only": boards_in_ports_only,
    "small port": small_port,
}


def _depth(node: ast.stmt) -> int:
    """Return how many blocks stand inside one another, counting `node` itself."""
    if isinstance(node, (Function, ast.ClassDef)):
        return 0
    inner = max((_depth(child) for child in _statements_inside(node)), default=0)
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        below = max((_depth(child) for child in node.body), default=0)
        return max(1 + below, _depth(node.orelse[0]))
    return inner + isinstance(node, _BLOCKS)


def _statements_inside(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _is_guard(node: ast.stmt) -> bool:
    """Return whether a statement is `if TYPE_CHECKING` or `if __name__ == ...`."""
    return isinstance(node, ast.If) and ast.unparse(node.test).startswith(
        ("TYPE_CHECKING", "__name__ ==")
    )


def _is_docstring(node: ast.stmt) -> bool:
    """Return whether a statement is the docstring of its module or of the constant above it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _assigns_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _lines_with(source: Source, pattern: re.Pattern[str], *, rule: str) -> Iterator[Finding]:
    for number, line in enumerate(source.code.splitlines(), start=1):
        if pattern.search(line):
            yield source.finding(line=number, rule=rule, detail=line.strip())
