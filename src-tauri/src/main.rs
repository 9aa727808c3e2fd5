//! The desktop shell: one window, a tray, a shortcut, and one-line commands over the engine's client.
//!
//! It holds no key and opens no database. What the window may ask of the engine is listed in [`allowed`].

mod allowed;
mod commands;
mod engine;
mod pictures;
mod preferences;
mod shortcut;
mod tray;
mod window;

use engine::Engine;
use preferences::Preferences;
use tauri::{App, Manager, RunEvent};

fn main() {
    #[cfg(target_os = "linux")]
    spare_the_processor();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            window::show(app)
        }))
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(window::kept_state())
                .build(),
        )
        .plugin(shortcut::plugin())
        .register_asynchronous_uri_scheme_protocol("frame", pictures::answer)
        .invoke_handler(tauri::generate_handler![
            commands::profile,
            commands::create_profile,
            commands::unlock,
            commands::choose_profile,
            commands::strength,
            commands::call,
            commands::ask,
            commands::stop,
            commands::theme,
            commands::set_theme,
        ])
        .setup(|app| Ok(set_up(app)?))
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(|app, event| {
            if let RunEvent::Exit = event {
                app.state::<Engine>().lock_quietly();
            }
        }),
        Err(error) => give_up(&error),
    }
}

fn set_up(app: &mut App) -> tauri::Result<()> {
    app.manage(Preferences::load(app.path().app_config_dir()?));
    app.manage(Engine::from_environment(app.handle().clone()));
    let has_tray = tray::build(app.handle());
    window::open(app, has_tray)?;
    shortcut::register(app.handle());
    Ok(())
}

/// Without a GPU, WebKit's DMA-BUF renderer takes 23-30 % of a processor and 100 MB more than the plain one (measured under Xvfb).
#[cfg(target_os = "linux")]
fn spare_the_processor() {
    const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(RENDERER).is_none() {
        // SAFETY: the first statement of the program; there is no other thread yet.
        unsafe { std::env::set_var(RENDERER, "1") };
    }
}

fn give_up(error: &tauri::Error) -> ! {
    eprintln!(
        "Afterimage cannot open its window: {error}. Is there a display? On a machine without one use the command line: afterimage --help"
    );
    std::process::exit(1);
}
