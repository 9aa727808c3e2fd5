#!/usr/bin/env python3
"""Tell a profile series of facts that change, and see what memory makes of them. Standard library only.

usage: updates.py AFTERIMAGE [--together] [--other] [--seed N]       AFTERIMAGE: the command line's program, `afterimage-engine` beside it

Each series is one person or thing, said twice some months apart in the words of SAID (or --other ones): homes, jobs, preferences, prices. The lines go through
`ingest` and `settle` into a throw-away profile, the second after the first is settled, or with --together all at once. By kind of fact:
  current   an active fact says the new value
  retired   no active fact says the old one as if it held
  kept      the old one is there as superseded, and held until the moment of the second line (not looked at with --together)
  first     asked for, the first thing found that names either value names the new one
"""
import collections, json, os, random, re, subprocess, sys, tempfile

PEOPLE = "Maya Tom Ana Leo Ines Karl Nadia Piotr Selma Victor Yuki Omar Greta Hugo Lena Amir Rosa Felix Zoe Ivan Clara Noah Edith Marco".split()

VALUES = {
    "home": ["14 Birch Lane in Leeds", "3 Canal Street in York", "Lisbon", "Graz", "a small flat in Utrecht", "Aarhus", "22 Mill Road in Bath", "Gdansk"],
    "job": ["nurse", "paramedic", "pastry chef", "tax adviser", "bus driver", "data analyst", "florist", "sound engineer"],
    "preference": ["Assam", "Darjeeling", "oolong", "rooibos", "peppermint", "jasmine", "sencha", "chamomile"],
    "price": ["30 euros", "42 euros", "55 euros", "18 euros", "64 euros", "27 euros", "75 euros", "39 euros"],
}
THINGS = """gym membership, parking permit, piano lesson, phone plan, bus pass, vegetable box, storage unit, language course, yoga class, garage, cleaning service,
season ticket, swimming pass, web hosting, drawing class, dog walker, library card, car insurance, allotment, music streaming, daycare place, coffee subscription,
train card, rent""".replace("\n", " ").split(", ")
SAID = {
    "home": (["I live in {v}.", "My address is {v}.", "We live in {v}, near the park.", "I'm living in {v} at the moment."],
             ["I moved to {v} last week.", "We have just moved, I now live in {v}.", "My new address is {v}.", "I don't live there any more, I'm living in {v} now.", "Finally settled in: I live in {v} these days.", "We moved to {v} over the weekend."]),
    "job": (["I work as a {v}.", "I'm a {v} by trade.", "My job is {v}.", "I've been working as a {v} for years."],
            ["I changed jobs, I work as a {v} now.", "I started a new job as a {v}.", "I'm now a {v}.", "My new job is {v}.", "Good news, I got the job, I am working as a {v} now.", "I quit and became a {v}."]),
    "preference": (["My favourite tea is {v}.", "I like {v} best of all teas.", "My favorite tea is {v}, always was.", "{v} is my favourite tea."],
                   ["My favourite tea is now {v}.", "My favourite tea is {v} these days.", "{v} has become my favourite tea.", "I changed my mind, my favourite tea is {v}.", "{v} is my favourite tea now.", "My new favourite tea is {v}."]),
    "price": (["The {t} costs {v}.", "I pay {v} for the {t}.", "The price of the {t} is {v}.", "The {t} is {v} a month."],
              ["The {t} costs {v} now.", "The {t} went up to {v}.", "The price of the {t} is now {v}.", "They raised the {t} to {v}.", "I now pay {v} for the {t}.", "The {t} is {v} from this month on."]),
}
# Ways to say the same that the rules were not written for: how far they carry.
OTHER = {
    "home": (["Home for me is {v}.", "I've got a place in {v}.", "I grew up in and still live in {v}."],
             ["We relocated to {v} in July.", "I've bought a house in {v} and live there now.", "As of this week I'm a resident of {v}."]),
    "job": (["I earn my living as a {v}.", "They hired me as a {v} years ago.", "I'm employed as a {v}."],
            ["I've switched careers and work as a {v} now.", "They hired me as a {v} last week.", "I'm employed as a {v} since Monday."]),
    "preference": (["Nothing beats {v}, it is my favourite tea.", "The tea I like most is {v}.", "For tea, {v} is my favourite."],
                   ["These days the tea I like most is {v}.", "Now {v} is my favourite tea.", "I've gone over to {v}, it is my favourite tea now."]),
    "price": (["It's {v} for the {t}.", "My {t} sets me back {v}.", "I'm paying {v} for the {t}."],
              ["The {t} is up to {v}.", "I'm paying {v} for the {t} now.", "The {t} will be {v} from now on."]),
}
ASKED = {"home": "Where does {p} live?", "job": "What is {p}'s job?", "preference": "What is {p}'s favourite tea?", "price": "How much does the {t} cost {p}?"}
FIRST, SECOND = "2025-03-{d:02}T10:00:00Z", "2025-08-{d:02}T10:00:00Z"


