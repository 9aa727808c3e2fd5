//! Words and their forms: `go`, `goes`, `went` and `going` are one word. English only; other words are themselves.

use crate::words::tokens;
use std::ops::Range;

/// One word to be found, in all its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What to look for; regular endings are left to the stemmers.
    pub forms: Vec<String>,
    /// Whether it is what somebody did.
    pub is_verb: bool,
}

/// A word of a text: in lower case, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The word.
    pub word: String,
    /// Its bytes.
    pub range: Range<usize>,
}

/// Verbs whose past is not made with "ed": the base, then what it becomes.
const IRREGULAR: &str = "be was were been|begin began begun|break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen|\
    come came|cost|cut|dive dove|do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed|\
    feel felt|fight fought|find found|fly flew flown|forget forgot forgotten|get got gotten|give gave given|go went gone|grow grew grown|\
    have had|hear heard|hide hid hidden|hit|hold held|hurt|keep kept|know knew known|lead led|learn learnt|leave left|lend lent|let|lose lost|\
    make made|meet met|pay paid|put|quit|read|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|sell sold|send sent|\
    set|sew sewn|shoot shot|shut|sing sang sung|sit sat|sleep slept|speak spoke spoken|spend spent|spill spilt|stand stood|steal stole stolen|\
    strike struck|swim swam swum|take took taken|teach taught|tell told|think thought|throw threw thrown|understand understood|wake woke woken|\
    wear wore worn|win won|write wrote written";

/// Verbs that tell of the same thing: who "attended" a concert may say that they went to it.
const ALSO: &[(&str, &str)] = &[
    ("attend", "go participate"),
    ("participate", "attend"),
    ("go", "visit attend"),
    ("visit", "go"),
    ("buy", "purchase"),
    ("purchase", "buy"),
    ("start", "begin"),
    ("begin", "start"),
    ("finish", "complete"),
    ("complete", "finish"),
];

impl Term {
    /// Something to be found as it is.
    pub fn thing(word: &str) -> Self {
        Self {
            forms: vec![word.to_owned()],
            is_verb: false,
        }
    }

    /// Something somebody did, also as told in other words for it.
    pub fn verb(word: &str) -> Self {
        let own = forms(word);
        let base = own[0].to_owned();
        let same = ALSO
            .iter()
            .filter(|(known, _)| root(known) == root(&base))
            .flat_map(|(_, others)| others.split(' '));
        let all = own.into_iter().chain(same.flat_map(forms));
        Self {
            forms: all.map(str::to_owned).collect(),
            is_verb: true,
        }
    }

    /// Any of several things somebody did.
    pub fn verbs(words: &str) -> Self {
        let verbs = words.split(' ').map(Self::verb);
        Self {
            forms: verbs.flat_map(|verb| verb.forms).collect(),
            is_verb: true,
        }
    }

    /// Whether `word` is a form of it.
    pub fn is(&self, word: &str) -> bool {
        self.forms.iter().any(|form| root(form) == root(word))
    }

    /// Where the first form of it stands.
    pub fn place(&self, tokens: &[Token]) -> Option<usize> {
        tokens.iter().position(|token| self.is(&token.word))
    }
}

/// The words of `text`.
pub fn read(text: &str) -> Vec<Token> {
    let words = tokens(text).map(|range| Token {
        word: text[range.clone()].to_lowercase(),
        range,
    });
    words.collect()
}

/// Whether a verb stands in its past: as `went`, `visited`, or `read`, which is the same in both.
pub fn is_past(word: &str) -> bool {
    let ends_so = word.ends_with("ed") && !word.ends_with("eed") && word.len() > 3;
    match family(word).as_deref() {
        Some([base]) => word == *base,
        Some([base, ..]) => word != *base && (ends_so || root(word) != root(base)),
        _ => ends_so,
    }
}

/// The irregular forms of a verb, or the word.
fn forms(word: &str) -> Vec<&str> {
    family(word).unwrap_or_else(|| vec![word])
}

/// All forms of an irregular verb of which `word` is one.
fn family(word: &str) -> Option<Vec<&'static str>> {
    IRREGULAR
        .split('|')
        .map(|family| family.split_whitespace().collect::<Vec<_>>())
        .find(|family| family.iter().any(|form| root(form) == root(word)))
}

/// A word without its ending: equal for all regular forms of one word, and for no two words of everyday use.
pub fn root(word: &str) -> String {
    let mut root = without_ending(word).unwrap_or_else(|| word.to_owned());
    let doubled = |root: &str| {
        let mut last = root.chars().rev();
        let (one, two) = (last.next(), last.next());
        one == two && one.is_some_and(|letter| !"aeiou".contains(letter))
    };
    if root.len() > 3 && root.is_ascii() && doubled(&root) {
        root.pop();
    }
    if root.len() > 3 && root.ends_with("ie") {
        root.truncate(root.len() - 2);
        root.push('y');
    }
    if root.len() > 2 && root.ends_with('e') {
        root.pop();
    }
    root
}

fn without_ending(word: &str) -> Option<String> {
    let has_vowel = |rest: &str| rest.chars().any(|letter| "aeiouy".contains(letter));
    if let Some(rest) = word.strip_suffix("ies").or(word.strip_suffix("ied"))
        && rest.len() >= 2
    {
        return Some(format!("{rest}y"));
    }
    for ending in ["ing", "ed"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.len() >= 2
            && has_vowel(rest)
            && !(ending == "ed" && rest.ends_with('e'))
        {
            return Some(rest.to_owned());
        }
    }
    let hissing = word.strip_suffix("es").filter(|rest| {
        ["ch", "sh", "s", "x", "z", "o"]
            .iter()
            .any(|end| rest.ends_with(end))
    });
    let plural = || {
        word.strip_suffix('s')
            .filter(|rest| rest.len() >= 3 && !rest.ends_with(['s', 'u', 'i']))
    };
    hissing.or_else(plural).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_are_one_word_and_others_are_not() {
        for (one, other) in [
            ("visit", "visited"),
            ("run", "running"),
            ("bake", "baking"),
            ("bake", "baked"),
            ("beach", "beaches"),
            ("study", "studies"),
            ("use", "used"),
            ("miss", "missed"),
            ("tell", "telling"),
            ("house", "houses"),
            ("need", "needed"),
            ("glass", "glasses"),
            ("movie", "movies"),
            ("postcard", "postcards"),
        ] {
            assert_eq!(root(one), root(other), "{one} {other}");
        }
        for (one, other) in [
            ("bern", "basel"),
            ("bus", "but"),
            ("read", "ready"),
            ("king", "kite"),
        ] {
            assert_ne!(root(one), root(other), "{one} {other}");
        }
    }

    #[test]
    fn irregular_verbs_are_found_by_every_form() {
        let go = Term::verb("go");
        for word in ["go", "goes", "going", "went", "gone"] {
            assert!(go.is(word), "{word}");
        }
        assert_eq!(Term::verb("went"), go);
        assert!(Term::verb("attend").is("went") && !Term::verb("buy").is("went"));
        for (word, past) in [
            ("went", true),
            ("goes", false),
            ("go", false),
            ("visited", true),
            ("visit", false),
            ("read", true),
            ("reading", false),
        ] {
            assert_eq!(is_past(word), past, "{word}");
        }
    }
}
