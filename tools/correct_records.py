"""Records of earlier runs, completed and corrected without repeating the runs.

`python tools/correct_records.py` goes through results/*.json, or through those named after it:

- errors of uncentred PCA and bounds are computed anew, by exact decompositions in double precision, and the
  ratios to them follow; a record keeps the old numbers, and how the new ones came about, under `corrected`;
- rows of several runs in one record say whether labels were used, in which precision they were made, and what
  is known of their making (`made`); what is not known is null;
- learned numbers of flow matching are counted without its tokens, which are fixed (`parameters_rule`).

A record that has been corrected is left as it is."""
import json
import math
import sys
from pathlib import Path

import torch

from spectral_nbdev.coefficients import atoms_mse
from spectral_nbdev.data import ImageData, load_data
from spectral_nbdev.images import to_signals
from spectral_nbdev.io import provenance, write_json
from spectral_nbdev.training.projection import exact_bounds, second_moment

RESULTS = Path(__file__).resolve().parent.parent / "results"
CIRCUMSTANCES = ("command", "git_commit", "date", "hardware", "versions", "seed")
FIRST_TABLE = dict( # the run whose record held the rows of table1.json first
    command="spectral_reproduce --preset table --extractor efficientnet-lite0 --methods spectral ppca "
            "ppca-noise vae vae-mixture gan diffusion spectral-mixture --record results",
    git_commit="986a9d25b390b6557269fa011ee22259bb9073dd", date="2026-11-25T07:48:38+00:00")
RULE = "learned numbers; the tokens, which follow from the dictionary and are fixed, do not count"


class References:
    "Exact bounds and test errors of uncentred PCA, by number of training images."
    def __init__(self) -> None:
        self.data, self.known = load_data("cifar10"), {}

    def __call__(self, n_train: int, seed: int) -> tuple[torch.Tensor, dict[int, float]]:
        "Eigenvectors (T,T), strongest first, and bounds by number of atoms."
        if n_train not in self.known:
            signals = to_signals(self.images(n_train, seed).train)
            values = torch.linalg.eigh(second_moment(signals, dtype=torch.float64)).eigenvectors
            self.known[n_train] = values.flip(1).T.float(), exact_bounds(signals, range(1, 1025))
        return self.known[n_train]

    def images(self, n_train: int, seed: int) -> ImageData:
        "All images, or those that a run with fewer chose."
        return self.data if n_train == len(self.data.train) else self.data.subset(n_train, seed)

    def error(self, K: int, n_train: int = 50_000, seed: int = 0) -> float:
        "Test error of the K strongest eigenvectors."
        return atoms_mse(to_signals(self.data.test), self(n_train, seed)[0][:K], ridge=1e-9)

    def bound(self, K: int, n_train: int = 50_000, seed: int = 0) -> float: return self(n_train, seed)[1][K]


def replace(place: dict, key: str, value: float, was: dict, name: str) -> None:
    "Put a number in its place, and the old one into `was`; they must be nearly the same."
    old = place.get(key)
    if old is None: return
    if abs(old / value - 1) > .02: raise ValueError(f"{name}: {old} is too far from {value} to be the same")
    was[name], place[key] = old, value


def correct_fit(record: dict, exact: References, was: dict) -> None:
    "A run of one model."
    m, n, seed = record["metrics"], record["data"]["n_train"], record["seed"]
    c = record["config"]
    K = m.get("n_coefficients", c["n_atoms"])
    replace(m, "train_bound", exact.bound(K, n, seed), was, "train_bound")
    replace(m, "test_mse_eigenvectors", exact.error(K, n, seed), was, "test_mse_eigenvectors")
    m["over_eigenvectors"] = m["test_mse"] / m["test_mse_eigenvectors"]


def correct_ablations(record: dict, exact: References, was: dict) -> None:
    "All dictionaries of the ablations."
    m = record["metrics"]
    for K in m["eigenvectors"]: replace(m["eigenvectors"], K, exact.error(int(K)), was, f"eigenvectors {K}")
    for row in (r for rows in m["groups"].values() for r in rows):
        row["over_eigenvectors"] = row["test_mse"] / m["eigenvectors"][str(row["n_coefficients"])]


def correct_rows(rows: list[dict], exact: References, was: dict) -> None:
    "Rows of several methods at several numbers of atoms."
    for row in (r for r in rows if r["method"] == "eigenvectors"):
        replace(row, "test_mse", exact.error(row["n_atoms"]), was, f"test_mse, {row['n_atoms']} eigenvectors")
    error = {r["n_atoms"]: r["test_mse"] for r in rows if r["method"] == "eigenvectors"}
    for row in rows:
        if row.get("over_eigenvectors"): row["over_eigenvectors"] = row["test_mse"] / error[row["n_atoms"]]


