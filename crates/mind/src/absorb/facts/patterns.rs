//! The ways in which people say things of themselves and others: one row a way.

use regex::Regex;
use std::sync::LazyLock;

/// One way to say something.
pub(super) struct Pattern {
    pub regex: Regex,
    /// The claim: `{who}` is the one it is about, `{1}`, `{2}` what the pattern caught.
    pub says: &'static str,
    /// The label under which one value takes the place of another; empty when many can hold.
    pub attribute: &'static str,
    pub about: About,
}

/// Whom a pattern's claim is about.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum About {
    /// The speaker.
    Speaker,
    /// What `{1}` names.
    First,
    /// Something in the speaker's life that says little of himself: what things cost, when they are.
    Affairs,
    /// How the assistant should be.
    Assistant,
}

pub(super) static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let rows = [homes(), work(), people(), tastes(), affairs(), wishes()];
    rows.into_iter().flatten().map(compiled).collect()
});

/// A row: the pattern, the claim, the attribute, whom it is about.
type Row = (String, &'static str, &'static str, About);

fn compiled((regex, says, attribute, about): Row) -> Pattern {
    Pattern {
        regex: Regex::new(&regex).expect("a fixed pattern"),
        says,
        attribute,
        about,
    }
}

/// A name: capitalised words.
const NAME: &str = r"(\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){0,3})";
/// The rest of a clause.
const REST: &str = r"([^.!?;\n]{2,120})";
/// What follows a value without being part of it, or the end of the clause.
const TAIL: &str = r"(?: (?i:now|since|and|but|because|with|so|for|these days|at the moment|any ?more|again|today|yesterday|currently|instead|last|over the|from (?:this|next|now)|this (?:week|month|year|time)|in (?:the end|future))\b|[.!?;,\n]|$)";
/// A few words of a clause.
const WORDS: &str = r"([^.!?;,\n]{2,60}?)";
const I_AM: &str = r"\b(?i:I am|I'm|I’m)";
const I_HAVE: &str = r"\b(?i:(?:I|we)(?:['’]ve| have)?)";
const NOW: &str = r"(?i:(?:now|currently|still|just|finally|recently|actually) )?";
const KIN: &str = "wife|husband|partner|girlfriend|boyfriend|fiancée?|mother|father|mom|mum|dad|sister|brother|son|daughter|dog|cat|boss|manager|doctor|dentist|landlord|roommate|best friend";
const THINGS: &str = "birthday|anniversary|e-?mail(?: address)?|phone(?: number)?|number|address|job|role|position|profession|hometown|school|university|project|team|car|bike|company|blood type|shoe size";
const OCCUPATION: &str = "accountant|actor|actress|adviser|advisor|analyst|animator|apprentice|architect|archivist|artist|assistant|auditor|author|baker|banker|barber|barista|barrister|bartender|biologist|broker|builder|butcher|captain|carer|caretaker|carpenter|cashier|chef|chemist|cleaner|clerk|coach|composer|conductor|consultant|cook|copywriter|counsell?or|courier|curator|dancer|dentist|designer|detective|developer|dietitian|diplomat|director|doctor|driver|economist|editor|electrician|engineer|entrepreneur|executive|farmer|firefighter|florist|freelancer|gardener|geologist|guide|hairdresser|historian|illustrator|inspector|intern|interpreter|jeweller|journalist|judge|lawyer|lecturer|librarian|lifeguard|manager|marketer|mathematician|mechanic|midwife|musician|nanny|notary|nurse|nutritionist|officer|operator|optician|painter|paralegal|paramedic|pastor|pharmacist|photographer|physicist|physiotherapist|pianist|pilot|planner|plumber|politician|potter|priest|producer|professor|programmer|psychologist|radiographer|receptionist|recruiter|researcher|sailor|salesman|salesperson|saleswoman|scientist|secretary|singer|social worker|soldier|solicitor|statistician|steward|stewardess|strategist|student|supervisor|surgeon|surveyor|tailor|teacher|technician|therapist|trainer|translator|tutor|vet|veterinarian|violinist|waiter|waitress|welder|writer";
/// A sum with its currency, and for how long it is paid.
const MONEY: &str = r"((?:[€$£¥]|(?i:EUR|USD|CHF|GBP) ?) ?\d[\d.,]*\d|[€$£¥] ?\d|\d(?:[\d.,]*\d)? ?(?:[€$£¥]|(?i:euros?|dollars?|pounds?|francs?|crowns?|EUR|USD|CHF|GBP|cents?|bucks)\b)(?: (?i:a|per|each|an) \p{L}+)?)";
/// What can be paid for or has a time, after its article.
const THING: &str = r"(?i:the |my |our |a |an )?(\p{L}[\p{L}\d'’ -]{1,38}?)";

