"""The list of references, from nbs/references.bib. `python tools/references.py` prints it as Markdown.

Each work has an anchor, the key of its entry, and the chapters that cite it, linked as from a folder of nbs/.

  --check     compare with the notebooks instead: every link to arXiv or to a DOI belongs to an entry, and
              what the text says beside it, authors, year and title, is what the entry says; every work that
              is cited by authors and year has an entry; every entry is cited; the first is the paper that
              the citation file names. Takes about a second. Exits 1 with a line for each fault.

A notebook cites as in "Ho & Salimans 2022, *Classifier-free diffusion guidance*" or "Song et al. (2021)"."""
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

from project import root

BIBLIOGRAPHY = root / "nbs" / "references.bib"
PLACES = ("journal", "booktitle", "publisher", "institution", "howpublished") # where a work appeared
NAME = r"(?:van der |van den |van |de )?[A-ZÀ-Þ][\w'’-]*\w"
AUTHORS = rf"{NAME}(?: et al\.|(?:, {NAME})*,? (?:&|and) {NAME})"
YEAR = r"(?:1[89]|20)\d\d"
# Two or more authors and a year; one author and a year, where a title, a bracket or the next work follows.
CITED = re.compile(rf"({AUTHORS}),? \(?({YEAR})\b|({NAME}),? \(?({YEAR})(?=[,;)]| \(| and [A-Z])")
TITLE = re.compile(r"[,:(]* \(?\*([^*]+)\*") # behind the year
LINK = re.compile(r"\[([^\]]*)\]\(https?://(?:www\.)?(arxiv\.org/abs/|doi\.org/|dx\.doi\.org/)([^)\s]+)\)")
NO_AUTHORS = {"JPEG", "CIFAR", "January", "February", "March", "April", "May", "June", "July", "August",
              "September", "October", "November", "December", "In", "Since", "Until", "By"}


class Work(NamedTuple):
    "An entry of the bibliography."
    key: str
    kind: str # article, inproceedings, …
    fields: dict[str, str]

    @property
    def names(self) -> list[tuple[str, str]]:
        "Family and given names of the authors; `others` for those that are not listed."
        parts = (a.partition(", ") for a in self.fields["author"].split(" and "))
        return [(family, given) for family, _, given in parts]

    @property
    def title(self) -> str:
        "Title without BibTeX's braces."
        return plain(self.fields["title"])

    @property
    def identifier(self) -> str:
        "arXiv identifier or DOI, if there is one."
        return self.fields.get("eprint", self.fields.get("doi", ""))


class Page(NamedTuple):
    "What a notebook says."
    path: Path
    title: str
    cells: list[str] # its Markdown cells, each in one line


def plain(text: str) -> str:
    "A field without braces, with the dashes of print."
    return re.sub(r"[{}]", "", text).replace("---", "—").replace("--", "–")


def folded(text: str) -> str:
    "Letters and digits only, without case or accents: what two spellings of a name have in common."
    text = unicodedata.normalize("NFKD", text.translate({ord("ı"): "i", ord("ł"): "l", ord("ø"): "o"}))
    return re.sub(r"[\W_]", "", text.encode("ascii", "ignore").decode()).lower()


def works() -> list[Work]:
    "Entries of the bibliography, in its order."
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    return [Work(key, kind, dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, re.M)))
            for kind, key, body in re.findall(r"^@(\w+)\{(\w+),\n(.*?)^\}", text, re.M | re.S)]


def pages() -> list[Page]:
    "The notebooks, in the order of their paths."
    found = []
    for path in sorted((root / "nbs").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts: continue
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        title = next((m[1] for t in texts if (m := re.search(r"^#\s+(.+)", t, re.M))), path.stem)
        lines = [" ".join(re.sub(r"^>[ \t]?", "", t, flags=re.M).split()) for t in texts]
        found.append(Page(path.relative_to(root / "nbs"), title, lines))
    return found

# --- What the notebooks cite -----------------------------------------------------------------------------


class Citation(NamedTuple):
    "Authors and year, as a notebook says them."
    said: str
    names: list[str] # family names
    more: bool # et al.
    year: str
    title: str # empty if it says none


def citations(cell: str) -> list[Citation]:
    "Works that a cell cites by authors and year."
    text, found = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell), []
    for m in CITED.finditer(text):
        authors, year = m[1] or m[3], m[2] or m[4]
        if authors in NO_AUTHORS: continue
        names = re.split(r",? (?:&|and) |, ", authors.removesuffix(" et al."))
        title = TITLE.match(text, m.end())
        found.append(Citation(m[0], names, authors.endswith("et al."), year, title[1] if title else ""))
    return found


def fits(c: Citation, work: Work) -> bool:
    "Whether a work may be what is cited. Before the first author there may be another capitalised word."
    families = [folded(family) for family, _ in work.names]
    if work.fields["year"] != c.year: return False
    many = len(families) > 2 or families[-1] == "others"
    if c.more: return families[0] == folded(c.names[-1]) and many
    return any([folded(n) for n in c.names[k:]] == families for k in range(len(c.names)))


