//! `cargo xtask audit-pages`: what a profile has on the disk, opened with its passphrase, for whoever wants to see for himself what is left of
//! something that was forgotten. It is no part of the product.

#[path = "../faults/forms.rs"]
mod forms;

use afterimage_engine::client::Home;
use afterimage_store::{Clocks, Entropy, PassphraseCost, Profile, Unlock, audit};
use anyhow::{Result, ensure};
use clap::Parser;
use forms::{forms, holds};
use std::{
    fs::File,
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

/// What to look at, and what for.
#[derive(Parser)]
#[command(
    name = "audit-pages",
    about = "Writes every decrypted page of a profile, or says where a word stands"
)]
struct Arguments {
    /// The profile's folder; without it, the one in use.
    #[arg(long)]
    home: Option<PathBuf>,
    /// Where to write the bytes, readable for everybody who can read the file; without it, standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write nothing, and say where this word of at least six letters stands; may be repeated. Ends with 1 when it stands anywhere.
    #[arg(long)]
    find: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether none of the words was found.
fn run(arguments: &Arguments) -> Result<bool> {
    ensure!(
        arguments.find.iter().all(|word| word.len() >= 6),
        "Words of fewer than six letters stand by chance in what is random; look for longer ones."
    );
    let profile = unlock(arguments)?;
    match arguments.find.as_slice() {
        [] => write(&profile, arguments).map(|()| true),
        words => find(&profile, words),
    }
}

fn unlock(arguments: &Arguments) -> Result<Profile> {
    let home = match &arguments.home {
        Some(folder) => folder.clone(),
        None => Home::from_environment().dir().to_owned(),
    };
    let passphrase = match std::io::stdin().is_terminal() {
        true => rpassword::prompt_password("Passphrase: ")?,
        false => {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let by = Unlock::Passphrase {
        passphrase: passphrase.into(),
        cost: PassphraseCost::default(),
    };
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = Clocks {
        wall: afterimage_domain::Timestamp::from_millis(since_1970.as_millis() as i64),
        boot: uuid::Uuid::nil(),
        since_boot: Duration::ZERO,
    };
    // The profile's lock is held so long as this lives: an engine that has it is in the way, and the other way round.
    Ok(Profile::unlock(&home, &by, now, &Entropy::system())?)
}

fn write(profile: &Profile, arguments: &Arguments) -> Result<()> {
    let mut out: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(std::io::stdout().lock()),
    };
    let mut written = Ok(());
    audit::open_all(profile, &mut |_, bytes| {
        if written.is_ok() {
            written = out.write_all(bytes);
        }
    })?;
    Ok(written.and_then(|()| out.flush())?)
}

fn find(profile: &Profile, words: &[String]) -> Result<bool> {
    let forms: Vec<_> = words.iter().map(|word| (word, forms(word))).collect();
    let (mut pieces, mut bytes, mut found) = (0_u64, 0, 0_u64);
    audit::open_all(profile, &mut |place, piece| {
        pieces += 1;
        bytes += piece.len();
        for (word, forms) in &forms {
            if forms.iter().any(|form| holds(piece, form)) {
                println!("{word}: {place}");
                found += 1;
            }
        }
    })?;
    eprintln!(
        "{pieces} pages and files of {:.1} MB were read; found {found} times.",
        bytes as f64 / 1e6
    );
    Ok(found == 0)
}
