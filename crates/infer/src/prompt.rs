//! Chat messages to prompt tokens, in the way each family of models was trained on.

use crate::tokenizer::{Token, Tokenizer};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Standing instructions.
    System,
    /// The person, or material given to the model.
    User,
    /// The model.
    Assistant,
}

/// One turn of a chat. Its content is plain words: names of control tokens in it have no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// Standing instructions.
    pub fn system(content: impl Into<String>) -> Message {
        Message {
            role: Role::System,
            content: content.into(),
        }
    }

    /// A turn of the person.
    pub fn user(content: impl Into<String>) -> Message {
        Message {
            role: Role::User,
            content: content.into(),
        }
    }

    /// A turn of the model.
    pub fn assistant(content: impl Into<String>) -> Message {
        Message {
            role: Role::Assistant,
            content: content.into(),
        }
    }
}

/// How chat turns are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatFormat {
    /// `<|im_start|>role\n...<|im_end|>\n`: Qwen, SmolLM2 and many others.
    ChatMl,
    /// `<|start_header_id|>role<|end_header_id|>\n\n...<|eot_id|>`: Llama 3.
    Llama3,
}

impl ChatFormat {
    /// The format whose marks are control tokens of this vocabulary, if it is one known here.
    pub fn of(tokenizer: &Tokenizer) -> Option<ChatFormat> {
        let has = |names: [&str; 2]| names.iter().all(|name| tokenizer.control(name).is_some());
        if has(["<|im_start|>", "<|im_end|>"]) {
            return Some(ChatFormat::ChatMl);
        }
        has(["<|start_header_id|>", "<|eot_id|>"]).then_some(ChatFormat::Llama3)
    }

    fn before(self, role: Role) -> String {
        let role = match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        match self {
            ChatFormat::ChatMl => format!("<|im_start|>{role}\n"),
            ChatFormat::Llama3 => format!("<|start_header_id|>{role}<|end_header_id|>\n\n"),
        }
    }

    fn after(self) -> &'static str {
        match self {
            ChatFormat::ChatMl => "<|im_end|>\n",
            ChatFormat::Llama3 => "<|eot_id|>",
        }
    }
}

/// What a generation starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// All tokens, in order.
    pub tokens: Vec<Token>,
    /// How many of them, from the start, are the same each time. Their state is computed once and kept.
    pub fixed: usize,
}

impl Prompt {
    /// A chat that asks for the next turn of the assistant. `fixed` are the messages that are the same each time
    /// (instructions, examples), `rest` those that are not.
    pub fn chat(
        tokenizer: &Tokenizer,
        format: ChatFormat,
        fixed: &[Message],
        rest: &[Message],
    ) -> Prompt {
        let mut tokens: Vec<Token> = tokenizer.first().into_iter().collect();
        fixed
            .iter()
            .for_each(|message| push_message(&mut tokens, tokenizer, format, message));
        let fixed = tokens.len();
        rest.iter()
            .for_each(|message| push_message(&mut tokens, tokenizer, format, message));
        tokens.extend(tokenizer.encode_trusted(&format.before(Role::Assistant)));
        Prompt { tokens, fixed }
    }

    /// Plain text to be continued.
    pub fn text(tokenizer: &Tokenizer, text: &str) -> Prompt {
        let tokens = tokenizer
            .first()
            .into_iter()
            .chain(tokenizer.encode(text))
            .collect();
        Prompt { tokens, fixed: 0 }
    }

    /// The same prompt with the first words of the answer already said.
    pub fn answering_with(mut self, tokenizer: &Tokenizer, words: &str) -> Prompt {
        self.tokens.extend(tokenizer.encode(words));
        self
    }
}

fn push_message(
    tokens: &mut Vec<Token>,
    tokenizer: &Tokenizer,
    format: ChatFormat,
    message: &Message,
) {
    tokens.extend(tokenizer.encode_trusted(&format.before(message.role)));
    tokens.extend(tokenizer.encode(&message.content));
    tokens.extend(tokenizer.encode_trusted(format.after()));
}
