#!/usr/bin/env python3
"""Score formed memories against annotated evidence. Standard library only.

usage: score_memories.py SET_DIR MEMORIES.jsonl

MEMORIES.jsonl is what `afterimage eval SET_DIR --memories MEMORIES.jsonl` wrote. Of the worlds in it, printed for each kind and all:
  coverage     share of the evidence turns that at least one memory rests on
  per 100      memories for each 100 lines of the world
  characters   characters of memories over characters of lines
  supported    share of memories whose every number, name and weekday or month occurs in its sources, their speakers or their dates;
               "yesterday = 7 May 2023" is told from the source's own words and moment, and counts when it has those words
"""
import collections, datetime, gzip, json, os, re, sys

folder, formed = sys.argv[1:]
rows = lambda path: [json.loads(line) for line in open(path) if line.strip()]
memories = rows(formed)
worlds = {m["world"] for m in memories}
threads = {t: w["world"] for w in rows(os.path.join(folder, "worlds.jsonl")) if w["world"] in worlds for t in w["threads"]}
lines = {}
with gzip.open(os.path.join(folder, "docs.jsonl.gz"), "rt") as file:
    for line in map(json.loads, file):
        if line["thread"] in threads:
            lines[line["id"]] = line
questions = {q["id"]: q["world"] for q in rows(os.path.join(folder, "questions.jsonl"))}
evidence = {e for g in rows(os.path.join(folder, "gold.jsonl")) if questions[g["id"]] in worlds for e in g["evidence"] if e in lines}

def said(memory):
    """Everything the sources say, with who spoke and when, lower case."""
    parts = []
    for source in memory["sources"]:
        line = lines[source]
        at = datetime.datetime.fromisoformat(line["at"].replace("Z", "+00:00")) if line["at"] else None
        parts += [line["speaker"] or "", line["text"], line.get("source") or "", at.strftime("%A %d %-d %B %Y %H:%M") if at else ""]
    return " ".join(parts).lower()

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
COMMON = set("i user assistant the a an on in at with and talked conversation discussed about".split())

def unsupported(memory):
    """Numbers and names of the memory that its sources do not have. A sentence's first word is no name."""
    sources, details = said(memory), memory["details"].split("\n")
    told = lambda line: " = " in line and line.split(" = ")[0] in sources
    known, text = set(WORD.findall(sources)), ". ".join([memory["title"], *(line for line in details if not told(line))])
    known |= {word.split("'")[0].split("’")[0] for word in known}
    missing = []
    for found in WORD.finditer(text):
        word = found.group()
        first = not text[: found.start()].rstrip(" “\"'(-*•").strip() or text[: found.start()].rstrip(" “\"'(-*•")[-1] in ".!?:\n…"
        name = word[0].isupper() and not first
        plain = word.lower().split("'")[0].split("’")[0]
        if (name or word[0].isdigit()) and plain not in known and plain not in COMMON:
            missing.append(word)
    return missing

total = sum(len(line["text"]) for line in lines.values())
groups = {"all": memories} | {kind: [m for m in memories if m["kind"] == kind] for kind in sorted({m["kind"] for m in memories})}
print(f"{len(worlds)} worlds, {len(lines)} lines, {len(evidence)} evidence turns")
print(f"{'':12}{'memories':>10}{'coverage':>10}{'per 100':>10}{'characters':>12}{'supported':>11}")
for name, group in groups.items():
    covered = {source for m in group for source in m["sources"]} & evidence
    size = sum(len(m["title"]) + len(m["details"]) for m in group)
    bad = [(m["title"], unsupported(m)) for m in group if unsupported(m)]
    share = 1 - len(bad) / len(group) if group else 1
    print(f"{name:12}{len(group):>10}{len(covered) / max(1, len(evidence)):>10.1%}{100 * len(group) / len(lines):>10.1f}{size / total:>12.1%}{share:>11.1%}")
    if name == "all":
        worst = bad[:10]
for title, words in worst:
    print(f"not in its sources: {', '.join(words)} | {title[:120]}")
