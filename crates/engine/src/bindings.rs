//! The protocol's types as TypeScript, in one file: `ui/src/lib/bindings.ts`. The interface reaches Rust through nothing else.

use crate::api::{Call, Message, PROTOCOL, Strength};
use std::collections::BTreeMap;
use ts_rs::{Config, TS, TypeVisitor};

const HEAD: &str = "\
// The engine's protocol. Made from crates/engine/src/api.rs; do not edit.
// To make it anew: cargo xtask types
";

/// The text of `ui/src/lib/bindings.ts`: every type that a call or a message can hold, sorted by name.
pub fn typescript() -> String {
    let mut types = Declarations {
        config: Config::new(),
        texts: BTreeMap::new(),
    };
    types.visit::<Call>();
    types.visit::<Message>();
    // Of the shell, before there is an engine.
    types.visit::<Strength>();
    let declarations: Vec<String> = types.texts.into_values().collect();
    format!(
        "{HEAD}\n/** Raised when the protocol changes in a way that confuses older clients. */\nexport const PROTOCOL = {PROTOCOL};\n\n{}",
        declarations.join("\n")
    )
}

struct Declarations {
    config: Config,
    texts: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let is_declared = T::output_path().is_some();
        let name = T::ident(&self.config);
        if is_declared && self.texts.contains_key(&name) {
            return;
        }
        if is_declared {
            let docs = T::docs().unwrap_or_default();
            let declaration = T::decl(&self.config);
            self.texts
                .insert(name, format!("{docs}export {declaration}\n"));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Tests run in the folder of their package.
    const PATH: &str = "../../ui/src/lib/bindings.ts";

    #[test]
    fn the_committed_types_are_those_of_the_protocol() {
        let committed = std::fs::read_to_string(PATH).unwrap_or_default();
        assert!(
            committed == typescript(),
            "ui/src/lib/bindings.ts is not what the protocol says: run `cargo xtask types` and commit it"
        );
    }

    #[test]
    fn every_type_is_declared_once() {
        let text = typescript();
        for name in ["Request", "Response", "Event", "Memory", "Body", "FrameId"] {
            let declared = text.matches(&format!("export type {name} =")).count();
            assert_eq!(declared, 1, "{name}");
        }
    }
}