def series(seed, words):
    chance = random.Random(seed)
    for kind, (before, after) in words.items():
        for number, (first, second) in enumerate((a, b) for a in before for b in after):
            old, new = chance.sample(VALUES[kind], 2)
            person, thing = PEOPLE[number], THINGS[number]
            say = lambda form, value: (form.format(v=value, t=thing))[:1].upper() + form.format(v=value, t=thing)[1:]
            yield {"kind": kind, "id": f"{kind}-{number}", "person": person, "thing": thing, "old": old, "new": new, "day": 1 + number,
                   "lines": (say(first, old), say(second, new)), "asked": ASKED[kind].format(p=person, t=thing)}


class Profile:
    """A throw-away profile."""

    def __init__(self, program, home):
        self.program, self.env = program, os.environ | {"AFTERIMAGE_HOME": home}
        self.call("init", "--passphrase-stdin", said="a passphrase for a measurement\n")

    def call(self, *words, said=None):
        done = subprocess.run([self.program, *words], env=self.env, input=said, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"afterimage {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def tell(self, lines):
        path = os.path.join(self.env["AFTERIMAGE_HOME"], "told.jsonl")
        with open(path, "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        self.call("ingest", path)
        os.remove(path)
        self.call("settle", "--within", "1800s")

    def facts(self):
        found, page = [], None
        while page is None or len(page) == 200:
            page = json.loads(self.call("memories", "list", "--json", "--limit", "200", "--offset", str(len(found))))["memories"]
            found += page
        return [memory for memory in found if memory["body"]["kind"] in ("semantic", "core")]


def line(one, at, which):
    return {"id": f'{one["id"]}-{which}', "thread": one["id"], "at": at.format(d=one["day"]), "source": "chat", "speaker": one["person"], "text": one["lines"][which]}


def says(memory, one, value):
    """Whether a fact gives this value for the series: its own words, and those of whom or what it is about."""
    text = f'{memory["title"]} {memory["details"]}'.lower()
    about = one["thing"] if one["kind"] == "price" else one["person"]
    learned = memory["body"].get("learned_from", "")
    return value.lower() in text and (about.lower() in text or one["person"] == learned) and one["person"] in (learned, memory["body"].get("subject"))


def is_note(memory):
    return memory["tree_path"][:1] in (["people"], ["projects"])


def found_first(profile, one):
    items = json.loads(profile.call("search", one["asked"], "--at", "2025-09-15T10:00:00Z", "--json", "--limit", "20"))["evidence"]["items"]
    for item in items:
        text = json.dumps(item["found"]).lower()
        old, new = (one[key].lower() in text for key in ("old", "new"))
        if (one["person"].lower() in text) and (old or new):
            return new
    return False


def measure(profile, together):
    all_series = list(series(SEED, WORDS))
    firsts, seconds = ([line(one, at, which) for one in all_series] for which, at in ((0, FIRST), (1, SECOND)))
    olds = []
    if together:
        profile.tell(firsts + seconds)
    else:
        profile.tell(firsts)
        olds = profile.facts()
        profile.tell(seconds)
    facts = [fact for fact in profile.facts() if not is_note(fact)]
    for one in all_series:
        was = [json.loads(profile.call("memories", "show", old["id"], "--json"))["memory"] for old in olds if says(old, one, one["old"]) and not is_note(old)]
        yield one, {
            "current": any(says(fact, one, one["new"]) for fact in facts),
            "retired": not any(says(fact, one, one["old"]) and not says(fact, one, one["new"]) for fact in facts),
            "kept": None if together else any(old["state"] == "superseded" and old["valid_to"] and says(old, one, one["old"]) for old in was),
            "first": found_first(profile, one),
        }


def main(program, together):
    totals = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as home:
        profile = Profile(program, home)
        try:
            for one, result in measure(profile, together):
                totals[one["kind"]].append(result)
                missed = [name for name, held in result.items() if held is False]
                if missed:
                    print(f'{one["id"]:14} {", ".join(missed):28} {" / ".join(one["lines"])}', file=sys.stderr)
        finally:
            profile.call("lock")
    names = ["current", "retired", "kept", "first"]
    print(f'{"":12}{"n":>5}' + "".join(f"{name:>10}" for name in names))
    for kind, results in totals.items():
        shares = [[result[name] for result in results if result[name] is not None] for name in names]
        print(f"{kind:12}{len(results):5}" + "".join(f"{100 * sum(held) / len(held):10.1f}" if held else f'{"-":>10}' for held in shares))


SEED = 7
WORDS = SAID
if __name__ == "__main__":
    words = sys.argv[1:]
    if "--seed" in words:
        at = words.index("--seed")
        SEED = int(words[at + 1])
        del words[at : at + 2]
    WORDS = OTHER if "--other" in words else SAID
    together = "--together" in words
    rest = [word for word in words if word not in ("--together", "--other")]
    if len(rest) != 1:
        sys.exit(__doc__)
    main(rest[0], together)
