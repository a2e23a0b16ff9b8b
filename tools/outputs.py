"""Compare committed outputs with those of a fresh run: `python tools/outputs.py [--share N] [NOTEBOOK …]`.

Every notebook is run without its cells marked `#| slow`. For each of the other cells, the number and the
kinds of outputs must be the committed ones, and so must their text; numbers in it may differ by 10 %, since
processors round differently. Pictures are not compared. A cell whose text cannot be the same twice carries
the comment `# output varies`.

With --share N, every N-th notebook is run, beginning at another one after each commit; CI takes a sixth at a
time."""
import argparse
import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

root = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def skipped(cell) -> bool:
    "Whether a cell is left out of a fresh run."
    return cell.cell_type == "code" and bool(re.search(r"^#\|\s*(slow|eval:\s*false)", cell.source, re.M))


def shown(cell) -> list[tuple[str, str]]:
    "Kind and text of each output; of a picture, its kind only. Where a stream is cut is a matter of time."
    found: list[tuple[str, str]] = []
    for o in cell.get("outputs", []):
        if o.output_type == "stream":
            if o.name != "stdout": continue
            before = found.pop()[1] if found and found[-1][0] == "stdout" else ""
            found.append(("stdout", before + "".join(o.text)))
        elif o.output_type == "error": found.append(("error", o.ename))
        else:
            picture = any(kind.startswith("image/") for kind in o.data)
            text = "" if picture or "text/html" in o.data else o.data.get("text/plain", "")
            found.append(("picture" if picture else "value", "".join(text)))
    return found


def alike(a: str, b: str) -> bool:
    "Whether two texts are the same but for the rounding of numbers."
    a, b = a.strip(), b.strip()
    a, b = (re.sub(r"0x[0-9a-f]+", "0x", t) for t in (a, b))
    if re.sub(r"\s+", " ", NUMBER.sub("#", a)) != re.sub(r"\s+", " ", NUMBER.sub("#", b)): return False
    pairs = zip(*([float(n.replace(",", "")) for n in NUMBER.findall(t)] for t in (a, b)))
    return all(abs(x - y) <= .1 * max(abs(x), abs(y)) + 5e-3 for x, y in pairs)


def ending(text: str, n: int = 60) -> str:
    "The last lines of a message, indented: of a program that failed, the reason may stand far above the end."
    return "\n".join("    " + line for line in text.strip().splitlines()[-n:])


def compare(path: Path) -> list[str]:
    "Differences of a notebook from its fresh run, a line each."
    old = nbformat.read(path, as_version=4)
    new = nbformat.read(path, as_version=4)
    new.cells = [c for c in new.cells if not skipped(c)]
    place = {"metadata": {"path": str(path.parent)}}
    quiet = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(new, timeout=900, kernel_name="python3", resources=place, extra_arguments=quiet)
    try: client.execute()
    except Exception as e: return [f"{path.name}: a cell failed:\n{ending(str(e))}"]
    found = []
    for before, after in zip([c for c in old.cells if not skipped(c)], new.cells):
        if "# output varies" in before.source or before.cell_type != "code": continue
        a, b = shown(before), shown(after)
        same = [k for k, _ in a] == [k for k, _ in b]
        if same and all(alike(x, y) for (_, x), (_, y) in zip(a, b)): continue
        found.append(f"{path.name}, cell {before.get('id')}: committed {str(a)[:300]}\n"
                     f"    fresh {str(b)[:300]}")
    return found


def share(paths: list[Path], n: int) -> list[Path]:
    "Every n-th notebook, beginning at another one after each commit."
    command = ["git", "-C", str(root), "rev-list", "--count", "HEAD"]
    count = subprocess.run(command, capture_output=True, text=True, check=True)
    return paths[int(count.stdout) % n::n]


if __name__ == "__main__":
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="notebooks to run; all by default")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="run every N-th notebook only")
    args = parser.parse_args()
    paths, found = share(args.notebooks or sorted((root / "nbs").rglob("*.ipynb")), args.share), []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, differences in zip(paths, pool.map(compare, paths)):
            print(f"{path.name}: {len(differences) or 'no'} differences", flush=True)
            found += differences
    print("\n".join(found) or f"the outputs of {len(paths)} notebooks are what the code gives")
    sys.exit(1 if found else 0)
