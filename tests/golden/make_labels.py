"""Writes tests/golden/labels/rampart.json: what onnxruntime makes of each token, on the very file the app runs.

    pip install onnxruntime tokenizers numpy
    python tests/golden/make_labels.py ~/.cache/afterimage/models/rampart
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

MODEL = pathlib.Path(sys.argv[1])
OUT = pathlib.Path(__file__).parent / "labels" / "rampart.json"
TEXTS = [
    "My name is Alex Rivera and I live at 14 Maple Street, Apt 3, Springfield, IL 62704.",
    "Call me on +1 (415) 555-0132 or write to alex.rivera@example.com.",
    "Best regards,\nDr. Ingrid Sørensen\nHead of Research",
    "The meeting about the budget moved to Thursday at ten.",
    "cargo build --release failed: error[E0308]: mismatched types at src/main.rs:42:17",
    "Passport no. X1234567, driver's license D123-4567-8901, tax id 912-34-5678",
    "Invoice 2026-0117, due 30 November, total 1,249.00 EUR, account 000123456789, routing 021000021",
    "Grüße aus Zürich! Wir sind bei Familie Müller in der Bahnhofstrasse 12, 8001 Zürich.",
    "from: Priya Natarajan <priya@natarajan.example>\nto: Tom O'Neill\nsubject: Release 4.2.1",
    "Docs at https://docs.example.org/api/v2?page=3 were updated by Jordan.",
    "Amazon, Apple and Paris Baguette opened in Austin; the Jordan river and the Washington post did not.",
    "今日は良い天気ですね 田中さん",
    "a",
]


def main():
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    session = onnxruntime.InferenceSession(str(MODEL / "model.onnx"))
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    cases = []
    for text in TEXTS:
        tokens = tokenizer.encode(text, add_special_tokens=False).ids
        ids = np.array([[cls, *tokens, sep]], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        logits = session.run(None, inputs)[0][0, 1:-1]
        chances = np.exp(logits - logits.max(axis=-1, keepdims=True))
        chances /= chances.sum(axis=-1, keepdims=True)
        cases.append(
            {
                "text": text,
                "tokens": tokens,
                "labels": chances.argmax(axis=-1).tolist(),
                "scores": [round(float(score), 4) for score in chances.max(axis=-1)],
            }
        )
    OUT.write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")


main()
