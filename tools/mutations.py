"""Small changes of meaning in Python code, for `tools/mutants.py`.

`Cell(source, signatures(sources)).mutants(module, notebook, cell)` gives every change of a cell by rules: an
operator, a number, an axis, arguments of one type exchanged, a term or an option left out. Types, messages,
imports, pictures, bounds against zero and sizes of parts are left alone, since no test could notice them; a
change that is seldom noticed or mostly a crash has a small weight, and is chosen late."""
import ast
import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property

KINDS = dict(
    arithmetic="an operator of arithmetic replaced, or a sign dropped",
    compare="a comparison replaced",
    negate="a condition negated, `and` and `or` exchanged, a flag turned over",
    constant="a number changed",
    axis="another dimension",
    swap="two arguments, values or results exchanged",
    term="a term or a factor dropped",
    keyword="a keyword argument dropped",
    option="a parameter set back to its default: the option is ignored",
    slice="a slice or a range one shorter",
    reduction="mean, sum, median, min, max and the like exchanged",
    call="a function left out: abs, sqrt, log, detach, clamp …",
    transpose="a transposition, flip or permutation left out",
    result="the input returned instead of the result",
    statement="a statement without a result dropped",
    seed="a seed or generator ignored",
    order="sorted the other way, or not at all")

# Calls that are left as they are: progress, words and pictures.
QUIET = set("""tqdm trange print say warn display Markdown HTML isinstance issubclass hasattr getattr setattr
    TypeVar NamedTuple namedtuple Registry patch delegates experiment join format startswith
    endswith removeprefix removesuffix splitlines encode decode strip lstrip rstrip set_description
    set_postfix compile sub findall fullmatch match search import_module find_spec insert_path sleep
    kill simplefilter filterwarnings catch_warnings""".split())
PICTURES = set("""set_title set_xlabel set_ylabel set_xticks set_yticks set_xlim set_ylim set_xscale
    set_yscale set_axis_off set legend imshow plot scatter bar barh hist fill_between axhline axvline axvspan
    text annotate grid colorbar subplots subplot figure add_subplot add_axes tight_layout savefig suptitle
    supxlabel supylabel tick_params axis margins errorbar boxplot violinplot contour contourf semilogy
    semilogx loglog pcolormesh twinx stem vlines hlines set_visible rc_context close subplots_adjust
    set_ticks set_label set_ticklabels set_major_locator set_major_formatter quiver step matshow
    show_images""".split())
# Options without an effect on results, or on anything that a test on one processor sees.
UNSEEN = set("""device dtype progress desc disable leave total label labels_ title titles row_titles figsize
    color c cmap alpha linewidth lw ls s marker fontsize dpi rotation verbose encoding timeout text check
    capture_output stacklevel non_blocking pin_memory num_workers workers threads batch_size chunk chunk_size
    indent width height ax axes layout constrained_layout sharex sharey squeeze gridspec_kw doc help
    description name where mininterval copy newline errors command protocol driver svd_solver eps tol atol
    rtol time_limit n_jobs daemon map_location stable""".split())
AXES = dict.fromkeys("""sum mean std var amax amin argmax argmin max min median softmax log_softmax cumsum
    flatten unsqueeze squeeze flip diff sort argsort norm any all prod logsumexp unbind size select
    index_select gather transpose movedim unflatten cumprod""".split(), 0) | dict(
    stack=1, cat=1, concatenate=1, topk=1, roll=1, split=1, chunk=1, repeat_interleave=1, tensor_split=1)
REDUCTIONS = dict(min="max", max="min", amin="amax", amax="amin", argmin="argmax", argmax="argmin",
                  mean="sum", median="mean", any="all", all="any", floor="ceil", ceil="floor", sin="cos",
                  cos="sin", minimum="maximum", maximum="minimum", std="var", var="std")
DROPPED = dict.fromkeys("""abs square sqrt rsqrt log log2 log10 log1p exp expm1 sigmoid tanh relu softplus
    frac cumsum diff softmax neg reciprocal erf erfinv fftshift real conj""".split(), 1.) | dict(
    clone=.25, detach=.1, clamp=.5, clamp_min=.3, clamp_max=.5, round=.3)
TURNED = set("transpose t permute flip roll movedim swapaxes adjoint flipud fliplr rot90".split())
PLAIN = set("""to float double long int bool str list tuple set dict contiguous cpu numpy item detach tolist
    as_tensor from_numpy dict_ Path expanduser resolve requires_grad_ eval""".split())