fn homes() -> Vec<Row> {
    use About::{First, Speaker};
    let lives = "{who} lives in {1}";
    vec![
        (
            format!(r"\b(?i:I|we) {NOW}(?i:live) (?i:in|at|on)\s+{WORDS}{TAIL}"),
            lives,
            "home",
            Speaker,
        ),
        (
            format!(
                r"(?:{I_AM}|\b(?i:we're|we’re|we are)) {NOW}(?i:living|based) (?i:in|at|on)\s+{WORDS}{TAIL}"
            ),
            lives,
            "home",
            Speaker,
        ),
        (
            format!(
                r"{I_HAVE} {NOW}(?i:moved|relocated) (?i:house |home |flat |apartment )?(?i:to|into)\s+{WORDS}{TAIL}"
            ),
            lives,
            "home",
            Speaker,
        ),
        (
            format!(r"{I_AM} (?i:originally )?(?i:from)\s+{NAME}"),
            "{who} comes from {1}",
            "origin",
            Speaker,
        ),
        (
            format!(
                r"\b{NAME} {NOW}(?i:lives in|lives at|(?:has )?moved to|is {NOW}living in)\s+{WORDS}{TAIL}"
            ),
            "{1} lives in {2}",
            "home",
            First,
        ),
    ]
}

fn work() -> Vec<Row> {
    use About::{First, Speaker};
    let a = r"(?i:an? |the |our |their )?";
    let does = "{who} works as {1}";
    let occupation = format!(r"((?:[\p{{L}}-]+ ){{0,2}}(?i:{OCCUPATION}))\b");
    vec![
        (
            format!(r"\b(?i:I) {NOW}(?i:work (?:for|at))\s+{WORDS}{TAIL}"),
            "{who} works at {1}",
            "employer",
            Speaker,
        ),
        (
            format!(r"{I_HAVE} {NOW}(?i:joined|started (?:work(?:ing)? )?at)\s+{NAME}"),
            "{who} works at {1}",
            "employer",
            Speaker,
        ),
        (
            format!(
                r"(?:\b(?i:I) {NOW}(?i:work)|(?:{I_AM}|\b(?i:I['’]ve been|I have been)) {NOW}(?i:working)) (?i:as) {a}{WORDS}{TAIL}"
            ),
            does,
            "job",
            Speaker,
        ),
        (
            format!(
                r"{I_HAVE} {NOW}(?i:started|got|found|took|accepted|landed|have|begun|began) (?i:an? |my |the )?(?i:new )?(?i:job|role|position|post|work) {NOW}(?i:as) {a}{WORDS}{TAIL}"
            ),
            does,
            "job",
            Speaker,
        ),
        (
            format!(
                r"(?:{I_AM} {NOW}|{I_HAVE} (?i:\w+ and )?(?i:became|become|retrained as|qualified as) )(?i:an? ){occupation}"
            ),
            "{who} is a {1}",
            "job",
            Speaker,
        ),
        (
            format!(
                r"(?:{I_HAVE} (?i:(?:been |got |was |were )?promoted to)|{I_AM} {NOW}(?i:employed as)|\b(?i:(?:hired|employ|employed) me as)) {a}{WORDS}{TAIL}"
            ),
            does,
            "job",
            Speaker,
        ),
        (
            format!(r"{I_AM} (?i:an? ){WORDS} (?i:by (?:trade|profession)|for a living)\b"),
            "{who} is a {1}",
            "job",
            Speaker,
        ),
        (
            format!(r"\b{NAME} {NOW}(?i:works (?:at|for))\s+{WORDS}{TAIL}"),
            "{1} works at {2}",
            "employer",
            First,
        ),
        (
            format!(r"\b{NAME} {NOW}(?i:works as|is {NOW}working as|started as) {a}{WORDS}{TAIL}"),
            "{1} works as {2}",
            "job",
            First,
        ),
        (
            format!(r"\b{NAME} (?i:is {NOW}|has become |became )(?i:an? ){occupation}"),
            "{1} is a {2}",
            "job",
            First,
        ),
    ]
}

