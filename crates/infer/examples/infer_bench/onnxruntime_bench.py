"""Prints how many sentences a second onnxruntime embeds. Reads {"model", "threads", "batch", "tokens"} as JSON."""

import json
import sys
import time

import numpy
import onnxruntime

work = json.load(sys.stdin)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = work["threads"]
session = onnxruntime.InferenceSession(work["model"], options, providers=["CPUExecutionProvider"])
wanted = {taken.name for taken in session.get_inputs()}


def embed(texts):
    """One unit vector for each text, the shorter ones padded."""
    longest = max(len(text) for text in texts)
    tokens = numpy.array([text + [0] * (longest - len(text)) for text in texts], dtype=numpy.int64)
    mask = numpy.array([[1] * len(text) + [0] * (longest - len(text)) for text in texts], dtype=numpy.int64)
    inputs = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": numpy.zeros_like(tokens)}
    hidden = session.run(None, {name: values for name, values in inputs.items() if name in wanted})[0]
    vectors = hidden[:, 0]
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


tokens, batch = work["tokens"], work["batch"]
embed(tokens[:batch])
begun = time.perf_counter()
for start in range(0, len(tokens), batch):
    embed(tokens[start : start + batch])
print(len(tokens) / (time.perf_counter() - begun))
