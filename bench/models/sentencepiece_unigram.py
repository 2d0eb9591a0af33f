"""Trains SentencePiece's unigram model on the lines of stdin and prints its pieces with scores as JSON.

usage: sentencepiece_unigram.py VOCABULARY_SIZE
"""

import io
import json
import sys

import sentencepiece

model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=(line.rstrip("\n") for line in sys.stdin),
    model_writer=model,
    model_type="unigram",
    vocab_size=int(sys.argv[1]),
    character_coverage=0.9995,
    normalization_rule_name="nfkc",
    split_by_unicode_script=False,
    split_by_number=False,
    max_sentence_length=1_000_000,
    num_threads=2,
    minloglevel=2,
)
processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
ids = [i for i in range(processor.get_piece_size()) if not (processor.is_control(i) or processor.is_unknown(i))]
print(json.dumps([[processor.id_to_piece(i), processor.get_score(i)] for i in ids]))