fn people() -> Vec<Row> {
    use About::{First, Speaker};
    let is = format!(r"(?i:is(?: on| at)?|are) {NOW}");
    vec![
        (
            format!(r"\b(?i:my name is|call me|my name's)\s+{NAME}"),
            "{who}'s name is {1}",
            "name",
            Speaker,
        ),
        (
            format!(
                r"{I_AM} ((?i:allergic to|afraid of|intolerant to)\s+[^.!?;,\n]{{2,60}}|(?i:left-handed|retired|pregnant|diabetic))"
            ),
            "{who} is {1}",
            "",
            Speaker,
        ),
        (
            format!(r"{I_AM} {NOW}((?i:vegetarian|vegan|pescatarian))\b"),
            "{who} is {1}",
            "diet",
            Speaker,
        ),
        (
            format!(r"{I_AM} {NOW}((?i:married|single|divorced|engaged|widowed))\b"),
            "{who} is {1}",
            "family status",
            Speaker,
        ),
        (
            format!(r"\b(?i:my) (?i)({KIN})(?-i) (?i:is|are|is called) {NOW}{WORDS}{TAIL}"),
            "{who}'s {1} is {2}",
            "my {1}",
            Speaker,
        ),
        (
            format!(
                r"\b(?i:my) (?i)((?:(?:new|current|old|work|home|mobile) )?(?:{THINGS}))(?-i) {is}{REST}"
            ),
            "{who}'s {1} is {2}",
            "my {1}",
            Speaker,
        ),
        (
            format!(
                r"\b(?i:changed my) (?i)({THINGS})(?-i) (?:(?i:from) [^.!?;,\n]{{2,60}}? )?(?i:to) {REST}"
            ),
            "{who}'s {1} is {2}",
            "my {1}",
            Speaker,
        ),
        (
            format!(r"\b(?i:my) (?i)((?:{KIN})(?:'s|’s) (?:{THINGS}|name))(?-i) {is}{REST}"),
            "{who}'s {1} is {2}",
            "my {1}",
            Speaker,
        ),
        (
            format!(
                r"\b{NAME}(?:'s|’s) (?i)((?:(?:new|current|work|mobile) )?(?:{THINGS}|favou?rite \p{{L}}+|{KIN}))(?-i) {is}{REST}"
            ),
            "{1}'s {2} is {3}",
            "{2}",
            First,
        ),
        (
            format!(r"\b{NAME} (?i:was born)\s+{WORDS}{TAIL}"),
            "{1} was born {2}",
            "birth",
            First,
        ),
        (
            format!(
                r"\b{NAME} (?i:is) ((?i:allergic to|afraid of)\s+[^.!?;,\n]{{2,60}}|(?i:vegetarian|vegan))"
            ),
            "{1} is {2}",
            "",
            First,
        ),
    ]
}

fn tastes() -> Vec<Row> {
    use About::Speaker;
    let kind = r"(?i:new |current |all-time |absolute )?(?i:favou?rite) (?i)([\p{L} ]{2,30}?)(?-i)";
    vec![
        (
            format!(
                r"\b(?i:I) (?i:(?:really |usually |always |generally |much |now |still )*prefer)\s+{REST}"
            ),
            "{who} prefers {1}",
            "",
            Speaker,
        ),
        (
            format!(r"\b(?i:my) {kind} (?i:is|are) {NOW}{WORDS}{TAIL}"),
            "{who}'s favourite {1} is {2}",
            "favourite {1}",
            Speaker,
        ),
        (
            format!(
                r"(?:^|[,;:] )(?i:the )?{WORDS} (?i:is|are|became|has become|have become|remains) {NOW}(?i:my) {kind}{TAIL}"
            ),
            "{who}'s favourite {2} is {1}",
            "favourite {2}",
            Speaker,
        ),
        (
            format!(
                r"\b(?i:I) {NOW}(?i:like) {WORDS} (?i:best|most|the most) (?i:of|among) (?i:all )?(?i:the )?(?i)([\p{{L}} ]{{2,30}}?)s?(?-i){TAIL}"
            ),
            "{who}'s favourite {2} is {1}",
            "favourite {2}",
            Speaker,
        ),
        (
            format!(
                r"\b(?i:I) (?i:(?:really |absolutely |still )?(?:love|like|enjoy))\s+{WORDS}{TAIL}"
            ),
            "{who} likes {1}",
            "",
            Speaker,
        ),
        (
            format!(
                r"\b(?i:I) (?i:(?:really |absolutely )?(?:hate|dislike|can['’]t stand|cannot stand|don['’]t like|no longer (?:like|enjoy)|(?:have )?stopped liking))\s+{WORDS}{TAIL}"
            ),
            "{who} dislikes {1}",
            "",
            Speaker,
        ),
    ]
}

