//! What a script can tell from the exit code: one number for each class of failure.

use afterimage_engine::api::Code;
use std::process::ExitCode;

/// The exit code for a failure, as in `docs/errors.md`. Wrong arguments are 2.
pub fn code(code: Code) -> ExitCode {
    ExitCode::from(class(code))
}

fn class(code: Code) -> u8 {
    match code {
        Code::Internal => 1,
        Code::BadRequest => 2,
        Code::Locked | Code::NoProfile => 3,
        Code::WrongPassphrase
        | Code::WrongRecovery
        | Code::TooManyAttempts
        | Code::VaultClosed
        | Code::WeakPassphrase
        | Code::NoKeychain
        | Code::NotAdmitted
        | Code::OutOfScope => 4,
        Code::NotFound | Code::Conflict | Code::ProfileExists | Code::AlreadyRunning => 5,
        Code::NoConsent | Code::NoDisplay | Code::CannotEnforce => 6,
        Code::BadImage | Code::TooLarge => 7,
        Code::ModelMissing | Code::ModelCorrupt | Code::ModelUnsupported | Code::OutOfMemory => 8,
        Code::DiskFull
        | Code::DiskFailed
        | Code::DatabaseCorrupt
        | Code::NewerDatabase
        | Code::BadArchive => 9,
        Code::Timeout | Code::OverBudget => 10,
        Code::Protocol => 11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the table in `docs/errors.md`: code, exit code, meaning, remedy.
    fn documented() -> Vec<Vec<String>> {
        let path = "../../docs/errors.md";
        let text = std::fs::read_to_string(path).expect("docs/errors.md is there");
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| {
            row.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
    }

    #[test]
    fn every_code_is_documented_with_its_exit_code() {
        let rows = documented();
        assert_eq!(rows.len(), Code::ALL.len(), "one row a code");
        for (row, code) in rows.iter().zip(Code::ALL) {
            let name = serde_json::to_value(code).unwrap();
            assert_eq!(row[0].trim_matches('`'), name.as_str().unwrap());
            assert_eq!(row[1], class(code).to_string(), "{name}");
            assert!(
                row.len() == 4 && row[2..].iter().all(|cell| cell.len() > 10),
                "{name}"
            );
        }
    }
}
