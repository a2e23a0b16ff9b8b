"""Learn the prior of windows that ships with the package, and put it there, with a record of how it was made
and how well it fits photographs that it has not seen. Takes some minutes on one core, and no arguments."""
import argparse
import sys
import time
from pathlib import Path

import torch

import spectral_nbdev
from spectral_nbdev.hub import PRETRAINED
from spectral_nbdev.io import digest, provenance, write_json
from spectral_nbdev.restoration.learning import (TEST_PHOTOS, TRAIN_PHOTOS, fit_window_model, load_photo,
                                                 mean_log_density)
from spectral_nbdev.restoration.prior import SHIPPED, WINDOWS, load_window_model, save_window_model

argparse.ArgumentParser(description=__doc__).parse_args()
torch.set_num_threads(1) # sums in one order, so that the file comes out the same
config = dict(n_components=200, size=8, steps=40, n_windows=60_000, seed=0)
train, test = ([load_photo(k) for k in names] for names in (TRAIN_PHOTOS, TEST_PHOTOS))
record, start = provenance(sys.argv, config["seed"]), time.perf_counter()
model = fit_window_model(train, shares=list(TRAIN_PHOTOS.values()), **config)
record["seconds"] = round(time.perf_counter() - start, 1)
home = Path(spectral_nbdev.__file__).parent / PRETRAINED / SHIPPED
home.mkdir(exist_ok=True)
save_window_model(model, home / WINDOWS)
record["data"] = dict(train=list(TRAIN_PHOTOS), test=list(TEST_PHOTOS),
                      train_sha256=digest(*(x.numpy() for x in train)),
                      test_sha256=digest(*(x.numpy() for x in test)))
record["config"] = config
record["metrics"] = {f"{kind}_log_density_{name}": round(mean_log_density(m, images), 3)
                     for kind, images in (("train", train), ("test", test))
                     for name, m in (("fitted", model), ("file", load_window_model(home / WINDOWS)))}
shares = list(TRAIN_PHOTOS.values())
fewer = {C: fit_window_model(train, shares=shares, **config | dict(n_components=C, steps=20))
         for C in (1, 10, 50, 100)}
record["metrics"]["test_log_density_by_components"] = {
    C: round(mean_log_density(m, test), 3) for C, m in (fewer | {config["n_components"]: model}).items()}
write_json(home / "record.json", record)
print(home, record["seconds"], "s", record["metrics"])
