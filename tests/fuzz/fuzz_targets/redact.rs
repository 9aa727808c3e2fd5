//! A secret of a known form between any texts is not in what is left, nothing else is lost, and doing it twice changes nothing more.

#![no_main]

use afterimage_fuzz::secrets::Planted;
use afterimage_mind::redact::redact;
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Text<'a> {
    before: &'a str,
    secret: Planted,
    is_alone: bool,
    after: &'a str,
}

fuzz_target!(|text: Text| {
    let secret = text.secret.written();
    // Glued to other letters it would be another word.
    let gap = if text.is_alone { "\n" } else { " " };
    let whole = [text.before, &secret, text.after].join(gap);
    let redacted = redact(&whole);
    assert!(!redacted.text.contains(&secret), "{:?}", redacted.text);
    let (mut rebuilt, mut copied, mut written) = (String::new(), 0, 0);
    for finding in &redacted.findings {
        let (old, new) = (finding.old, finding.new);
        let kept = &whole[copied..old.start as usize];
        assert_eq!(kept, &redacted.text[written..new.start as usize]);
        assert_eq!(new.of(&redacted.text), Some(finding.kind.marker()));
        rebuilt.push_str(kept);
        rebuilt.push_str(finding.kind.marker());
        (copied, written) = (old.end as usize, new.end as usize);
    }
    rebuilt.push_str(&whole[copied..]);
    assert_eq!(rebuilt, redacted.text);
    let again = redact(&redacted.text);
    assert_eq!(again.text, redacted.text, "{:?}", again.findings);
});
