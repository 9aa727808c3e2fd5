#!/usr/bin/env python3
"""Score answers against gold answers. Standard library only.

usage: score_answers.py SET_DIR ANSWERS.jsonl

ANSWERS.jsonl is what `afterimage eval SET_DIR --answers ANSWERS.jsonl` wrote. Macro-averages over the questions in it, by category:
  F1, EM    of tokens, as SQuAD and LoCoMo have them: lower case, without articles and punctuation
  holds     the share of the gold answer's tokens that the answer has (it may say more)
  cites     the share of answers with at least one citation that is annotated evidence
  declines  the share that says memory holds nothing
and the AUROC of confidence, answerable against unanswerable questions (no evidence, or adversarial).
"""
import collections, json, os, re, statistics, string, sys

folder, answers = sys.argv[1:]
rows = lambda path: [json.loads(line) for line in open(path) if line.strip()]
gold = {g["id"]: g for g in rows(os.path.join(folder, "gold.jsonl"))}

def tokens(text):
    text = re.sub(r"\[\d+\]", " ", str(text).lower())
    text = "".join(" " if c in string.punctuation or c in "“”‘’…" else c for c in text)
    return [word for word in text.split() if word not in ("a", "an", "the", "and")]

def measure(answer, expected):
    said, want = tokens(answer["answer"]), tokens(expected["answer"])
    same = sum((collections.Counter(said) & collections.Counter(want)).values())
    f1 = 2 * same / (len(said) + len(want)) if same else 0.0
    return {"F1": f1, "EM": float(said == want), "holds": same / len(want) if want else 0.0,
            "cites": float(bool(set(answer["cited"]) & set(expected["evidence"]))), "declines": float(answer["abstained"])}

groups = collections.defaultdict(list)
sure = {True: [], False: []}
for answer in rows(answers):
    expected = gold[answer["id"]]
    answerable = bool(expected["evidence"]) and expected["category"] != "adversarial"
    sure[answerable].append(answer["confidence"])
    groups[expected["category"]].append(measure(answer, expected))
    if answerable:
        groups["all answerable"].append(groups[expected["category"]][-1])
print(f"{'':28}{'n':>6}" + "".join(f"{name:>10}" for name in ("F1", "EM", "holds", "cites", "declines")))
for name, group in sorted(groups.items()):
    print(f"{name:28}{len(group):>6}" + "".join(f"{100 * statistics.fmean(m[k] for m in group):>10.1f}" for k in group[0]))
yes, no = sure[True], sure[False]
if yes and no:
    print("abstain AUROC", round(sum((p > n) + 0.5 * (p == n) for p in yes for n in no) / (len(yes) * len(no)), 3))
ms = sorted(answer["ms"] for answer in rows(answers))
print("ms p50", round(ms[len(ms) // 2]), "p95", round(ms[min(len(ms) - 1, int(len(ms) * 0.95))]))
