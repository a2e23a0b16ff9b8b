"""Learn the dictionary and prior of previews that ship with the package, and put them there.

    python tools/previews.py

Also writes a record of how they were made and how well they do on pictures that they have not seen. Takes
some minutes on one core and needs CIFAR-10, named by SPECTRAL_DATA."""
import argparse
import statistics
import sys
import time
from pathlib import Path

import torch

import spectral_nbdev
from spectral_nbdev.data import load_images
from spectral_nbdev.hub import PRETRAINED
from spectral_nbdev.io import digest, provenance, write_json
from spectral_nbdev.previews.code import PREVIEW, PREVIEW_FILE, save_preview_model
from spectral_nbdev.previews.training import fit_preview_model, preview_errors, square_crops
from spectral_nbdev.restoration.learning import TEST_PHOTOS, TRAIN_PHOTOS, load_photo

argparse.ArgumentParser(description=__doc__).parse_args()
torch.set_num_threads(1) # sums in one order, so that the file comes out the same
config = dict(n_atoms=128, n_components=64, atom_steps=400, prior_steps=18, seed=0)
n_cifar, n_crops = 24_000, 8_000
record, start = provenance(sys.argv, config["seed"]), time.perf_counter()
cifar, cifar_test = load_images("cifar10", n=n_cifar), load_images("cifar10", "test")
photos = [load_photo(k, colour=True) for k in TRAIN_PHOTOS]
crops = square_crops(photos, n_crops, 32, seed=0, shares=list(TRAIN_PHOTOS.values()))
model = fit_preview_model(torch.cat([cifar, crops]), **config)
record["seconds"] = round(time.perf_counter() - start, 1)
home = Path(spectral_nbdev.__file__).parent / PRETRAINED / PREVIEW
home.mkdir(exist_ok=True)
save_preview_model(model, home / PREVIEW_FILE)
# The error on photographs depends on which crops are drawn: six draws, all of them in the record.
unseen = [load_photo(k, colour=True) for k in TEST_PHOTOS]
draws = [square_crops(unseen, 500, 100, seed=s) for s in range(6)]
record["data"] = dict(cifar10_training_images=n_cifar, crops=n_crops, photographs=list(TRAIN_PHOTOS),
                      test=list(TEST_PHOTOS), train_sha256=digest(cifar.numpy(), crops.numpy()),
                      test_sha256=digest(cifar_test.numpy(), *(x.numpy() for x in draws)))
record["config"] = config
errors = [preview_errors(x, model=model)._asdict() for x in draws]
record["metrics"] = dict(rmse_cifar10_test=preview_errors(cifar_test, model=model)._asdict(),
                         rmse_photographs_test={k: statistics.fmean(e[k] for e in errors) for k in errors[0]},
                         rmse_photographs_draws=errors)
record["metrics"]["file_bytes"] = (home / PREVIEW_FILE).stat().st_size
write_json(home / "record.json", record)
print(home, record["seconds"], "s", record["metrics"])
