"""PyTorch's side of the engine benchmark: JSON lines in on stdin, JSON lines out on stdout.

{"cmd": "setup", "workload": {...}, "adamw": {...}, "mode": "eager" | "compiled", "threads": 2,
 "optimizer": "default" | "foreach" | "fused", "device": "cpu" | "cuda"} -> {"ok": true, "info": {...}}
{"cmd": "step", "n": 5}                                     -> {"ms": [...], "loss": 2.3}
{"cmd": "split", "n": 5}                                    -> {"forward": [...], ...}
{"cmd": "close"}                                            -> ends

`workload` is one definition of workloads.ts. Anything that goes wrong is answered by
{"error": "..."}; the process lives on. A step is forward, backward, AdamW and the loss on the host;
for the encoder it is the forward pass and its output on the host.
"""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def mlp(w):
    layers = []
    for fan_in, fan_out in zip(w["widths"], w["widths"][1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn(w):
    channels, height, width = w["image"]
    layers = []
    for out in w["channels"]:
        layers += [nn.Conv2d(channels, out, w["kernel"]), nn.ReLU()]
        channels, height, width = out, height - w["kernel"] + 1, width - w["kernel"] + 1
    layers += [nn.MaxPool2d(w["pool"]), nn.Flatten()]
    features = channels * (height // w["pool"]) * (width // w["pool"])
    for out in w["hidden"]:
        layers += [nn.Linear(features, out), nn.ReLU()]
        features = out
    return nn.Sequential(*layers, nn.Linear(features, w["classes"]))


class BasicBlock(nn.Module):
    def __init__(self, fan_in, fan_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(fan_in, fan_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(fan_out)
        self.conv2 = nn.Conv2d(fan_out, fan_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(fan_out)
        self.shortcut = nn.Identity()
        if stride != 1 or fan_in != fan_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(fan_in, fan_out, 1, stride, bias=False), nn.BatchNorm2d(fan_out)
            )

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        return F.relu(y + self.shortcut(x), inplace=True)


def resnet(w):
    width = w["widths"][0]
    first = nn.Conv2d(w["image"][0], width, 3, 1, 1, bias=False)
    layers = [first, nn.BatchNorm2d(width), nn.ReLU()]
    for stage, out in enumerate(w["widths"]):
        for block in range(w["blocksPerStage"]):
            layers.append(BasicBlock(width, out, 2 if stage > 0 and block == 0 else 1))
            width = out
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, w["classes"])
    )


class TransformerBlock(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, steps, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, steps, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(y.transpose(1, 2).reshape(batch, steps, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Transformer(nn.Module):
    """The decoder with its head, or the encoder with the mean over its tokens."""

    def __init__(self, w, causal):
        super().__init__()
        self.token = nn.Embedding(w["vocabulary"], w["width"])
        self.position = nn.Embedding(w["time"], w["width"])
        self.blocks = nn.Sequential(
            *(TransformerBlock(w["width"], w["heads"], causal) for _ in range(w["layers"]))
        )
        self.norm = nn.LayerNorm(w["width"])
        self.head = nn.Linear(w["width"], w["vocabulary"], bias=False) if causal else None

    def forward(self, ids):
        x = self.norm(self.blocks(self.token(ids) + self.position.weight))
        return x.mean(1) if self.head is None else self.head(x)


class GruModel(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.token = nn.Embedding(w["vocabulary"], w["width"])
        self.gru = nn.GRU(w["width"], w["width"], batch_first=True)
        self.head = nn.Linear(w["width"], w["vocabulary"])

    def forward(self, ids):
        return self.head(self.gru(self.token(ids))[0])


BUILD = {
    "mlp": mlp,
    "cnn": cnn,
    "resnet": resnet,
    "gpt": lambda w: Transformer(w, causal=True),
    "gru": GruModel,
    "encoder": lambda w: Transformer(w, causal=False),
}


def batch_of(w):
    """One batch of random inputs and labels; their values do not matter to the time."""
    kind, batch = w["kind"], w["batch"]
    if kind in ("mlp", "cnn", "resnet"):
        shape = (w["widths"][0],) if kind == "mlp" else tuple(w["image"])
        classes = w["widths"][-1] if kind == "mlp" else w["classes"]
        return torch.rand(batch, *shape), torch.randint(classes, (batch,))
    ids = torch.randint(w["vocabulary"], (batch, w["time"] + 1))
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous()


def implementation(optimizer):
    """Which AdamW the optimizer runs when neither foreach nor fused was asked for."""
    from torch.optim.optimizer import _default_to_fused_or_foreach

    group = optimizer.param_groups[0]
    fused, foreach = group.get("fused"), group.get("foreach")
    if fused is None and foreach is None:
        fused, foreach = _default_to_fused_or_foreach(group["params"], False, use_fused=False)
    return "fused" if fused else "foreach" if foreach else "for-loop"


class Peer:
    def setup(self, workload, adamw, mode="eager", threads=2, optimizer="default", device="cpu"):
        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("torch finds no CUDA device")
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.inputs, self.labels = (x if x is None else x.to(device) for x in batch_of(workload))
        self.trains = workload["kind"] != "encoder"
        self.model = BUILD[workload["kind"]](workload).to(device).train(self.trains)
        self.compiled = mode == "compiled"
        self.forward = self.loss if self.trains else self.model
        info = {"torch": torch.__version__, "threads": torch.get_num_threads()}
        if self.trains:
            chosen = {} if optimizer == "default" else {optimizer: True}
            self.optimizer = torch.optim.AdamW(
                self.model.parameters(),
                lr=adamw["learningRate"],
                betas=(adamw["beta1"], adamw["beta2"]),
                eps=adamw["epsilon"],
                weight_decay=adamw["weightDecay"],
                **chosen,
            )
            info["adamw"] = implementation(self.optimizer)
        if self.compiled:
            torch._dynamo.reset()
            self.forward = torch.compile(self.forward)
        self.step(2)
        return {"ok": True, "info": info}

    def loss(self, inputs, labels):
        logits = self.model(inputs)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.view(-1))

    def train_step(self):
        loss = self.forward(self.inputs, self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def infer_step(self):
        with torch.inference_mode():
            return float(self.forward(self.inputs).cpu().numpy()[0, 0])

    def step(self, n):
        run = self.train_step if self.trains else self.infer_step
        times, value = [], None
        for _ in range(n):
            start = time.perf_counter()
            value = run()
            times.append((time.perf_counter() - start) * 1e3)
        return {"ms": times, "loss": value}

    def split(self, n):
        """Times of the three parts of a training step, for finding out where time goes."""
        parts = {"forward": [], "backward": [], "optimizer": []}
        for _ in range(n):
            marks = [time.perf_counter()]
            loss = self.forward(self.inputs, self.labels)
            marks.append(time.perf_counter())
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            marks.append(time.perf_counter())
            self.optimizer.step()
            loss.item()
            marks.append(time.perf_counter())
            for part, start, stop in zip(parts.values(), marks, marks[1:]):
                part.append((stop - start) * 1e3)
        return parts


def main():
    # Compilers print to the process's stdout; answers keep a copy of it to themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        command = request.pop("cmd")
        if command == "close":
            break
        try:
            answer = getattr(peer, {"setup": "setup", "step": "step", "split": "split"}[command])(
                **request
            )
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:500]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
