"""Universal Sentence Encoder Lite in PyTorch with the same weights, as a peer in speed.

Each line of input is {"folder", "threads", "batch", "ids": [[...], ...]}: sorts the texts by length,
runs them in padded batches, and prints {"seconds", "first": [...]}, the vector of the first text.
"""

import json
import math
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F


def read_weights(folder):
    with open(os.path.join(folder, "model.json"), encoding="utf-8") as file:
        (group,) = json.load(file)["weightsManifest"]
    parts = [open(os.path.join(folder, path), "rb").read() for path in group["paths"]]
    data, at, weights = b"".join(parts), 0, {}
    for entry in group["weights"]:
        count = math.prod(entry["shape"])
        kind = np.float32 if entry["dtype"] == "float32" else np.int32
        values = np.frombuffer(data, kind, count, at).reshape(entry["shape"])
        weights[entry["name"]] = torch.from_numpy(values.copy())
        at += 4 * count
    return weights


class Encoder(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.w = weights
        self.blocks = [self.block(0), self.block(1)]
        self.embedding = weights["module/Embeddings_en"]
        self.output = self.layer(
            "module/Encoder_en/hidden_layers/tanh_layer_0/weights",
            "module/Encoder_en/hidden_layers/tanh_layer_0/bias",
        )
        self.frequencies = next(v for k, v in weights.items() if "TimingSignal/ExpandDims_1" in k)

    def layer(self, kernel, bias):
        weight = self.w[kernel]
        return weight.reshape(weight.shape[-2:]).t().contiguous(), self.w[bias]

    def block(self, i):
        base = "module_apply_default/Encoder_en/KonaTransformer/Encode"
        layer, stack = f"{base}/Layer_{i}/TransformerLayer", f"{base}/TransformerStack/Layer_{i}/TransformerLayer"
        kernels = f"module/Encoder_en/KonaTransformer/Encode/Layer_{i}/TransformerLayer/MultiheadAttention"
        joined = "ConcatPartitions/concat"
        norm = lambda at: [self.w[f"{at}/layer_prepostprocess/layer_norm/layer_norm_{p}/{joined}"] for p in ("scale", "bias")]
        return {
            "norm1": norm(layer),
            "norm2": norm(f"{layer}/FFN"),
            "qkv": self.layer(f"{kernels}/qkv_transform_single/kernel/part_0", f"{layer}/MultiheadAttention/qkv_transform_single/bias/{joined}"),
            "out": self.layer(f"{kernels}/output_transform_single/kernel/part_0", f"{layer}/MultiheadAttention/output_transform_single/bias/{joined}"),
            "widen": self.layer(f"{layer}/dense/kernel/{joined}", f"{layer}/dense/bias/{joined}") if i == 0 else None,
            "up": self.layer(f"{stack}/FFN/conv1/Tensordot/Reshape_1", f"{layer}/FFN/conv1/bias/{joined}"),
            "down": self.layer(f"{stack}/FFN/conv2/Tensordot/Reshape_1", f"{layer}/FFN/conv2/bias/{joined}"),
        }

    def forward(self, ids, mask):
        batch, steps = ids.shape
        angles = torch.arange(steps, dtype=torch.float32)[:, None] * self.frequencies
        x = 2 * F.embedding(ids, self.embedding) + torch.cat([angles.sin(), angles.cos()], -1)
        bias = ((mask - 1) * 1e9)[:, None, None, :]
        for block in self.blocks:
            h = F.layer_norm(x, x.shape[-1:], *block["norm1"], 1e-6)
            q, k, v = (t.view(batch, steps, 4, -1).transpose(1, 2) for t in F.linear(h, *block["qkv"]).chunk(3, -1))
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
            out = F.linear(mixed.transpose(1, 2).reshape(batch, steps, -1), *block["out"])
            x = out + (F.linear(x, *block["widen"]) if block["widen"] else x)
            h = F.layer_norm(x, x.shape[-1:], *block["norm2"], 1e-6)
            x = x + F.linear(F.relu(F.linear(h, *block["up"])), *block["down"])
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        return F.normalize(torch.tanh(F.linear(pooled, *self.output)), dim=-1)


def embed(encoder, ids, batch):
    vectors = torch.zeros(len(ids), 512)
    order = sorted((i for i in range(len(ids)) if ids[i]), key=lambda i: len(ids[i]))
    for at in range(0, len(order), batch):
        rows = order[at : at + batch]
        longest = len(ids[rows[-1]])
        tokens = torch.tensor([ids[i] + [0] * (longest - len(ids[i])) for i in rows])
        lengths = torch.tensor([len(ids[i]) for i in rows])
        mask = (torch.arange(longest) < lengths[:, None]).float()
        vectors[rows] = encoder(tokens, mask)
    return vectors


def main():
    encoder = None
    # One line in, one line out: the caller alternates with its own runs.
    for line in sys.stdin:
        task = json.loads(line)
        if encoder is None:
            torch.set_num_threads(task["threads"])
            encoder = Encoder(read_weights(task["folder"]))
        with torch.inference_mode():
            start = time.perf_counter()
            vectors = embed(encoder, task["ids"], task["batch"])
            seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "first": vectors[0].tolist()}), flush=True)


main()
