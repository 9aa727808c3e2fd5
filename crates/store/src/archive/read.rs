//! Making a profile of an archive: in a folder inside the profile's, and only what is whole and verified comes out of it. The key file comes
//! last, so that what was read half is no profile.

use super::{
    ArchiveFile, Carried, DATABASE, FORMAT, Hex, Manifest, VAULT_FORMAT, picture_in, place_of,
    portable, remove_tree, unpack, write,
};
use crate::{
    attempts::{self, Clocks},
    backup,
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{Key, Keys},
    keyslots::{Keyslots, Secrets},
    migrate,
    open::{Access, change_key, connect},
    profile::{self, FOLDERS, Profile, Unlock, database},
    store::{self, Opened},
    table::{census, picture, tombstone, vault_item::VaultItem},
    writer::log_file,
};
use afterimage_domain::Timestamp;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where a profile is while it arrives, in its folder.
const WORKSHOP: &str = "arriving";

/// Makes a profile in `home`, where there is none, of an archive and, if one is given, of the file with its vault. It has keys, a passphrase
/// (or whatever `unlock` says) and a recovery code of its own. Everything is verified before the profile is there.
pub fn read_archive(
    home: &Path,
    unlock: &Unlock,
    from: &ArchiveFile,
    vault: Option<&ArchiveFile>,
    at: Timestamp,
    entropy: &Entropy,
) -> Result<Profile> {
    files::private_folder(home)?;
    let lock = profile::take_lock(home)?;
    clear(home)?;
    profile::refuse_used(home)?;
    let profile = profile_id(entropy);
    let secrets = Secrets {
        master: Key::new(entropy.draw()),
        vault: Some(Key::new(entropy.draw())),
        opened: None,
    };
    // A passphrase that is too weak is told before a long work.
    profile::demand_strength(unlock)?;
    let (mut slots, recovery) = profile::slots_for(profile, unlock, &secrets, entropy)?;
    let arriving = Arriving {
        home,
        keys: Keys::derive(&secrets.master, profile),
        master: &secrets.master,
        vault: secrets.vault.clone(),
        lock: &lock,
        at,
        entropy,
    };
    let arrived = arriving
        .arrive(from, vault)
        .and_then(|()| arriving.move_in(profile, &mut slots));
    if let Err(error) = arrived {
        clear(home)?;
        return Err(error);
    }
    // The profile is there; an empty folder that stays does no harm.
    let _ = remove_tree(&home.join(WORKSHOP));
    Ok(Profile::arrived(home, secrets, profile, lock, recovery))
}

/// Removes what a reading that was interrupted left in `home`; whether there was any. One that is under way is left alone.
pub fn clear_half_read(home: &Path) -> Result<bool> {
    if !home.join(WORKSHOP).exists() {
        return Ok(false);
    }
    match profile::try_lock(home)? {
        Some(_lock) => clear(home),
        None => Ok(false),
    }
}

/// Removes what an interrupted work left in the folder of a profile that is open now.
pub(crate) fn clear_leftovers(home: &Path) -> Result<()> {
    let works = [
        WORKSHOP,
        write::WORKSHOP,
        crate::drill::WORKSHOP,
        crate::restore::WORKSHOP,
    ];
    for folder in works {
        if home.join(folder).exists() {
            remove_tree(&home.join(folder))?;
        }
    }
    Ok(())
}

/// While the folder stands and there are no keys, all of it came from an archive. Where there are keys, the profile is whole.
fn clear(home: &Path) -> Result<bool> {
    let workshop = home.join(WORKSHOP);
    if !workshop.exists() {
        return Ok(false);
    }
    if Keyslots::read(home)?.is_none() {
        for folder in FOLDERS {
            remove_tree(&home.join(folder))?;
        }
        files::remove(&attempts::path(home))?;
    }
    remove_tree(&workshop)?;
    Ok(true)
}

fn profile_id(entropy: &Entropy) -> Uuid {
    uuid::Builder::from_random_bytes(entropy.draw()).into_uuid()
}

/// A profile that is being made.
struct Arriving<'a> {
    home: &'a Path,
    keys: Keys,
    master: &'a Key,
    vault: Option<Key>,
    lock: &'a File,
    at: Timestamp,
    entropy: &'a Entropy,
}

