//! Which pages of key and value memory hold which text: bookkeeping only, the numbers are the backend's.
//!
//! The state of a text is a table of pages of [`PAGE`] tokens. Texts that begin alike share pages, and a page that is
//! shared is copied before it is written. So a prompt head is computed once, a question does not push out the text that
//! background work is in the middle of, and keeping a beginning costs nothing.

use std::collections::BTreeMap;

use crate::model::Sequence;
use crate::tokenizer::Token;

/// Tokens in a page.
pub(crate) const PAGE: usize = 64;
/// Beginnings remembered besides the texts in progress.
const KEPT: usize = 8;

/// The number of a page in the backend's memory.
pub(crate) type Page = u32;

/// A copy of the first `tokens` positions of a page that must be made before anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copy {
    pub from: Page,
    pub to: Page,
    pub tokens: usize,
}

/// The tokens of a text that are computed, and the pages they are in.
#[derive(Debug, Clone, Default)]
struct Table {
    tokens: Vec<Token>,
    pages: Vec<Page>,
}

/// All texts and all pages.
#[derive(Debug)]
pub(crate) struct Pages {
    texts: BTreeMap<Sequence, Table>,
    current: Sequence,
    /// Used last first.
    kept: Vec<Table>,
    /// How many tables each page is in.
    uses: Vec<u32>,
    free: Vec<Page>,
    most: usize,
}

