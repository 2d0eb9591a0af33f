"""The Hugging Face zero-shot pipeline as a peer in speed.

First argument: a folder. Makes a BERT-base-size pair classifier with random weights there (ONNX,
config, tokenizer), then answers each line of input {"threads", "batch", "texts", "labels"} with
{"seconds", "best"}: the time for all texts, and the best label of each. The second argument is the
folder of a small pair model, for its tokenizer.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, logging, pipeline

warnings.filterwarnings("ignore")
logging.set_verbosity_error()
folder, small = Path(sys.argv[1]), sys.argv[2]
LENGTH = 256


def make():
    tokenizer = AutoTokenizer.from_pretrained(small, model_max_length=LENGTH)
    names = {0: "contradiction", 1: "neutral", 2: "entailment"}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=LENGTH,
        num_labels=3,
        id2label=names,
        label2id={name: i for i, name in names.items()},
    )
    model = BertForSequenceClassification(config).eval()
    tokenizer.save_pretrained(folder)
    config.save_pretrained(folder)
    return model, tokenizer


class Graph(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).logits


def export(model, tokenizer):
    example = tokenizer(["a b", "a"], ["b", "a b"], return_tensors="pt", padding=True)
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    sizes = {0: "batch", 1: "length"}
    torch.onnx.export(
        Graph(model).eval(),
        tuple(example[name] for name in inputs),
        folder / "model.onnx",
        input_names=inputs,
        output_names=["logits"],
        dynamic_axes={name: sizes for name in inputs} | {"logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    # The exporter leaves the model in its training mode.
    model.eval()


model, tokenizer = make()
export(model, tokenizer)
classify = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer, device="cpu")
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    torch.set_num_threads(task["threads"])
    start = time.perf_counter()
    answers = classify(task["texts"], candidate_labels=task["labels"], batch_size=task["batch"])
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "best": [a["labels"][0] for a in answers]}), flush=True)
