//! `profile`: profiles with keys of their own.

use super::profile;
use crate::{
    arguments::{CreateProfile, Profiles},
    output::Output,
    session::Session,
};
use afterimage_engine::{
    api::{Failure, Response},
    client::{Home, Named},
};

pub fn profiles(output: &Output, action: Profiles) -> Result<(), Failure> {
    match action {
        Profiles::List => list(output),
        Profiles::Create(CreateProfile { name, key }) => {
            profile::init(&Session::new(None, Some(&name))?, output, &key)
        }
        Profiles::Switch { name } => {
            Home::switch(&name)?;
            output.response(&Response::Done, || {
                format!("`{name}` is meant from now on.")
            });
            Ok(())
        }
    }
}

fn list(output: &Output) -> Result<(), Failure> {
    let profiles = Home::profiles();
    output.document(
        &serde_json::json!({ "profiles": profiles }),
        || match profiles.is_empty() {
            true => "There is no profile yet. Make one: `afterimage init`.".into(),
            false => profiles.iter().map(line).collect::<Vec<_>>().join("\n"),
        },
    );
    Ok(())
}

fn line(profile: &Named) -> String {
    let mark = if profile.current { "*" } else { " " };
    format!("{mark} {:20} {}", profile.name, profile.home)
}
