"""Records the losses that training must follow: writes src/train/fixtures/torch-losses.json.

Usage: python3 bench/engine/losses.py [FILE]

A tiny GPT and a small CNN (torch_peer.py's models) are trained by torch.optim.AdamW. Nothing else
is shipped, because weights and data are formulas that recorded.ts computes to the same bits:

  mix(stream, i)  lowbias32 (Wellons 2018) of (i * 0x9E3779B1 + (stream + 1) * 0x85EBCA77) mod 2^32:
                  x ^= x >> 16; x *= 0x7FEB352D; x ^= x >> 15; x *= 0x846CA68B; x ^= x >> 16
  u(stream, i)    mix(stream, i) / 2^32, in [0, 1)
  parameter k     in PyTorch's order and layout; its element i (row by row) is
                  offset + scale * (2 u(k, i) - 1) in float64, rounded to float32, where
                  gain of a norm: offset 1, scale 0.1; other vectors: 0 and 0.1; embedding tables
                  (token, position): 0 and 0.5; all others: 0 and 1 / sqrt(size / shape[0])
  tokens, step s  row b starts with mix(1000 + s, b) mod V; each next is (3 * token + 5) mod V;
                  inputs are the first T tokens, labels the T that follow the first
  images, step s  label b is mix(2000 + s, b) mod C; pixel p of image b, of P each, is
                  u(3000 + s, b * P + p) / 2 + u(4000 + label, p) - 3/4, rounded to float32

The recorded figure of a step is its loss before the update. The same run in float64 must agree
within a tenth of the tolerance, or the figures would be luck; the script checks that.
"""

import json
import sys
from math import prod, sqrt
from pathlib import Path

import torch
import torch.nn.functional as F

from torch_peer import BUILD

STEPS, TOLERANCE = 50, 1e-3
RATES = {"gpt": 3e-3, "cnn": 5e-3}
ADAMW = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}
GPT = {"kind": "gpt", "name": "recorded-gpt", "group": "recorded", "batch": 4, "time": 16}
GPT |= {"layers": 2, "width": 32, "heads": 2, "vocabulary": 17}
CNN = {"kind": "cnn", "name": "recorded-cnn", "group": "recorded", "batch": 8}
CNN |= {"image": [1, 12, 12], "channels": [4, 8], "kernel": 3, "pool": 2}
CNN |= {"hidden": [], "classes": 10}


def mix(stream, i):
    x = (i * 0x9E3779B1 + (stream + 1) * 0x85EBCA77) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x7FEB352D) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)


def u(stream, i):
    return mix(stream, i) / 2**32


def interval(name, shape):
    if name.startswith(("token", "position")):
        return 0.0, 0.5
    if len(shape) == 1:
        return (1.0 if "norm" in name and name.endswith("weight") else 0.0), 0.1
    return 0.0, 1 / sqrt(prod(shape[1:]))


def parameter(k, name, shape):
    offset, scale = interval(name, shape)
    values = [offset + scale * (2 * u(k, i) - 1) for i in range(prod(shape))]
    return torch.tensor(values, dtype=torch.float64).float().view(shape)


def batch(w, step):
    if w["kind"] == "gpt":
        rows = []
        for b in range(w["batch"]):
            row = [mix(1000 + step, b) % w["vocabulary"]]
            while len(row) <= w["time"]:
                row.append((3 * row[-1] + 5) % w["vocabulary"])
            rows.append(row)
        ids = torch.tensor(rows)
        return ids[:, :-1], ids[:, 1:]
    pixels = prod(w["image"])
    labels = [mix(2000 + step, b) % w["classes"] for b in range(w["batch"])]
    images = [
        [u(3000 + step, b * pixels + p) / 2 + u(4000 + label, p) - 0.75 for p in range(pixels)]
        for b, label in enumerate(labels)
    ]
    images = torch.tensor(images, dtype=torch.float64).float()
    return images.view(w["batch"], *w["image"]), torch.tensor(labels)


def train(w, dtype):
    model = BUILD[w["kind"]](w)
    parameters = list(model.named_parameters())
    with torch.no_grad():
        for k, (name, p) in enumerate(parameters):
            p.copy_(parameter(k, name, p.shape))
    model.to(dtype)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATES[w["kind"]], **ADAMW)
    losses = []
    for step in range(STEPS):
        inputs, labels = batch(w, step)
        inputs = inputs.to(dtype) if inputs.is_floating_point() else inputs
        logits = model(inputs)
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [{"name": name, "shape": list(p.shape)} for name, p in parameters]


def record(w):
    losses, parameters = train(w, torch.float32)
    exact, _ = train(w, torch.float64)
    drift = max(abs(a - b) for a, b in zip(losses, exact))
    print(f"{w['name']}: {losses[0]:.4f} -> {losses[-1]:.4f}, float32 off by {drift:.1e}")
    assert drift < TOLERANCE / 10 and losses[-1] < losses[0] / 2, "choose another run"
    inputs, labels = batch(w, 1)
    return {
        "workload": w,
        "learningRate": RATES[w["kind"]],
        "parameters": parameters,
        "lastValues": [
            parameter(k, p["name"], p["shape"]).flatten()[-1].item()
            for k, p in enumerate(parameters)
        ],
        "secondBatch": {
            "inputs": inputs.flatten()[-20:].tolist(),
            "labels": labels.flatten()[-8:].tolist(),
        },
        "losses": losses,
    }


def main():
    torch.set_num_threads(1)
    default = Path(__file__).parents[2] / "src/train/fixtures/torch-losses.json"
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    (beta1, beta2), decay = ADAMW["betas"], ADAMW["weight_decay"]
    adamw = {"beta1": beta1, "beta2": beta2, "epsilon": ADAMW["eps"], "weightDecay": decay}
    runs = {"gpt": record(GPT), "cnn": record(CNN)}
    record_of = {"source": f"PyTorch {torch.__version__}, CPU, float32", "tolerance": TOLERANCE}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**record_of, "adamW": adamw, **runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
