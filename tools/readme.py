"""README.md from nbs/index.ipynb, with nbconvert.

`python tools/readme.py` writes it, `python tools/readme.py --check` compares."""
import re
import sys
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).resolve().parent.parent
header = "<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->\n\n"


def readme() -> str:
    "The index notebook as Markdown, without hidden cells and directives."
    nb = nbformat.read(root / "nbs" / "index.ipynb", as_version=4)
    nb.metadata["language_info"] = {"name": "python"}
    nb.cells = [c for c in nb.cells if not re.search(r"^#\|\s*hide\b", c.source, re.M)]
    for cell in nb.cells:
        if re.search(r"^#\|\s*echo:\s*false", cell.source, re.M): cell.source = ""
        cell.source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#|"))
    text, resources = MarkdownExporter().from_notebook_node(nb)
    if pictures := resources.get("outputs"):
        sys.exit(f"nbs/index.ipynb has pictures as cell outputs ({', '.join(pictures)}); "
                 "link to a file under results/ instead")
    text = re.sub(r"```python\n\s*```\n", "", text)
    text = re.sub(r"\]\((?=[\w/]+\.ipynb)", "](nbs/", text).replace("](../", "](") # one folder higher
    return header + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


path = root / "README.md"
if sys.argv[1:] == ["--check"]:
    if path.read_text() != readme():
        sys.exit("README.md is not what nbs/index.ipynb gives; run: python tools/readme.py")
    print("README.md agrees with nbs/index.ipynb")
elif sys.argv[1:]:
    sys.exit(__doc__)
else:
    path.write_text(readme())