SYMMETRIC = set("""min max maximum minimum add mul hypot gcd lcm isclose allclose equal union intersection zip
    broadcast_tensors product chain dict set Independent array_equal logaddexp""".split())
OPERATORS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
             ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "//"), ast.Pow: ("**", "*")}
COMPARISONS = {ast.Lt: ("<", "<=", ">"), ast.LtE: ("<=", "<", ">"), ast.Gt: (">", ">=", "<"),
               ast.GtE: (">=", ">", "<"), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="),
               ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"),
               ast.IsNot: ("is not", "is")}
TEXTS = (ast.JoinedStr, ast.List, ast.ListComp, ast.Dict, ast.DictComp, ast.Lambda, ast.Tuple)
DRAWS = re.compile(r"^_*(plot|animate|show|draw|figure|picture|repr|bars|panel|curve|style|html|title|"
                   r"caption|architecture)|_(figure|plot|title|html|picture|caption)$|^__repr__")


@dataclass(frozen=True)
class Mutant:
    "One change of one exported cell."
    module: str # dotted name below the package
    notebook: str # path below nbs, without its ending
    cell: str # identifier of the cell
    function: str # name of the function, with its class
    kind: str # one of KINDS
    line: int # line of the change in the cell
    before: str # the changed lines
    after: str # what becomes of them
    source: str = field(repr=False) # the whole mutated cell, without its directives
    weight: float = 1. # how readily it is chosen

    @cached_property
    def id(self) -> str:
        "Eight digits that depend on the change alone."
        return digest(self.module, self.function, self.kind, self.before, self.after)[:8]

    def rank(self, seed: int) -> float:
        "Random number by which mutants of a kind are ordered; heavy ones tend to be small."
        u = int(digest(seed, self.id, self.cell, self.line)[:12], 16) / 16 ** 12
        return -(max(u, 1e-12) ** (1 / self.weight))


def digest(*parts) -> str:
    "Checksum of texts."
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def called(node: ast.AST) -> str:
    "Last part of the name of what is called, or an empty text."
    f = node.func if isinstance(node, ast.Call) else node
    return f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""


def number(node: ast.AST):
    "The number that an expression types in, sign included, or None."
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        x = number(node.operand)
        return None if x is None else -x
    plain = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    return node.value if plain else None


def is_text(node: ast.AST) -> bool:
    "Whether an expression is text or a collection, so that arithmetic on it is none."
    texts = isinstance(node, TEXTS) or isinstance(node, ast.Constant) and isinstance(node.value, str)
    if isinstance(node, ast.BinOp): return is_text(node.left) or is_text(node.right)
    paths = re.search(r"path|folder|^root$|^out$|^tmp$|^home$|^here$", called(node), re.I)
    return texts or bool(paths) or called(node) in ("list", "tuple", "str", "Path", "dict", "join")


def annotation(arg: ast.arg) -> str:
    "Type of a parameter as written, or an empty text."
    return ast.unparse(arg.annotation) if arg.annotation else ""


@dataclass(frozen=True)
class Signature:
    "Parameters of a function or class of the package, without `self`."
    types: tuple[tuple[str, str], ...] # names and types in order
    required: frozenset[str] # those without a default


def signature(n: ast.FunctionDef) -> Signature:
    "Signature of a function."
    args = [a for a in n.args.posonlyargs + n.args.args if a.arg not in ("self", "cls")]
    bare = args[:len(args) - len(n.args.defaults)]
    bare += [a for a, d in zip(n.args.kwonlyargs, n.args.kw_defaults) if d is None]
    types = tuple((a.arg, annotation(a)) for a in args + n.args.kwonlyargs)
    return Signature(types, frozenset(a.arg for a in bare))


def signatures(sources: list[str]) -> dict[str, list[Signature]]:
    "Signatures of all functions and classes by name; a name may stand for several."
    found: dict[str, list[Signature]] = {}
    for n in (n for source in sources for n in ast.walk(ast.parse(source))):
        if isinstance(n, ast.FunctionDef): found.setdefault(n.name, []).append(signature(n))
        if isinstance(n, ast.ClassDef):
            made = [signature(x) for x in n.body if isinstance(x, ast.FunctionDef) and x.name == "__init__"]
            fields = [x for x in n.body if isinstance(x, ast.AnnAssign)]
            types = tuple((called(x.target), ast.unparse(x.annotation)) for x in fields)
            bare = frozenset(called(x.target) for x in fields if x.value is None)
            found.setdefault(n.name, []).extend(made or [Signature(types, bare)])
    return found


