#!/usr/bin/env python3
"""Rank a set's documents with BM25 alone, to be held against `afterimage eval`. Standard library only.

usage: bm25.py SET_DIR > RANKED.jsonl
       bm25.py SET_DIR --against RANKED.jsonl     by category: BM25, the other ranking, and where it is below

Okapi BM25 (k1 1.5, b 0.75) over the speaker, the ISO date and the text; words are cut to their English stem's first part by suffix.
A category of 40 questions or more on which a ranking is below BM25 is marked and makes the exit status 1.
"""
import collections, gzip, json, math, os, re, statistics, sys

SUFFIXES = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "ly", "s", "e", "y")


def stem(word):
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def terms(text):
    return [stem(word) for word in re.findall(r"[^\W_]+", text.lower())]


class Index:
    """The documents of one world."""

    def __init__(self, documents):
        self.ids = [document["id"] for document in documents]
        counts = [collections.Counter(terms(f'{d["speaker"] or ""} {(d["at"] or "")[:10]} {d["text"]}')) for d in documents]
        self.lengths = [sum(count.values()) for count in counts]
        self.mean = statistics.fmean(self.lengths)
        self.postings = collections.defaultdict(list)
        for number, count in enumerate(counts):
            for term, times in count.items():
                self.postings[term].append((number, times))

    def ranked(self, question, most=20, k1=1.5, b=0.75):
        scores = collections.Counter()
        for term in set(terms(question)):
            found = self.postings.get(term, [])
            rarity = math.log(1 + (len(self.ids) - len(found) + 0.5) / (len(found) + 0.5))
            for number, times in found:
                norm = k1 * (1 - b + b * self.lengths[number] / self.mean)
                scores[number] += rarity * times * (k1 + 1) / (times + norm)
        return [self.ids[number] for number, _ in scores.most_common(most)]


def rows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def rank(folder, only=None):
    """Question id -> ranked document ids."""
    questions = collections.defaultdict(list)
    for question in rows(os.path.join(folder, "questions.jsonl")):
        if only is None or question["id"] in only:
            questions[question["world"]].append(question)
    threads = collections.defaultdict(list)
    for document in rows(os.path.join(folder, "docs.jsonl.gz")):
        threads[document["thread"]].append(document)
    ranking = {}
    for world in rows(os.path.join(folder, "worlds.jsonl")):
        asked = questions.get(world["world"])
        if asked:
            index = Index([document for thread in world["threads"] for document in threads[thread]])
            ranking |= {question["id"]: index.ranked(question["text"]) for question in asked}
    return ranking


def recall(ranked, evidence):
    return len(set(ranked[:10]) & set(evidence)) / len(set(evidence))


def compare(folder, path):
    other = {row["id"]: row["ranked"] for row in rows(path)}
    words = rank(folder, other)
    groups = collections.defaultdict(list)
    for gold in rows(os.path.join(folder, "gold.jsonl")):
        if gold["evidence"] and gold["id"] in other:
            pair = [recall(ranking.get(gold["id"], []), gold["evidence"]) for ranking in (words, other)]
            groups[gold["category"]].append(pair)
    below = False
    print(f'{"R@10":32}{"n":>6}{"BM25":>8}{"ours":>8}')
    for category, pairs in groups.items():
        bm25, ours = (100 * statistics.fmean(column) for column in zip(*pairs))
        counts = len(pairs) >= 40 and ours < bm25
        below |= counts
        print(f'{category:32}{len(pairs):6}{bm25:8.1f}{ours:8.1f}{"  below" if counts else ""}')
    return below


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder]:
            for id, ranked in rank(folder).items():
                print(json.dumps({"id": id, "ranked": ranked}))
        case [folder, "--against", path]:
            sys.exit(compare(folder, path))
        case _:
            sys.exit(__doc__)
