"""Writes tests/golden/vectors/<model>.json: vectors that do not come out of our code.

gte-small by onnxruntime on the very file the app runs; bge-small-en-v1.5 and nomic-embed-text-v1.5 by numpy in single
precision from the weights of their files, after the models' published definitions (onnxruntime rounds the inputs of bge's
8-bit products with one scale for a whole text, which turns a short text's vector by up to 20 degrees). Run it where the
models are fetched:

    pip install onnx onnxruntime tokenizers numpy gguf
    python tests/golden/make_vectors.py ~/.cache/afterimage/models
"""

import json
import pathlib
import sys

import numpy as np
from tokenizers import Tokenizer

MODELS = pathlib.Path(sys.argv[1])
OUT = pathlib.Path(__file__).parent / "vectors"
TEXTS = [
    "The meeting about the budget moved to Thursday at ten.",
    "cargo build --release failed: error[E0308]: mismatched types",
    "Grüße aus Zürich! Ça va? ¿Qué tal?",
    "a",
    "Invoice 2026-0117, due 30 November, total 1,249.00 EUR",
    "She prefers tea to coffee, and never answers mail before nine in the morning.",
    "今日は良い天気ですね",
    "word " * 100,
]
BGE_QUERY = "Represent this sentence for searching relevant passages: "


def unit(vector):
    return vector / np.linalg.norm(vector)


def tokenizer_of(name):
    tokenizer = Tokenizer.from_file(str(MODELS / name / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return tokenizer


def gte():
    import onnxruntime

    session = onnxruntime.InferenceSession(str(MODELS / "gte-small/model.onnx"), providers=["CPUExecutionProvider"])
    tokenizer = tokenizer_of("gte-small")

    def embed(text, query):
        ids = np.array([tokenizer.encode(text).ids])
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return unit(session.run(None, feeds)[0][0].mean(0))

    return embed


def bge():
    import math

    import onnx

    graph = onnx.load(str(MODELS / "bge-small-en-v1.5/model.onnx")).graph
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    product = {node.name.rsplit("/", 1)[0]: node.input[1] for node in graph.node if node.op_type == "MatMulInteger"}
    tokenizer = tokenizer_of("bge-small-en-v1.5")
    erf = np.vectorize(math.erf)

    def table(name):
        codes, zero = tensors[name + "_quantized"].astype(np.float32), tensors[name + "_zero_point"].astype(np.float32)
        return (codes - zero) * tensors[name + "_scale"]

    weights = {place: table(name.removesuffix("_quantized")) for place, name in product.items()}
    words, places, kinds = (table(f"embeddings.{part}_embeddings.weight") for part in ("word", "position", "token_type"))

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return centred / scale * tensors[name + ".weight"] + tensors[name + ".bias"]

    def embed(text, query):
        ids = tokenizer.encode((BGE_QUERY if query else "") + text).ids
        x = norm(words[ids] + places[: len(ids)] + kinds[0], "embeddings.LayerNorm")
        for at in range(12):
            affine = lambda x, part: x @ weights[f"/encoder/layer.{at}/{part}"] + tensors[
                f"encoder.layer.{at}.{part.replace('/', '.')}.bias"
            ]
            heads = lambda part: affine(x, "attention/self/" + part).reshape(len(ids), 12, 32).transpose(1, 0, 2)
            scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.sqrt(32)
            mixed = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (mixed / mixed.sum(-1, keepdims=True)) @ heads("value")
            mixed = affine(mixed.transpose(1, 0, 2).reshape(len(ids), -1), "attention/output/dense")
            x = norm(x + mixed, f"encoder.layer.{at}.attention.output.LayerNorm")
            inner = affine(x, "intermediate/dense")
            inner = affine(inner / 2 * (1 + erf(inner / np.sqrt(2))), "output/dense")
            x = norm(x + inner, f"encoder.layer.{at}.output.LayerNorm")
        return unit(x[0])

    return embed


def nomic():
    from gguf import GGUFReader
    from tokenizers import normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece

    reader = GGUFReader(MODELS / "nomic-embed-text-v1.5" / "model.gguf")
    names = reader.fields["tokenizer.ggml.tokens"].contents()
    special = lambda name: name.startswith("[") and name.endswith("]")
    piece = lambda name: name[1:] if name.startswith("▁") else name if special(name) else "##" + name
    tokenizer = Tokenizer(WordPiece({piece(name): at for at, name in enumerate(names)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 102), ("[CLS]", 101))
    tokenizer.enable_truncation(256)
    weights = {tensor.name: np.asarray(tensor.data).astype(np.float32) for tensor in reader.tensors}
    heads, width = 12, 64

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return centred / scale * weights[name + ".weight"] + weights[name + ".bias"]

    def turned(x):
        angles = np.arange(x.shape[1])[:, None] * 1000.0 ** (-np.arange(0, width, 2) / width)
        cosine, sine = np.cos(angles), np.sin(angles)
        low, high = x[..., : width // 2], x[..., width // 2 :]
        return np.concatenate([low * cosine - high * sine, low * sine + high * cosine], -1)

    def layer(x, at):
        part = lambda name: weights[f"blk.{at}.{name}.weight"]
        q, k, v = (x @ part("attn_qkv").T).reshape(len(x), 3, heads, width).transpose(1, 2, 0, 3)
        scores = turned(q) @ turned(k).transpose(0, 2, 1) / np.sqrt(width)
        mixed = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (mixed / mixed.sum(-1, keepdims=True)) @ v
        x = norm(x + mixed.transpose(1, 0, 2).reshape(len(x), -1) @ part("attn_output").T, f"blk.{at}.attn_output_norm")
        gate = x @ part("ffn_gate").T
        inner = gate / (1 + np.exp(-gate)) * (x @ part("ffn_up").T)
        return norm(x + inner @ part("ffn_down").T, f"blk.{at}.layer_output_norm")

    def embed(text, query):
        ids = tokenizer.encode(("search_query: " if query else "search_document: ") + text).ids
        x = norm(weights["token_embd.weight"][ids] + weights["token_types.weight"][0], "token_embd_norm")
        for at in range(12):
            x = layer(x, at)
        return unit(x.mean(0))

    return embed


for name, embed in [
    ("bge-small-en-v1.5", bge()),
    ("gte-small", gte()),
    ("nomic-embed-text-v1.5", nomic()),
]:
    cases = [(text, query) for text in TEXTS for query in (False, True)]
    rows = [{"text": t, "query": q, "vector": [round(float(v), 5) for v in embed(t, q)]} for t, q in cases]
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False).replace("}, {", "},\n{") + "\n")
    print(name, len(rows))
