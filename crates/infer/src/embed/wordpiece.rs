//! A WordPiece tokenizer, rebuilt from the vocabulary inside a GGUF file.

use tokenizers::Tokenizer;
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;

use crate::gguf::Header;

/// Words in such a vocabulary begin with this; what goes on a word does not.
const WORD: char = '\u{2581}';

/// The tokenizer of a lower-case BERT.
pub fn from_gguf(header: &Header) -> Result<Tokenizer, String> {
    let kind = header
        .text("tokenizer.ggml.model")
        .map_err(|error| error.to_string())?;
    if kind != "bert" {
        return Err(format!("its tokenizer is of the kind `{kind}`, not `bert`"));
    }
    let names = header
        .texts("tokenizer.ggml.tokens")
        .map_err(|error| error.to_string())?;
    let vocabulary: Vocab = names
        .iter()
        .zip(0u32..)
        .map(|(name, token)| (piece(name), token))
        .collect();
    let model = WordPiece::builder()
        .vocab(vocabulary)
        .unk_token("[UNK]".into())
        .continuing_subword_prefix("##".into())
        .max_input_chars_per_word(100)
        .build()
        .map_err(|error| error.to_string())?;
    let mark = |name: &str| {
        let token = names.iter().position(|found| found == name);
        let token = token.ok_or_else(|| format!("its vocabulary has no `{name}`"))?;
        Ok::<_, String>((name.to_owned(), token as u32))
    };
    let marks = BertProcessing::new(mark("[SEP]")?, mark("[CLS]")?);
    mark("[UNK]")?;
    let mut tokenizer = Tokenizer::new(model);
    let lower_case = BertNormalizer::new(true, true, None, true);
    tokenizer
        .with_normalizer(Some(lower_case))
        .map_err(|error| error.to_string())?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_post_processor(Some(marks));
    Ok(tokenizer)
}

/// The name of a piece as WordPiece knows it.
fn piece(name: &str) -> String {
    match name.strip_prefix(WORD) {
        Some(word) => word.into(),
        None if name.starts_with('[') && name.ends_with(']') => name.into(),
        None => format!("##{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_marks_and_continuations_are_told_apart() {
        for (name, expected) in [
            ("▁to", "to"),
            ("ing", "##ing"),
            ("[CLS]", "[CLS]"),
            ("▁[", "["),
        ] {
            assert_eq!(piece(name), expected);
        }
    }
}
