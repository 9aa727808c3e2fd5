//! Several profiles of one user: each a folder with keys, database and engine of its own.
//!
//! ```text
//! ~/.local/share/afterimage            the first profile, called `default`
//! ~/.local/share/afterimage/profiles/  the others, a folder each
//! ~/.local/share/afterimage/current    the name of the one that is meant when none is named
//! ```

use crate::{
    api::Failure,
    home::{Home, private_dir},
};
use std::{fs, path::PathBuf};

/// The name of the profile that has none.
pub const DEFAULT: &str = "default";
/// Letters of the longest name.
const LONGEST_NAME: usize = 32;

/// A profile of this user.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub home: String,
    /// Whether it is meant when none is named.
    pub current: bool,
}

impl Home {
    /// The profile called `name` of this user, or the current one; it need not exist.
    pub fn named(name: Option<&str>) -> Result<Self, Failure> {
        let base = Self::base();
        match name {
            Some(name) => base.sibling(name),
            None => Ok(base.current()),
        }
    }

    /// The profiles there are, by name, the first one first.
    pub fn profiles() -> Vec<Named> {
        Self::base().list()
    }

    /// From now on the profile called `name` is meant when none is named.
    pub fn switch(name: &str) -> Result<(), Failure> {
        Self::base().choose(name)
    }

    /// The folder of the current profile, with this one as the base.
    pub(crate) fn current(&self) -> Self {
        self.sibling(&self.current_name())
            .unwrap_or_else(|_| self.clone())
    }

    fn current_name(&self) -> String {
        let written = fs::read_to_string(self.choice()).unwrap_or_default();
        let name = written.trim();
        let is_there = |name: &str| self.sibling(name).is_ok_and(|home| home.has_profile());
        match is_there(name) {
            true => name.to_owned(),
            // One that was removed is not made again by accident.
            false => DEFAULT.to_owned(),
        }
    }

    fn sibling(&self, name: &str) -> Result<Self, Failure> {
        if name == DEFAULT {
            return Ok(self.clone());
        }
        let is_plain =
            |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        let fits = !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain);
        match fits {
            true => Ok(Self::at(self.folder().join(name))),
            false => Err(Failure::bad_request(format!(
                "A profile's name has small letters, digits and hyphens, at most {LONGEST_NAME}."
            ))),
        }
    }

    fn list(&self) -> Vec<Named> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names.insert(0, DEFAULT.into());
        let current = self.current_name();
        let there = names.into_iter().filter_map(|name| {
            let home = self.sibling(&name).ok()?;
            home.has_profile().then(|| Named {
                current: name == current,
                home: home.dir().display().to_string(),
                name,
            })
        });
        there.collect()
    }

    /// Removes profiles that an interrupted reading of an archive left half made, here and among all of this user. It harms nothing when it fails.
    pub(crate) fn clear_half_read(&self) {
        let entries = fs::read_dir(Self::base().folder()).into_iter().flatten();
        let others = entries.flatten().map(|entry| entry.path());
        for home in [self.dir().to_owned()].into_iter().chain(others) {
            match afterimage_store::clear_half_read(&home) {
                Ok(true) => tracing::info!("a half-read archive was removed"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "a half-read archive stays"),
            }
        }
    }

    fn choose(&self, name: &str) -> Result<(), Failure> {
        if !self.sibling(name)?.has_profile() {
            return Err(Failure::not_found("profile"));
        }
        private_dir(self.dir())
            .and_then(|()| fs::write(self.choice(), name))
            .map_err(|error| Failure::io("keep your choice", &error))
    }

    fn folder(&self) -> PathBuf {
        self.dir().join("profiles")
    }

    fn choice(&self) -> PathBuf {
        self.dir().join("current")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k9_names_lead_to_folders_of_their_own_and_never_out_of_them() {
        let base = Home::at("/nowhere");
        assert_eq!(base.sibling(DEFAULT).unwrap(), base);
        let work = base.sibling("work-2").unwrap();
        assert_eq!(work.dir(), std::path::Path::new("/nowhere/profiles/work-2"));
        for name in ["", "..", "../x", "a/b", "A", "a b", ".", &"a".repeat(33)] {
            assert!(base.sibling(name).is_err(), "{name}");
        }
    }

    #[test]
    fn k9_a_profile_that_is_not_there_is_never_the_current_one() {
        let temp = tempfile::tempdir().unwrap();
        let base = Home::at(temp.path());
        assert!(base.choose("work").is_err());
        fs::write(base.choice(), "work").unwrap();
        assert_eq!(base.current(), base);
        assert_eq!(base.list(), []);
    }
}
