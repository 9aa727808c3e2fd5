//! What the window can call. Each is one line over [`Engine`]; waiting happens off the window's thread.

use crate::{
    allowed::may_call,
    engine::{Engine, Profile},
    preferences::{Preferences, Theme},
};
use afterimage_engine::{
    api::{AnswerPart, Code, Failure, Hidden, Request, Response, Strength},
    client::{Launch, Start},
};
use secrecy::SecretString;
use tauri::{AppHandle, Manager, State, async_runtime::spawn_blocking, ipc::Channel};

/// Whether there is a profile, and whether it is open.
#[tauri::command]
pub async fn profile(app: AppHandle) -> Result<Profile, Failure> {
    with_engine(app, |engine| Ok(engine.profile())).await
}

/// Makes a profile and opens it. The recovery code, to be shown once.
#[tauri::command]
pub async fn create_profile(
    app: AppHandle,
    passphrase: Option<String>,
) -> Result<Option<Hidden>, Failure> {
    with_engine(app, |engine| {
        engine.launch(&Launch::create(start(passphrase)))
    })
    .await
}

/// Opens the profile.
#[tauri::command]
pub async fn unlock(
    app: AppHandle,
    passphrase: Option<String>,
    recovery: Option<String>,
) -> Result<(), Failure> {
    let start = match recovery {
        Some(code) => Start::Recovery(SecretString::from(code)),
        None => start(passphrase),
    };
    with_engine(app, |engine| engine.launch(&Launch::open(start)).map(drop)).await
}

/// From now on another profile is meant, here and on the command line. Only while this one is locked.
#[tauri::command]
pub async fn choose_profile(app: AppHandle, name: String) -> Result<(), Failure> {
    with_engine(app, move |engine| engine.choose(&name)).await
}

/// How hard a passphrase is to guess. Nothing is kept of it.
#[tauri::command]
pub async fn strength(passphrase: String) -> Result<Strength, Failure> {
    let passphrase = Hidden(passphrase);
    let judged = spawn_blocking(move || Strength::of(&passphrase)).await;
    judged.map_err(|_| failed())
}

/// Sends one request of those the window may send.
#[tauri::command]
pub async fn call(app: AppHandle, request: Request) -> Result<Response, Failure> {
    if !may_call(&request) {
        return Err(Failure::bad_request(
            "The window may not send this request.",
        ));
    }
    with_engine(app, |engine| engine.call(request)).await
}

/// Asks the assistant; the answer comes in `parts`. `key` is for [`stop`].
#[tauri::command]
pub async fn ask(
    app: AppHandle,
    key: u32,
    request: Request,
    parts: Channel<AnswerPart>,
) -> Result<Response, Failure> {
    if !matches!(request, Request::Ask { .. }) {
        return Err(Failure::bad_request("Only a question can be asked."));
    }
    // A window that is gone does not want the parts.
    with_engine(app, move |engine| {
        engine.ask(key, request, |part| _ = parts.send(part))
    })
    .await
}

/// Stops an answer.
#[tauri::command]
pub async fn stop(app: AppHandle, key: u32) -> Result<(), Failure> {
    with_engine(app, move |engine| engine.stop(key)).await
}

/// Light, dark, or as the system is.
#[tauri::command]
pub fn theme(preferences: State<'_, Preferences>) -> Theme {
    preferences.theme()
}

/// Chooses light, dark, or as the system is.
#[tauri::command]
pub fn set_theme(preferences: State<'_, Preferences>, theme: Theme) -> Result<(), Failure> {
    preferences
        .set_theme(theme)
        .map_err(|error| Failure::io("keep your choice", &error))
}

fn start(passphrase: Option<String>) -> Start {
    passphrase.map_or(Start::Keychain, |passphrase| {
        Start::Passphrase(SecretString::from(passphrase))
    })
}

async fn with_engine<T: Send + 'static>(
    app: AppHandle,
    act: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = spawn_blocking(move || act(&app.state::<Engine>())).await;
    done.unwrap_or_else(|_| Err(failed()))
}

fn failed() -> Failure {
    Failure::new(
        Code::Internal,
        "The window's shell failed at this. Please report it.",
    )
}
