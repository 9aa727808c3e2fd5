//! Prints the protocol's types as TypeScript; `cargo xtask types` puts them where the interface reads them.
fn main() {
    print!("{}", afterimage_engine::bindings::typescript());
}
