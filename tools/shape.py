"""The shape of the package: `python tools/shape.py [--check] [REVISION]`.

For each notebook its exported cells (number, median and longest in lines, share over 25 lines), code lines
over 110 characters and words of Markdown per code line; for each module its lines; the number of public
names. With --check, exits 1 where a limit is passed or a stored output is one of standard error, which
shows readers warnings and paths of one machine; with a revision, reads that commit instead of the working
tree."""
import ast
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path, PurePosixPath

root = Path(__file__).resolve().parent.parent
LIMITS = dict(longest=50, over_110=0)


def files(revision: str | None, folder: str, ending: str) -> dict[str, str]:
    "Texts by path, of the working tree or of a commit."
    if revision is None:
        found = sorted((root / folder).rglob(f"*{ending}"))
        return {str(p.relative_to(root)): p.read_text() for p in found if ".ipynb_checkpoints" not in str(p)}
    def git(*args):
        done = subprocess.run(["git", "-C", str(root), *args], capture_output=True, text=True, check=True)
        return done.stdout
    names = git("ls-tree", "-r", "--name-only", revision, folder).split()
    return {n: git("show", f"{revision}:{n}") for n in names if n.endswith(ending)}


def notebook(text: str) -> dict:
    "Numbers of one notebook."
    cells, words, lines, wide, warned = [], 0, 0, 0, 0
    for c in json.loads(text)["cells"]:
        source = "".join(c["source"])
        if c["cell_type"] == "markdown": words += len(re.findall(r"\w+", source))
        if c["cell_type"] != "code": continue
        warned += sum(o.get("name") == "stderr" for o in c["outputs"])
        code = [x for x in source.splitlines() if x.strip() and not x.startswith("#|")]
        lines += len(code)
        exported = re.search(r"^#\|\s*export", source, re.M)
        if exported and not all(re.match(r"\s*(import|from)\b|\s+|\)", x) for x in code):
            cells.append(len(code))
            wide += sum(len(x) > 110 for x in code)
    return dict(cells=cells, wide=wide, words=words, lines=lines, warned=warned)


def row(name: str, n: dict) -> str:
    "A line of the table."
    c = n["cells"]
    numbers = "0 | | |"
    if c:
        wide = sum(x > 25 for x in c) / len(c)
        numbers = f"{len(c)} | {statistics.median(c):.0f} | {max(c)} | {wide:.0%}"
    return f"| {name} | {numbers} | {n['wide']} | {n['words'] / max(1, n['lines']):.1f} |"


def public_names(modules: dict[str, str]) -> int:
    "Names in the `__all__` of all modules."
    found = set()
    for path, text in modules.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                found |= {(path, n) for n in ast.literal_eval(node.value)} if "all.py" not in path else set()
    return len(found)


if __name__ == "__main__":
    args = [a for a in sys.argv[1:] if a != "--check"]
    revision = args[0] if args else None
    books = {n: notebook(t) for n, t in files(revision, "nbs", ".ipynb").items()}
    empty = dict(cells=[], wide=0, words=0, lines=0, warned=0)
    total = {k: sum((b[k] for b in books.values()), start) for k, start in empty.items()}
    print("| notebook | exported cells | median | longest | over 25 | lines over 110 | words per code line |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    print("\n".join(row(str(PurePosixPath(n).relative_to("nbs")), b) for n, b in books.items()))
    print(row("**all**", total))
    modules = {n: t for n, t in files(revision, "spectral_nbdev", ".py").items() if "_modidx" not in n}
    sizes = {n: len(t.splitlines()) for n, t in modules.items() if t.strip()}
    print(f"\n{len(sizes)} modules, lines: median {statistics.median(sizes.values()):.0f}, "
          f"longest {max(sizes, key=sizes.get)} {max(sizes.values())}; {public_names(modules)} public names")
    passed = max(total["cells"]) <= LIMITS["longest"] and total["wide"] <= LIMITS["over_110"]
    if "--check" in sys.argv and not passed: sys.exit(f"a limit is passed: {LIMITS}")
    loud = [name for name, b in books.items() if b["warned"]]
    if "--check" in sys.argv and loud: sys.exit(f"standard error is stored in {', '.join(loud)}: remove it")