def same_title(said: str, work: Work) -> bool:
    "Whether a title, which may be cut, is that of a work. One word may be a name for it, as *P-splines* is."
    return len(said.split()) == 1 or folded(said) in folded(work.title)


def of_cell(cell: str, known: list[Work]) -> tuple[set[str], list[str]]:
    "Keys of the works that a cell cites, and what is wrong."
    keys, wrong = set(), []
    for c in citations(cell):
        close = [w for w in known if fits(c, w)]
        exact = [w for w in close if not c.title or same_title(c.title, w)]
        if not close: wrong.append(f"{c.said} has no entry")
        elif not exact: wrong.append(f"{c.said}, *{c.title}*: the entry says *{close[0].title}*")
        keys |= {w.key for w in exact[:1]}
    for m in LINK.finditer(cell):
        work = next((w for w in known if w.identifier == m[3]), None)
        if work is None: wrong.append(f"{m[2]}{m[3]} has no entry")
        else:
            keys.add(work.key)
            wrong += beside(m, cell, work)
    titles = {folded(t) for t in re.findall(r"\*([^*]{20,})\*", cell)}
    return keys | {w.key for w in known if any(folded(w.title).startswith(t) for t in titles)}, wrong


def beside(m: re.Match[str], cell: str, work: Work) -> list[str]:
    "What a link with a title says beside itself that its work does not say."
    if not m[1].startswith("*"): return []
    around, wrong = cell[max(0, m.start() - 120):m.end() + 60], []
    if folded(m[1]) not in folded(work.title): wrong.append(f"{m[1]}: the entry says *{work.title}*")
    if folded(work.names[0][0]) not in folded(around): wrong.append(f"{m[3]} is by {work.names[0][0]}")
    if work.fields["year"] not in around: wrong.append(f"{m[3]} is of {work.fields['year']}")
    return wrong


def check(known: list[Work], notebooks: list[Page]) -> list[str]:
    "All faults."
    wrong, used = [], set()
    for page in notebooks:
        for cell in page.cells:
            keys, found = of_cell(cell, known)
            used |= keys
            wrong += [f"{page.path}: {w}" for w in found]
    wrong = [f"{w} (nbs/references.bib)" for w in dict.fromkeys(wrong)]
    wrong += [f"nbs/references.bib: {w.key} is cited in no notebook" for w in known if w.key not in used]
    twice = {w.key for w in known if sum(v.key == w.key for v in known) > 1}
    wrong += [f"nbs/references.bib: {key} stands twice" for key in sorted(twice)]
    cff = (root / "CITATION.cff").read_text(encoding="utf-8")
    paper = {"title": known[0].title, "family-names": known[0].names[0][0], "year": known[0].fields["year"],
             "value": f'"arXiv:{known[0].identifier}"'}
    return wrong + [f"CITATION.cff: no line {k}: {v}, as the bibliography says of the paper"
                    for k, v in paper.items() if not re.search(rf"\b{k}: {re.escape(v)}$", cff, re.M)]

# --- The list --------------------------------------------------------------------------------------------


def people(work: Work) -> str:
    "Authors, as one reads them."
    names = [f"{given} {family}".strip() for family, given in work.names]
    if names[-1] == "others": return ", ".join(names[:-1]) + " et al."
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def where(work: Work) -> str:
    "Where a work appeared."
    f = {k: plain(v) for k, v in work.fields.items()}
    place = next((f[k] for k in PLACES if k in f), "")
    number = f.get("volume", "") + (f"({f['number']})" if "number" in f else "")
    return ", ".join(filter(None, [place, number, f.get("pages", "")]))


def linked(work: Work) -> str:
    "A link to a work, if it has an address."
    f = work.fields
    if "eprint" in f: return f"[arXiv:{f['eprint']}](https://arxiv.org/abs/{f['eprint']})"
    if "doi" in f: return f"[doi:{f['doi']}](https://doi.org/{f['doi']})"
    return f"[{f['url'].removeprefix('https://')}]({f['url']})" if "url" in f else ""


def listing(known: list[Work], notebooks: list[Page]) -> str:
    "The bibliography in Markdown."
    cited: dict[str, list[Page]] = {w.key: [] for w in known}
    for page in notebooks:
        for key in {k for cell in page.cells for k in of_cell(cell, known)[0]}: cited[key].append(page)
    lines = []
    for w in known:
        chapters = ", ".join(f"[{p.title}](../{p.path.as_posix()})" for p in cited[w.key])
        parts = [f"{people(w)} ({w.fields['year']}). *{w.title}*", where(w), linked(w),
                 f"Cited in {chapters}" if chapters else ""]
        text = "".join(p + ("" if p[-1] in ".?" else ".") + " " for p in parts if p).strip()
        lines.append(f'- <a id="{w.key}"></a>{text}'.replace("?*.", "?*"))
    return "\n".join(lines)


def main() -> None:
    "Print the list, or check it."
    if sys.argv[1:] not in ([], ["--check"]): sys.exit(__doc__)
    known, notebooks = works(), pages()
    if not sys.argv[1:]: return print(listing(known, notebooks))
    if wrong := check(known, notebooks): sys.exit("\n".join(wrong))
    print(f"{len(known)} works, as {len(notebooks)} notebooks cite them")


if __name__ == "__main__": main()
