//! Prints the protocol's types as TypeScript; `cargo xtask types` writes them to `ui/src/lib/bindings.ts`.

fn main() {
    print!("{}", afterimage_engine::bindings::typescript());
}