/// There is no page left and nothing that could be given up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Pages {
    /// Room for `most` pages. They are numbered from 0 and come into use one after the other.
    pub fn new(most: usize) -> Pages {
        Pages {
            texts: BTreeMap::from([(Sequence::default(), Table::default())]),
            current: Sequence::default(),
            kept: Vec::new(),
            uses: Vec::new(),
            free: Vec::new(),
            most,
        }
    }

    /// Pages for `texts` texts of `context` tokens each.
    pub fn most_for(context: usize, texts: usize) -> usize {
        context.div_ceil(PAGE) * texts
    }

    /// The tokens of the current text.
    pub fn held(&self) -> &[Token] {
        &self.text().tokens
    }

    /// The pages of the current text, in order.
    pub fn table(&self) -> &[Page] {
        &self.text().pages
    }

    /// Pages that have been in use at some time: how many the backend needs memory for.
    pub fn touched(&self) -> usize {
        self.uses.len()
    }

    /// Goes on with another text.
    pub fn switch(&mut self, sequence: Sequence) {
        self.texts.entry(sequence).or_default();
        self.current = sequence;
    }

    /// The text gone on with.
    pub fn current(&self) -> Sequence {
        self.current
    }

    /// Makes the current text the longest beginning of `tokens` that is computed anywhere, and returns its length. The
    /// last of `tokens` is never part of it.
    pub fn rewind(&mut self, tokens: &[Token]) -> usize {
        let most = tokens.len().saturating_sub(1);
        let length = |table: &Table| common(&table.tokens, tokens).min(most);
        let current = length(self.text());
        let others = self.texts.values().chain(&self.kept);
        let best = others.max_by_key(|table| length(table)).cloned();
        match best {
            Some(table) if length(&table) > current => {
                let cut = cut(&table, length(&table));
                self.share(&cut);
                let old = std::mem::replace(self.text_mut(), cut);
                self.drop_table(old);
                self.touch_kept(&table.tokens);
            }
            _ => self.truncate(current),
        }
        self.held().len()
    }

    /// Forgets what follows the first `length` tokens of the current text.
    pub fn truncate(&mut self, length: usize) {
        let table = self.text_mut();
        table.tokens.truncate(length);
        let dropped = table
            .pages
            .split_off(table.tokens.len().div_ceil(PAGE).min(table.pages.len()));
        self.give_back(&dropped);
    }

    /// Remembers the current text as a beginning for others.
    pub fn keep(&mut self) {
        let table = self.text().clone();
        if let Some(at) = self
            .kept
            .iter()
            .position(|kept| kept.tokens == table.tokens)
        {
            let old = self.kept.remove(at);
            self.drop_table(old);
        }
        // Pages reserved beyond the text stay the text's own.
        let table = cut(&table, table.tokens.len());
        self.share(&table);
        self.kept.insert(0, table);
        while self.kept.len() > KEPT {
            self.forget_oldest();
        }
    }

    /// Makes room for `count` more tokens in the current text. Returns the copy to make first, if the page to write to
    /// is shared. On an error nothing has changed but that kept beginnings may be gone.
    pub fn reserve(&mut self, count: usize) -> Result<Option<Copy>, Full> {
        let held = self.held().len();
        let wanted = (held + count).div_ceil(PAGE);
        let shared = self.shared_end(held);
        let missing = wanted.saturating_sub(self.table().len()) + usize::from(shared.is_some());
        let mut fresh = self.take_many(missing)?;
        let copy = shared.and_then(|from| {
            let to = fresh.pop()?;
            let at = held / PAGE;
            self.text_mut().pages[at] = to;
            self.give_back(&[from]);
            let tokens = held % PAGE;
            Some(Copy { from, to, tokens })
        });
        self.text_mut().pages.extend(fresh);
        Ok(copy)
    }

    /// Counts `tokens`, for which there is room, as computed.
    pub fn extend(&mut self, tokens: &[Token]) {
        let table = self.text_mut();
        table.tokens.extend_from_slice(tokens);
        debug_assert!(table.tokens.len() <= table.pages.len() * PAGE);
    }

    /// Drops pages from the middle of the current text: the first page stays, the `count` after it go. What follows
    /// moves forward by the tokens returned, and its keys must be turned back by as many positions. The pages from the
    /// second on are then nobody else's. `None` when the text is too short or there is no room for copies.
    pub fn slide(&mut self, count: usize) -> Option<Slide> {
        let table = self.text();
        if count == 0 || table.tokens.len() / PAGE < count + 2 {
            return None;
        }
        let uses = &self.uses;
        let shared = |page: &&Page| uses[**page as usize] > 1;
        let wanted = table.pages[count + 1..].iter().filter(shared).count();
        let mut fresh = self.take_many(wanted).ok()?;
        let table = self.text_mut();
        let dropped: Vec<Page> = table.pages.drain(1..=count).collect();
        table.tokens.drain(PAGE..PAGE + count * PAGE);
        self.give_back(&dropped);
        let mut copies = Vec::new();
        for at in 1..self.table().len() {
            let from = self.table()[at];
            if self.uses[from as usize] > 1
                && let Some(to) = fresh.pop()
            {
                self.text_mut().pages[at] = to;
                self.give_back(&[from]);
                let tokens = PAGE;
                copies.push(Copy { from, to, tokens });
            }
        }
        self.give_back(&fresh);
        let tokens = count * PAGE;
        Some(Slide { tokens, copies })
    }

    /// The page that the next token goes to, if it holds some already and another table has it too.
    fn shared_end(&self, held: usize) -> Option<Page> {
        let page = *self.table().get(held / PAGE)?;
        (self.uses[page as usize] > 1).then_some(page)
    }

    fn text(&self) -> &Table {
        &self.texts[&self.current]
    }

    fn text_mut(&mut self) -> &mut Table {
        self.texts.entry(self.current).or_default()
    }

    fn take_many(&mut self, count: usize) -> Result<Vec<Page>, Full> {
        let mut taken = Vec::new();
        for _ in 0..count {
            match self.take() {
                Ok(page) => taken.push(page),
                Err(full) => {
                    self.give_back(&taken);
                    return Err(full);
                }
            }
        }
        Ok(taken)
    }

    fn take(&mut self) -> Result<Page, Full> {
        loop {
            if let Some(page) = self.free.pop() {
                self.uses[page as usize] = 1;
                return Ok(page);
            }
            if self.uses.len() < self.most {
                self.uses.push(1);
                return Ok(self.uses.len() as Page - 1);
            }
            if !self.forget_oldest() && !self.forget_other_text() {
                return Err(Full);
            }
        }
    }

    fn forget_oldest(&mut self) -> bool {
        match self.kept.pop() {
            Some(table) => {
                self.drop_table(table);
                true
            }
            None => false,
        }
    }

    /// Another text can be computed again; the current one is being computed. Lower numbers are dearer.
    fn forget_other_text(&mut self) -> bool {
        let current = self.current;
        let other = self
            .texts
            .iter()
            .rev()
            .find(|(sequence, table)| **sequence != current && !table.pages.is_empty())
            .map(|(sequence, _)| *sequence);
        match other.and_then(|sequence| self.texts.remove(&sequence)) {
            Some(table) => {
                self.drop_table(table);
                true
            }
            None => false,
        }
    }

    fn touch_kept(&mut self, tokens: &[Token]) {
        if let Some(at) = self.kept.iter().position(|kept| kept.tokens == tokens) {
            self.kept[..=at].rotate_right(1);
        }
    }

    fn share(&mut self, table: &Table) {
        for page in &table.pages {
            self.uses[*page as usize] += 1;
        }
    }

    fn drop_table(&mut self, table: Table) {
        self.give_back(&table.pages);
    }

    fn give_back(&mut self, pages: &[Page]) {
        for page in pages {
            let uses = &mut self.uses[*page as usize];
            *uses -= 1;
            if *uses == 0 {
                self.free.push(*page);
            }
        }
    }
}

/// What a text lost in its middle.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slide {
    /// How many tokens.
    pub tokens: usize,
    /// Copies to make before keys are turned.
    pub copies: Vec<Copy>,
}

/// The first `length` tokens of a table.
fn cut(table: &Table, length: usize) -> Table {
    Table {
        tokens: table.tokens[..length].to_vec(),
        pages: table.pages[..length.div_ceil(PAGE)].to_vec(),
    }
}