def run_of(record: dict, **more: object) -> dict:
    "What a record says about its run."
    return {k: record.get(k) for k in CIRCUMSTANCES} | more


def unknown_run(record: dict, **more: object) -> dict:
    "What is known of work whose command and commit nobody kept."
    hardware = dict(record["hardware"], threads=more.pop("threads", None))
    none = dict.fromkeys(("command", "git_commit", "date", "versions"))
    return none | dict(hardware=hardware, seed=record["seed"]) | more


def describe_table(record: dict) -> None:
    "Labels, precision and making of the rows of Table 1: all were stages of earlier runs."
    for row in record["metrics"]["rows"]:
        known = dict(in_record_of=FIRST_TABLE)
        row["made"] = dict(measurement=unknown_run(record, **known))
        if row["name"] == "real": continue
        low, names = row["options"].get("bf16", False), ("float32", "bfloat16")
        row["labels"] = False
        row["precision"] = dict(training=names[low], sampling=names[low and row["name"] == "diffusion"])
        row["made"] |= dict(training=unknown_run(record, threads=row["training"]["threads"], **known),
                            speed=unknown_run(record, **known))


def describe_stability(record: dict) -> None:
    "Precision and making of the rows of the experiment on stability."
    for row in record["metrics"]["rows"]:
        low = row["options"].get("bf16", False)
        row |= dict(labels=False, precision=dict(training=("float32", "bfloat16")[low], sampling="float32"))
        row["made"] = [dict(training=unknown_run(record), measurement=run_of(record)) for _ in row["seeds"]]
        for seed, made in zip(row["seeds"], row["made"]): made["training"]["seed"] = seed


def describe_ladder(record: dict) -> None:
    "Labels, precision, making and learned numbers of the rows of a ladder: each was made in its run."
    tokens = record["config"]["n_atoms"] * math.prod(record["data"]["shape"])
    for row in record["metrics"]["rows"]:
        options = row.get("options", {})
        low = "bfloat16" if options.get("bf16") else "float32"
        row["made"] = run_of(record, precision=dict(training=low, sampling="float32"))
        if "options" in row: row["labels"] = options["kind"].startswith("class_")
        if "flow_matching" in options.get("kind", ""):
            row |= dict(parameters=row["parameters"] - tokens, parameters_rule=RULE)


def describe_guided(record: dict) -> None:
    "A measurement of samples that were drawn by a command that was not kept."
    record |= dict(labels=True, made=run_of(record, precision=dict(training="bfloat16", sampling="float32")),
                   samples=dict(command=None, git_commit=None, kept=False,
                                chosen="guidance by the distance of smaller sets, which were not kept"))


def describe_rows(record: dict) -> None:
    "Rows of one run in processes of their own; some may have been stages of earlier runs of the same folder."
    for row in record["metrics"]["rows"]: row["made"] = unknown_run(record, in_record_of=run_of(record))


DESCRIBED = {"table1": describe_table, "stability": describe_stability, "priors": describe_ladder,
             "priors-flow-matching": describe_ladder, "priors-guidance-3": describe_guided,
             "dictionaries": describe_rows}


def main() -> None:
    "Correct and complete all records."
    made = provenance(["tools/correct_records.py"], 0)
    made |= dict(precision="float64", why="exact decompositions; the iterations had not converged")
    exact = References()
    for path in sorted(RESULTS.glob("*.json")):
        record, was = json.loads(path.read_text()), {}
        if "corrected" in record or "corrected" in record.get("fit", {}): continue
        if sys.argv[1:] and path.stem not in sys.argv[1:]: continue
        if path.stem == "ablations": correct_ablations(record, exact, was)
        elif path.stem == "dictionaries": correct_rows(record["metrics"]["rows"], exact, was)
        elif "fit" in record: correct_rows(record["fit"]["rows"], exact, was)
        elif "over_eigenvectors" in record.get("metrics", {}): correct_fit(record, exact, was)
        if path.stem in DESCRIBED: DESCRIBED[path.stem](record)
        elif not was: continue
        (record["fit"] if "fit" in record else record)["corrected"] = [made | dict(was=was)] if was else []
        write_json(path, record)
        print(path.name, *(f"{k}: {v:.6g}" for k, v in list(was.items())[:4]), file=sys.stderr)


if __name__ == "__main__": main()