/// What things cost and when they are. The sums may be said before and after: the last one caught counts.
fn affairs() -> Vec<Row> {
    use About::{Affairs, First};
    let of = r"(?i:(?:the )?(?:price|cost) (?:of|for) )?";
    let from = format!(r"(?:(?i:from) (?:{}) )?", MONEY.replacen('(', "(?:", 1));
    let costs = "the {1} costs {2}";
    let rises = r"(?i:(?:has |have |is |was |were |will )?(?:gone up|went up|go up|goes up|going up|gone down|went down|rise|risen|rose|increased|raised|lowered|reduced|dropped|fell|fallen|changed))";
    let raised = r"(?i:raised|lowered|increased|reduced|put up|cut|dropped|changed)";
    let event = r"(?i:the |my |our )?((?:[\p{L}'’-]+ ){0,3}(?i:meeting|appointment|party|trip|flight|exam|interview|lesson|class|dinner|lunch|wedding|call|visit|launch|release|presentation|concert|workshop|review))";
    vec![
        (
            format!(
                r"(?:^|[,;:] |\b(?i:that|and|but|think) ){of}{THING} {NOW}(?i:costs?) (?i:me |us )?(?i:now |about |around |only )?{MONEY}"
            ),
            costs,
            "price of {1}",
            Affairs,
        ),
        (
            format!(
                r"(?:^|[,;:] |\b(?i:that|and|but) )(?i:the )?(?i:price|cost) (?i:of|for) {THING} (?i:is|was|are) {NOW}{MONEY}"
            ),
            costs,
            "price of {1}",
            Affairs,
        ),
        (
            format!(
                r"(?:^|[,;:] |\b(?i:that|and|but) ){of}{THING} {rises}(?i: again)? {from}(?i:to) {MONEY}"
            ),
            costs,
            "price of {1}",
            Affairs,
        ),
        (
            format!(
                r"\b(?i:they|he|she|we|landlord|landlady|company|bank|gym|school|shop)(?i: have| has|['’]ve)? {NOW}{raised} {of}{THING} {from}(?i:to) {MONEY}"
            ),
            costs,
            "price of {1}",
            Affairs,
        ),
        (
            format!(
                r"\b(?i:I['’]m|I am|I|we) {NOW}(?i:pay|paying) (?i:now )?{MONEY} {NOW}(?i:for) {THING}{TAIL}"
            ),
            "the {2} costs {1}",
            "price of {2}",
            Affairs,
        ),
        (
            format!(
                r"(?:^|[,;:] )(?i:the |my |our )(\p{{L}}[\p{{L}}\d'’ -]{{1,38}}?) (?i:is|are) {NOW}{MONEY}"
            ),
            costs,
            "price of {1}",
            Affairs,
        ),
        (
            format!(
                r"{event} (?i:has |was |is |got )?(?i:been )?(?i:moved|rescheduled|postponed|pushed|brought forward|changed) (?i:to) {REST}"
            ),
            "the {1} is on {2}",
            "time of {1}",
            Affairs,
        ),
        (
            format!(r"{event} (?i:is|will be) {NOW}(?i:on|at) {REST}"),
            "the {1} is on {2}",
            "time of {1}",
            Affairs,
        ),
        (
            format!(
                r"\b(?i:the )?(?i:deadline) (?i:for|of) (?i:the )?([^.!?;,\n]{{2,40}}?) (?i:is(?: on)?|has moved to|moved to|has been moved to|is now(?: on)?)\s+{WORDS}{TAIL}"
            ),
            "the deadline for {1} is {2}",
            "deadline",
            First,
        ),
    ]
}

fn wishes() -> Vec<Row> {
    let wish = r"^(?i:please )?((?i:always|never|from now on,?|in (?:the )?future,?|whenever you)\b[^\n]{4,200})";
    vec![(wish.to_owned(), "{1}", "", About::Assistant)]
}

pub(super) static REMEMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?i)(?:(?:please )?(?:remember|don't forget|do not forget|keep in mind|merke? dir)(?: that|:|,)?|please note(?: that|:|,)?|note(?: that|:|,))\s+(.{4,300})$").expect("a fixed pattern")
});

pub(super) static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(meeting|appointment|call|dinner|lunch|breakfast|interview|flight|train|exam|party|wedding|concert|visit|deadline|presentation|checkup|check-up)\b[^.!?\n]{0,80}?\b(?:on|at|this|next|tomorrow|by|in)\b[^.!?\n]{0,60}(?:\d|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|weekend|january|february|march|april|may|june|july|august|september|october|november|december)",
    )
    .expect("a fixed pattern")
});