/// How many tokens two texts begin with alike.
pub(crate) fn common(a: &[Token], b: &[Token]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pages: &mut Pages, tokens: &[Token]) -> Option<Copy> {
        let copy = pages.reserve(tokens.len()).unwrap();
        pages.extend(tokens);
        copy
    }

    fn text(first: Token, length: usize) -> Vec<Token> {
        (0..length as Token).map(|n| n + first).collect()
    }

    #[test]
    fn a_kept_beginning_is_found_again_without_a_copy_until_it_is_written_to() {
        let mut pages = Pages::new(16);
        let head = text(0, 100);
        assert_eq!(read(&mut pages, &head), None);
        pages.keep();
        let expected = Copy {
            from: 1,
            to: 2,
            tokens: 36,
        };
        assert_eq!(
            read(&mut pages, &[7, 8]),
            Some(expected),
            "the kept page is not written to"
        );
        assert_eq!(read(&mut pages, &[9]), None, "the copy is its own");
        pages.rewind(&[5, 5]);
        let again = [head.as_slice(), &[1, 2, 3]].concat();
        assert_eq!(pages.rewind(&again), 100);
        assert_eq!(pages.table(), [0, 1]);
    }

    #[test]
    fn the_last_token_asked_for_is_never_held() {
        let mut pages = Pages::new(16);
        read(&mut pages, &text(0, 64));
        assert_eq!(pages.rewind(&text(0, 64)), 63);
        assert_eq!(pages.rewind(&[]), 0);
        assert!(pages.table().is_empty());
    }

    #[test]
    fn texts_in_progress_do_not_disturb_each_other() {
        let mut pages = Pages::new(16);
        read(&mut pages, &text(0, 70));
        pages.switch(Sequence(1));
        assert!(pages.held().is_empty());
        assert_eq!(
            pages.rewind(&text(0, 80)),
            70,
            "one begins where the other is"
        );
        read(&mut pages, &text(500, 5));
        pages.switch(Sequence(0));
        assert_eq!(pages.held(), text(0, 70));
        assert_eq!(pages.table(), [0, 1]);
    }

    #[test]
    fn what_was_used_longest_ago_is_given_up_first_and_then_it_is_full() {
        let mut pages = Pages::new(3);
        for first in [0, 1000] {
            pages.rewind(&[]);
            read(&mut pages, &text(first, 64));
            pages.keep();
        }
        pages.rewind(&[]);
        read(&mut pages, &text(5000, 128));
        assert_eq!(pages.rewind(&text(0, 65)), 0, "the older one is gone");
        assert_eq!(pages.rewind(&text(1000, 65)), 64);
        read(&mut pages, &text(1, 128));
        assert_eq!(pages.reserve(64), Err(Full));
        assert_eq!(pages.held().len(), 192);
    }

    #[test]
    fn sliding_drops_the_middle_and_keeps_the_head() {
        let mut pages = Pages::new(8);
        read(&mut pages, &text(0, 300));
        let slide = pages.slide(2).unwrap();
        assert_eq!((slide.tokens, slide.copies), (128, vec![]));
        assert_eq!(pages.held(), [text(0, 64), text(192, 108)].concat());
        assert_eq!(pages.table(), [0, 3, 4]);
        assert_eq!(pages.slide(9), None);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Rewind(Vec<Token>),
        Read(usize, Token),
        Keep,
        Switch(u32),
        Truncate(usize),
        Slide(usize),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            (0u32..3, 0usize..300).prop_map(|(first, length)| Act::Rewind(vec![first; length])),
            (1usize..150, 0u32..3).prop_map(|(count, token)| Act::Read(count, token)),
            Just(Act::Keep),
            (0u32..3).prop_map(Act::Switch),
            (0usize..300).prop_map(Act::Truncate),
            (0usize..4).prop_map(Act::Slide),
        ]
    }

    proptest! {
        /// Pages as memory: each position holds the token written there, copies are made as told. Whatever happens, the
        /// current text reads back as what it is said to hold.
        #[test]
        fn every_text_reads_back_as_it_was_written(acts in prop::collection::vec(act(), 1..60)) {
            let mut pages = Pages::new(12);
            let mut memory = vec![[Token::MAX; PAGE]; 12];
            let apply = |memory: &mut Vec<[Token; PAGE]>, copy: Copy| {
                let from = memory[copy.from as usize];
                memory[copy.to as usize][..copy.tokens].copy_from_slice(&from[..copy.tokens]);
            };
            for act in acts {
                match act {
                    Act::Rewind(tokens) => { pages.rewind(&tokens); }
                    Act::Keep => pages.keep(),
                    Act::Switch(to) => pages.switch(Sequence(to)),
                    Act::Truncate(length) => pages.truncate(length),
                    Act::Slide(count) => if let Some(slide) = pages.slide(count) {
                        slide.copies.into_iter().for_each(|copy| apply(&mut memory, copy));
                    },
                    Act::Read(count, token) => {
                        let Ok(copy) = pages.reserve(count) else { continue };
                        copy.into_iter().for_each(|copy| apply(&mut memory, copy));
                        for at in pages.held().len()..pages.held().len() + count {
                            memory[pages.table()[at / PAGE] as usize][at % PAGE] = token;
                        }
                        pages.extend(&vec![token; count]);
                    }
                }
                for (at, token) in pages.held().iter().enumerate() {
                    prop_assert_eq!(memory[pages.table()[at / PAGE] as usize][at % PAGE], *token);
                }
            }
        }
    }
}
