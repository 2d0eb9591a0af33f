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
from transformers import AutoTokenizer, logging, pipeline

root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "src/systems/zero-shot/fixtures"))
import pair_model  # noqa: E402

warnings.filterwarnings("ignore")
logging.set_verbosity_error()
folder, small = Path(sys.argv[1]), sys.argv[2]
LENGTH = 256

torch.manual_seed(0)
tokenizer = AutoTokenizer.from_pretrained(small, model_max_length=LENGTH)
model = pair_model.write(folder, tokenizer, ["contradiction", "neutral", "entailment"], LENGTH)
classify = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer, device="cpu")
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    torch.set_num_threads(task["threads"])
    start = time.perf_counter()
    answers = classify(task["texts"], candidate_labels=task["labels"], batch_size=task["batch"])
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "best": [a["labels"][0] for a in answers]}), flush=True)