class Cell:
    "An exported cell and the places where it can be changed."
    def __init__(self, source: str, known: dict[str, list["Signature"]]):
        self.source, self.known = source, known
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for x in self.lines: self.starts.append(self.starts[-1] + len(x))
        self.found: list[tuple[str, str, float, int, int, str]] = []
        self.function, self.weight, self.computes, self.types, self.returns = "", 1., False, {}, ""
        tree = ast.parse(source)
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node): child.parent = node
        for node in tree.body: self.visit(node)

    def place(self, line: int, column: int) -> int:
        "Position in the text of a line and a column in bytes."
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        "Where a node begins and ends."
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def text(self, node: ast.AST, wrap: bool = False) -> str:
        "Source of a node, in parentheses if it binds less than a call."
        a, b = self.span(node)
        loose = (ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Lambda, ast.Await)
        return f"({self.source[a:b]})" if wrap and isinstance(node, loose) else self.source[a:b]

    def add(self, kind: str, where: ast.AST | tuple[int, int], new: str, weight: float = 1.) -> None:
        "Note a change of a part of the text."
        a, b = self.span(where) if isinstance(where, ast.AST) else where
        self.found.append((kind, self.function, weight * self.weight, a, b, new))

    def between(self, kind: str, left: ast.AST, right: ast.AST, old: str, new: str, weight: float = 1.):
        "Note a change of the operator between two operands."
        a, b = self.span(left)[1], self.span(right)[0]
        gap = re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), self.source[a:b])
        word = rf"(?<!\w){old}(?!\w)" if old.isalpha() else re.escape(old)
        if m := re.search(re.sub(" ", r"\\s+", word) if " " in old else word, gap):
            self.add(kind, (a + m.start(), a + m.end()), new, weight)

    # --- walking ---

    def visit(self, node: ast.AST) -> None:
        "Changes of a node and of what stands in it."
        if self.skipped(node): return
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)): return self.enter(node)
        for rule in RULES.get(type(node), ()): rule(self, node)
        without = ("annotation", "returns", "decorator_list", "ctx", "op", "ops")
        for name, value in ast.iter_fields(node):
            for x in value if isinstance(value, list) else [value]:
                if isinstance(x, ast.AST) and name not in without: self.visit(x)

    def skipped(self, node: ast.AST) -> bool:
        "Whether a node holds messages, imports, types or pictures only."
        if isinstance(node, ast.If): return bool(re.search("TYPE_CHECKING|cuda", ast.dump(node.test)))
        if isinstance(node, ast.Assign): return called(node.targets[0]).startswith("__")
        if isinstance(node, ast.Call): return self.quiet(node)
        messages = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.arg, ast.Global)
        return isinstance(node, messages)

    def quiet(self, node: ast.Call) -> bool:
        "Whether a call shows something rather than computes it."
        name = called(node)
        return name in QUIET or name in PICTURES or name.startswith("test_") or bool(DRAWS.search(name))

    def enter(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        "Changes inside a function or class."
        outside = self.function, self.weight, self.computes, self.types, self.returns
        owner = self.function
        if isinstance(node, ast.FunctionDef):
            args = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            self.types = {a.arg: annotation(a) for a in args if a.arg not in ("self", "cls")}
            if not owner and args and args[0].arg in ("self", "cls") and args[0].annotation:
                owner = ast.unparse(args[0].annotation).strip("'\"")
            self.returns = ast.unparse(node.returns) if node.returns else ""
            draws = DRAWS.search(node.name) or "Figure" in self.returns or {"ax", "axes"} & set(self.types)
            if draws: self.weight *= .1
            elif self.returns == "str": self.weight *= .3
        self.function = f"{owner}.{node.name}" if owner else node.name
        self.computes = isinstance(node, ast.FunctionDef)
        if isinstance(node, ast.FunctionDef): ignored_option(self, node); defaults(self, node)
        for x in node.body: self.visit(x)
        self.function, self.weight, self.computes, self.types, self.returns = outside

    def mutants(self, module: str, notebook: str, cell: str) -> list[Mutant]:
        "All changes that give another program."
        same, out, seen = ast.dump(ast.parse(self.source)), [], set()
        for kind, function, weight, a, b, new in self.found:
            source = self.source[:a] + new + self.source[b:]
            if source in seen: continue
            seen.add(source)
            try: other = ast.dump(ast.parse(source))
            except SyntaxError: continue
            if other == same: continue
            line, before, after = changed_lines(self.source, source)
            out.append(Mutant(module, notebook, cell, function, kind, line, before, after, source, weight))
        return out


def changed_lines(old: str, new: str) -> tuple[int, str, str]:
    "Number of the first line that differs, and the differing lines of both texts."
    a, b = old.splitlines(), new.splitlines()
    first = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    last = 0
    while last < min(len(a), len(b)) - first - 1 and a[-1 - last] == b[-1 - last]: last += 1
    def cut(x): return "\n".join(s.strip() for s in x[first:len(x) - last])
    return first + 1, cut(a), cut(b)


# --- Rules: what can be changed in a node of each type ----------------------------------------------------


def operators(c: Cell, n: ast.BinOp) -> None:
    "Operators, terms and factors."
    if is_text(n) or type(n.op) not in OPERATORS: return
    old, new = OPERATORS[type(n.op)]
    c.between("arithmetic", n.left, n.right, old, new)
    random = "seed" in c.text(n)
    if isinstance(n.op, (ast.Add, ast.Sub, ast.Mult)):
        c.add("term", n, c.text(n.left, wrap=True), .3 if random else 1.)
        if not isinstance(n.op, ast.Sub): c.add("term", n, c.text(n.right, wrap=True), .5)


def signs(c: Cell, n: ast.UnaryOp) -> None:
    "A sign or a negation dropped."
    if isinstance(n.op, ast.USub) and number(n) is None: c.add("arithmetic", n, c.text(n.operand, wrap=True))
    if isinstance(n.op, ast.Not): c.add("negate", n, c.text(n.operand, wrap=True))


def comparisons(c: Cell, n: ast.Compare) -> None:
    "A comparison of neighbours, or the first of a chain."
    old, *new = COMPARISONS[type(n.ops[0])]
    boundary = .2 if len(new) > 1 and any(isinstance(number(x), float) for x in n.comparators) else 1.
    guard = isinstance(n.parent, ast.If) and is_guard(n.parent)
    c.between("compare", n.left, n.comparators[0], old, new[0], boundary)
    if len(new) > 1 and not guard: c.between("compare", n.left, n.comparators[0], old, new[1])


def is_guard(n: ast.If) -> bool:
    "Whether an `if` only refuses."
    return not n.orelse and all(isinstance(x, ast.Raise) for x in n.body)


def both(c: Cell, n: ast.BoolOp) -> None:
    "`and` for `or`, and one condition left out."
    old, new = ("and", "or") if isinstance(n.op, ast.And) else ("or", "and")
    c.between("negate", n.values[0], n.values[1], old, new)
    c.add("term", n, c.text(n.values[0], wrap=True), .3)
    if len(n.values) == 2: c.add("term", n, c.text(n.values[1], wrap=True), .3)


def conditions(c: Cell, n: ast.If | ast.IfExp) -> None:
    "A branch taken when it should not be, or a refusal left out."
    if isinstance(n, ast.If) and is_guard(n): return c.add("statement", n.test, "False", .5)
    if not isinstance(n.test, (ast.Compare, ast.UnaryOp)):
        c.add("negate", n.test, f"not {c.text(n.test, wrap=True)}", .6)


def chosen_by(n: ast.AST, count: int) -> int:
    "One of a few variants, by the place."
    return (n.lineno * 7 + n.col_offset) % count


def constants(c: Cell, n: ast.Constant) -> None:
    "Numbers, but for those that guard, limit or shape a figure."
    x = number(n)
    if x is None or x and not 1e-5 <= abs(x) < 2 ** 15: return
    signed = n.parent if isinstance(n.parent, ast.UnaryOp) else n
    p = signed.parent
    named = p.arg or "" if isinstance(p, ast.keyword) else ""
    if named in UNSEEN or re.search("seed|dims?$|dim1|dim2|axis", named): return
    if isinstance(p, ast.Subscript) and called(p.value) == "shape" or isinstance(p, ast.Slice): return
    if isinstance(p, ast.BinOp) and ("seed" in c.text(p) or x and abs(x) < 1e-3): return
    if isinstance(p, ast.Call) and guarding(p, signed, x): return
    bound = isinstance(p, ast.Call) and called(p).startswith("clamp")
    c.add("constant", n, other_number(n, x), .2 if bound or not c.computes else 1.)


def guarding(call: ast.Call, n: ast.AST, x: int | float) -> bool:
    "Whether a number in a call is a bound against zero, a seed, a dimension, or the size of a part."
    name = called(call)
    sizes = ("view", "reshape", "expand", "unflatten", "permute", "split", "chunk", "round")
    if name in ("manual_seed", "default_rng", "Random", *sizes): return True
    if name.startswith(("clamp", "check_", "_check")) and abs(x) < 1e-2: return True
    return name in AXES and n in call.args[AXES[name]:]


def other_number(n: ast.AST, x: int | float) -> str:
    "A number for another."
    if isinstance(x, float): return repr(x / 2 if chosen_by(n, 2) and x else x * 2 if x else 1.)
    if x in (0, 1): return str((1, (0, 2)[chosen_by(n, 2)])[x])
    return str(x + 1 if x < 16 else x // 2)


def axes(c: Cell, n: ast.Call) -> None:
    "Another dimension, by position or by name."
    name = called(n)
    if name in AXES and isinstance(n.func, ast.Attribute):
        torch_function = isinstance(n.func.value, ast.Name) and n.func.value.id in ("torch", "np", "F")
        first = 1 if torch_function and not AXES[name] else AXES[name]
        for x in n.args[first:first + 1]: another_axis(c, x)
    for k in n.keywords:
        if k.arg in ("dim", "dims", "axis", "dim1", "dim2"): another_axis(c, k.value)


def another_axis(c: Cell, x: ast.AST) -> None:
    "Note a change of one dimension, or the loss of one of several."
    if isinstance(x, ast.Tuple) and len(x.elts) > 1 and all(number(e) is not None for e in x.elts):
        return c.add("axis", x, c.text(x.elts[chosen_by(x, len(x.elts))]))
    d = number(x)
    if isinstance(d, int): c.add("axis", x, str({0: 1, -1: -2}.get(d, d - 1 if d > 0 else d + 1)))


def shapes(c: Cell, n: ast.Subscript) -> None:
    "Another entry of a shape."
    d = number(n.slice)
    if isinstance(n.value, ast.Attribute) and n.value.attr == "shape" and isinstance(d, int):
        c.add("axis", n.slice, str({0: 1, -1: -2}.get(d, d - 1 if d > 0 else d + 1)))


def exchangeable(a: ast.AST, b: ast.AST) -> bool:
    "Whether two values can be exchanged with a meaning."
    if ast.dump(a) == ast.dump(b) or ast.Starred in (type(a), type(b)): return False
    def sort(x):
        if isinstance(x, ast.Constant): return str if isinstance(x.value, str) else type(x.value)
        return next((t for t in (*TEXTS, ast.Compare) if isinstance(x, t)), None)
    if {called(a), called(b)} & {"device", "dtype"} or is_text(a) != is_text(b): return False
    odd = {bool, str, type(None), type(Ellipsis)}
    return sort(a) == sort(b) or not {sort(a), sort(b)} & {*odd, *TEXTS}


def exchange(c: Cell, pairs: list[tuple[ast.AST, ast.AST]], weights: list[float]) -> None:
    "Note the exchange of two values."
    for (a, b), weight in zip(pairs, weights):
        if exchangeable(a, b):
            (i, j), (k, m) = c.span(a), c.span(b)
            c.add("swap", (i, m), c.source[k:m] + c.source[j:k] + c.source[i:j], weight)


def same_types(types: list[str]) -> list[float]:
    "Weights for the exchange of neighbours: one of another type only makes a crash."
    return [1. if a and a == b else .02 for a, b in zip(types, types[1:])]


def arguments(c: Cell, n: ast.Call) -> None:
    "Arguments exchanged; keyword arguments dropped, flags turned over."
    name, unknown = called(n), [.4] * (len(n.args) + len(n.keywords))
    known = max((s.types for s in c.known.get(name, ())), key=len, default=None)
    if name not in SYMMETRIC and not name.startswith(("check_", "_check")):
        weights = unknown if known is None else same_types([t for _, t in known])
        exchange(c, list(zip(n.args, n.args[1:])), weights)
    seen = [k for k in n.keywords if k.arg and k.arg not in UNSEEN]
    weights = unknown if known is None else same_types([dict(known).get(k.arg, "") for k in seen])
    exchange(c, [(a.value, b.value) for a, b in zip(seen, seen[1:])], weights)
    for k in seen: keywords(c, n, k)


def keywords(c: Cell, n: ast.Call, k: ast.keyword) -> None:
    "One keyword argument dropped, or a flag turned over, or a seed ignored."
    a, b = c.span(k)
    before = [x for x in (*n.args, *n.keywords) if c.span(x)[0] < a]
    start = max((c.span(x)[1] for x in before), default=None)
    if start is None and len(n.args) + len(n.keywords) > 1:
        start, b = a, min(c.span(x)[0] for x in (*n.args, *n.keywords) if c.span(x)[0] > a)
    where, name = (a if start is None else start, b), called(n)
    if isinstance(k.value, ast.Constant) and isinstance(k.value.value, bool):
        c.add("negate", k.value, str(not k.value.value), .6)
    if k.arg in ("seed", "random_state", "generator") and name != "dict":
        if isinstance(k.value, ast.Constant): return None
        return c.add("seed", k.value, "None" if k.arg == "generator" else "0")
    if k.arg in ("descending", "reverse", "largest"): return c.add("order", where, "", 2.)
    required = any(k.arg in s.required for s in c.known.get(name, ()))
    usual = k.arg == "dim" and name in ("diff", "topk", "sort", "argsort") # the last is the default
    weight = .3 if name == "dict" or usual or k.arg in ("parents", "exist_ok") else 1.
    if not required: c.add("keyword", where, "", weight)


def functions(c: Cell, n: ast.Call) -> None:
    "Reductions exchanged, functions left out, seeds and orders ignored."
    name, method = called(n), isinstance(n.func, ast.Attribute)
    module = not method or called(n.func.value) in ("torch", "np", "math", "F", "statistics")
    inner = (n.args or [None])[0] if module else n.func.value
    if inner is None or isinstance(inner, ast.Starred): return
    exchanged = REDUCTIONS | (dict(sum="mean") if method else {})
    if method and called(n.func.value) == "statistics": exchanged = dict(mean="median", median="mean")
    if name in exchanged and not (name == "median" and n.args[1 if module else 0:]):
        b = c.span(n.func)[1]
        c.add("reduction", (b - len(name), b), exchanged[name])
    guard = name.startswith("clamp") and any((number(x) or 1) < 1e-2 for x in n.args)
    if name in DROPPED and not guard and not name.endswith("_"):
        c.add("call", n, c.text(inner, wrap=True), DROPPED[name])
    if name in TURNED and method: c.add("transpose", n, c.text(inner, wrap=True))
    if name in ("sorted", "reversed"): c.add("order", n, f"list({c.text(inner)})")
    if name in ("sort", "argsort") and method and not n.keywords:
        end = c.span(n)[1] - 1
        c.add("order", (end, end), (", " if n.args else "") + "descending=True", .5)
    if name in ("manual_seed", "default_rng", "Random") and n.args and number(n.args[0]) is None:
        c.add("seed", n.args[0], "0")
    if name == "range" and len(n.args) < 3: c.add("slice", n.args[-1], shorter(c, n.args[-1]))


def shorter(c: Cell, x: ast.AST) -> str:
    "An expression less one."
    return str(number(x) - 1) if isinstance(number(x), int) else f"{c.text(x, wrap=True)} - 1"


def slices(c: Cell, n: ast.Slice) -> None:
    "A slice one shorter."
    if n.step is not None and number(n.step) == -1: return c.add("order", n.step, "1")
    if n.upper is not None: return c.add("slice", n.upper, shorter(c, n.upper))
    if n.lower is None: return None
    x = number(n.lower)
    plain = isinstance(x, int) and x != -1
    c.add("slice", n.lower, str(x + 1) if plain else f"{c.text(n.lower, wrap=True)} + 1")


def attributes(c: Cell, n: ast.Attribute) -> None:
    "A transposition left out."
    if n.attr in ("T", "mT", "H", "mH"): c.add("transpose", n, c.text(n.value, wrap=True))


def results(c: Cell, n: ast.Return) -> None:
    "The input for the result; results exchanged."
    if isinstance(n.value, ast.Tuple):
        m = re.fullmatch(r"tuple\[(.*)\]", c.returns)
        types = [ast.unparse(x) for x in ast.parse(f"[{m[1]}]").body[0].value.elts] if m else []
        exchange(c, list(zip(n.value.elts, n.value.elts[1:])), same_types(types) or [.3] * len(n.value.elts))
    if not isinstance(n.value, ast.Call) or called(n.value) in PLAIN: return
    inner = n.value.func.value if isinstance(n.value.func, ast.Attribute) else None
    candidates = [x for x in (inner, *n.value.args[:1]) if isinstance(x, ast.Name) and x.id in c.types]
    for x in candidates[:1]: c.add("result", n.value, x.id, 1. if c.types[x.id] == c.returns else .02)


def statements(c: Cell, n: ast.stmt) -> None:
    "A statement dropped."
    if isinstance(n, ast.Expr):
        if not isinstance(n.value, ast.Call) or c.quiet(n.value) or "super()" in c.text(n): return None
        name = called(n.value)
        weight = .4 if name.startswith(("check_", "_check")) or name in ("train", "mkdir") else 1.
        return c.add("statement", n, "pass", weight)
    if isinstance(n, ast.AugAssign):
        if type(n.op) in OPERATORS and not is_text(n.value):
            old, new = OPERATORS[type(n.op)]
            c.between("arithmetic", n.target, n.value, old + "=", new + "=")
        return c.add("statement", n, "pass")
    if isinstance(n, ast.Assign):
        target = n.targets[0]
        names = {x.id for x in ast.walk(n.value) if isinstance(x, ast.Name)}
        again = isinstance(target, ast.Name) and target.id in names
        if again or isinstance(target, ast.Subscript): return c.add("statement", n, "pass")
        pairs = isinstance(target, ast.Tuple) and isinstance(n.value, ast.Tuple) and len(target.elts) == 2
        return exchange(c, [tuple(n.value.elts)], [.2]) if pairs and len(n.value.elts) == 2 else None
    c.add("statement", n, "pass", .7) # continue and break


def with_defaults(n: ast.FunctionDef) -> list[tuple[ast.arg, ast.AST]]:
    "Parameters that have a default, and the default."
    a = n.args
    positional = a.posonlyargs + a.args
    pairs = list(zip(positional[len(positional) - len(a.defaults):], a.defaults))
    pairs += zip(a.kwonlyargs, a.kw_defaults)
    return [(arg, default) for arg, default in pairs if default is not None and arg.arg not in UNSEEN]


def computed_from(n: ast.AST) -> set[str]:
    "Names that a node uses other than in messages."
    if isinstance(n, (ast.Raise, ast.JoinedStr)): return set()
    names = {n.id} if isinstance(n, ast.Name) else set()
    return names.union(*map(computed_from, ast.iter_child_nodes(n)))


def ignored_option(c: Cell, n: ast.FunctionDef) -> None:
    "Options of a function set back to their defaults."
    body = [x for x in n.body if not (isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant))]
    if not body or isinstance(body[0], (ast.Raise, ast.Pass)): return
    first, used = body[0], set().union(*map(computed_from, body))
    if c.lines[first.lineno - 1][:first.col_offset].strip(): return # beside the head of the function
    place, indent = c.span(first)[0], " " * first.col_offset
    for arg, default in with_defaults(n):
        if arg.arg not in used or arg.arg in ("root", "out", "path"): continue
        kind = "seed" if arg.arg in ("seed", "generator") else "option"
        c.add(kind, (place, place), f"{arg.arg} = {c.text(default)}\n{indent}")


def defaults(c: Cell, n: ast.FunctionDef) -> None:
    "Numbers among the defaults; few, since a test of them repeats them."
    for arg, default in with_defaults(n):
        x = number(default)
        if x and "seed" not in arg.arg: c.add("constant", default, other_number(default, x), .1)


RULES = {ast.BinOp: [operators], ast.UnaryOp: [signs], ast.Compare: [comparisons], ast.BoolOp: [both],
         ast.If: [conditions], ast.IfExp: [conditions], ast.Constant: [constants],
         ast.Call: [axes, arguments, functions], ast.Subscript: [shapes], ast.Slice: [slices],
         ast.Attribute: [attributes], ast.Return: [results], ast.Expr: [statements],
         ast.AugAssign: [statements], ast.Assign: [statements], ast.Continue: [statements],
         ast.Break: [statements]}
