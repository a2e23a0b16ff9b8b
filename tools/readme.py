"""README.md from nbs/index.ipynb, with nbconvert.

`python tools/readme.py` writes it, and the pictures of the notebook's cells as results/readme-N.png;
`python tools/readme.py --check` compares, and counts words."""
import re
import sys
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).resolve().parent.parent
header = "<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->\n\n"


MOST = 700 # words, all that stands between spaces
directive = re.compile(r"^#\|\s*([\w-]+):?\s*(.*)$", re.M)


def readme() -> tuple[str, dict[str, bytes]]:
    "The index notebook as Markdown, without hidden cells and directives, and its pictures by file name."
    nb = nbformat.read(root / "nbs" / "index.ipynb", as_version=4)
    nb.metadata["language_info"] = {"name": "python"}
    nb.cells = [c for c in nb.cells if "hide" not in dict(directive.findall(c.source))]
    alt = []
    for cell in nb.cells:
        said = dict(directive.findall(cell.source)) if cell.cell_type == "code" else {}
        if any("image/png" in o.get("data", {}) for o in cell.get("outputs", ())):
            alt.append(said.get("fig-alt") or sys.exit(f"nbs/index.ipynb: no fig-alt: {cell.source}"))
        if said.get("echo") == "false": cell.source = ""
        cell.source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#|"))
    text, resources = MarkdownExporter().from_notebook_node(nb)
    pictures = {}
    for n, ((name, data), words) in enumerate(zip(resources.get("outputs", {}).items(), alt, strict=True), 1):
        pictures[f"readme-{n}.png"] = data
        text = text.replace(f"![png]({name})", f"![{words}](results/readme-{n}.png)")
    text = re.sub(r"```python\n\s*```\n", "", re.sub(r" +$", "", text, flags=re.M))
    text = re.sub(r"\]\((?=[\w/]+\.ipynb)", "](nbs/", text).replace("](../", "](") # one folder higher
    return header + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", pictures


path = root / "README.md"
text, pictures = readme()
words = len(text.split())
if words > MOST: sys.exit(f"README.md has {words} words, {MOST} at most: move some to their page")
if sys.argv[1:] == ["--check"]:
    known = {p.name: p.read_bytes() for p in (root / "results").glob("readme-*.png")}
    if path.read_text() != text or known != pictures:
        sys.exit("README.md or its pictures are not what nbs/index.ipynb gives; run: python tools/readme.py")
    print(f"README.md agrees with nbs/index.ipynb: {words} words, {len(pictures)} pictures")
elif sys.argv[1:]:
    sys.exit(__doc__)
else:
    path.write_text(text)
    for old in (root / "results").glob("readme-*.png"): old.unlink()
    for name, data in pictures.items(): (root / "results" / name).write_bytes(data)