impl Arriving<'_> {
    /// Everything but the key file, verified, in the folder beside.
    fn arrive(&self, from: &ArchiveFile, vault: Option<&ArchiveFile>) -> Result<()> {
        let workshop = self.home.join(WORKSHOP);
        for folder in FOLDERS {
            files::private_folder(&workshop.join(folder))?;
        }
        files::sync_folder(self.home)?;
        let items = vault.map_or(Ok(Vec::new()), read_vault)?;
        let manifest = unpack::unpack(&from.path, from, FORMAT, &mut |_, name, content| {
            keep(&workshop, name, content)
        })?;
        let keys = manifest.keys.as_ref();
        let keys = keys.ok_or(StoreError::BadArchive("its manifest is not one"))?;
        let copy = database(&workshop);
        vet_database(&copy, &keys.database.bytes()?, &manifest)?;
        self.take_over(&copy, keys)?;
        let buried: Result<Vec<[u8; 32]>> = manifest
            .tombstones
            .iter()
            .map(|print: &Hex| Ok(*print.bytes()?))
            .collect();
        self.settle(&workshop, &buried?, &items)?;
        backup::verify(&copy, &self.keys.db)?;
        sync_shelves(&workshop.join("blob"))
    }

    /// Puts this profile's keys in the place of those that travelled along.
    fn take_over(&self, copy: &Path, carried: &Carried) -> Result<()> {
        let mut connection = connect(copy, &carried.database.bytes()?, Access::Write)?;
        portable::without_log(&connection)?;
        let transaction = connection.transaction()?;
        let pictures = carried.pictures.bytes()?;
        portable::rewrap(&transaction, &pictures, &self.keys.blob, self.entropy)?;
        tombstone::keep_key(&transaction, &carried.forgotten.bytes()?)?;
        transaction.commit()?;
        change_key(&connection, &self.keys.db)?;
        portable::close(connection)
    }

    /// Opens it once as what it will be, buries what must stay forgotten and puts the vault in.
    fn settle(&self, workshop: &Path, buried: &[[u8; 32]], items: &[VaultItem]) -> Result<()> {
        let inner = Profile::inside(
            workshop,
            self.keys.clone(),
            self.vault.clone(),
            self.lock.try_clone()?,
        );
        let Opened { mut writer, .. } = store::open(inner, self.entropy.clone())?;
        writer.forget_again(buried, 0, self.at)?;
        writer.put_vault_items(items)?;
        writer.close()?;
        match log_file(workshop).exists() {
            true => Err(StoreError::Busy),
            false => Ok(()),
        }
    }

    /// Moves it to where profiles are, and gives it its key file: from then on it is one.
    fn move_in(&self, profile: Uuid, slots: &mut Keyslots) -> Result<()> {
        let workshop = self.home.join(WORKSHOP);
        for folder in FOLDERS {
            fs::rename(workshop.join(folder), self.home.join(folder))?;
        }
        files::sync_folder(self.home)?;
        attempts::begin(self.home, profile, Clocks::NEVER)?;
        slots.write(self.home, self.master)
    }
}

/// Writes a member where it belongs in the folder, sealed as it is.
fn keep(workshop: &Path, name: &str, content: &mut dyn Read) -> Result<()> {
    let path = place_of(workshop, name).ok_or(StoreError::NotFound("member"))?;
    files::private_folder(path.parent().unwrap_or(workshop))?;
    let mut file = files::private_file(&path, true)?;
    io::copy(content, &mut file)?;
    files::sync(&file)
}

/// Whether the database is whole, is one of ours, and holds what the manifest says.
fn vet_database(copy: &Path, key: &Key, manifest: &Manifest) -> Result<()> {
    let differs = StoreError::BadArchive("its database is not the one its manifest speaks of");
    backup::verify(copy, key).map_err(|error| match error {
        StoreError::Corrupt(_) => StoreError::BadArchive("its database is damaged"),
        error => error,
    })?;
    let mut connection = connect(copy, key, Access::Write)?;
    migrate::migrate(&mut connection)?;
    if !migrate::is_ours(&connection)? {
        return Err(StoreError::BadArchive("its database is none of ours"));
    }
    let found = census::take(&connection)?;
    let is_same = |(table, rows): (&String, &u64)| found.get(table) == Some(rows);
    if manifest.counts.is_empty() || !manifest.counts.iter().all(is_same) {
        return Err(differs);
    }
    let known: BTreeSet<String> = picture::names(&connection)?.into_iter().collect();
    let mut pictures = manifest
        .members
        .keys()
        .filter(|name| *name != DATABASE)
        .map(|name| picture_in(name));
    match pictures.all(|name| name.is_some_and(|name| known.contains(name))) {
        true => portable::close(connection),
        false => Err(differs),
    }
}

fn read_vault(file: &ArchiveFile) -> Result<Vec<VaultItem>> {
    let mut text = Zeroizing::new(Vec::new());
    unpack::unpack(&file.path, file, VAULT_FORMAT, &mut |_, _, content| {
        content.read_to_end(&mut text)?;
        Ok(())
    })?;
    serde_json::from_slice(&text).map_err(|_| StoreError::BadArchive("its vault is damaged"))
}

/// Waits for the names of all pictures.
fn sync_shelves(folder: &Path) -> Result<()> {
    for shelf in fs::read_dir(folder)? {
        let shelf = shelf?.path();
        if shelf.is_dir() {
            files::sync_folder(&shelf)?;
        }
    }
    files::sync_folder(folder)
}
