//! Declares the commands, so that each needs a permission in `capabilities/` to be called.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&[
        "profile",
        "create_profile",
        "unlock",
        "choose_profile",
        "strength",
        "call",
        "ask",
        "stop",
        "theme",
        "set_theme",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("the shell's configuration is wrong: {error:#}");
    }
}
