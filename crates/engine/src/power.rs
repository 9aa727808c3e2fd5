//! Whether the machine runs on its battery: what is not urgent waits for the mains.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where Linux tells about batteries. Elsewhere there is no such folder, and nothing waits.
const SUPPLIES: &str = "/sys/class/power_supply";

/// Whether a battery is being emptied now.
pub fn is_on_battery() -> bool {
    is_discharging(Path::new(SUPPLIES))
}

/// Whether that battery is nearly empty.
pub fn is_low() -> bool {
    discharging(Path::new(SUPPLIES)).any(|battery| {
        let percent = fs::read_to_string(battery.join("capacity")).unwrap_or_default();
        percent
            .trim()
            .parse()
            .is_ok_and(|percent: u8| percent < LOW)
    })
}

/// Percent of a full battery.
const LOW: u8 = 20;

fn is_discharging(supplies: &Path) -> bool {
    discharging(supplies).next().is_some()
}

/// Batteries that are being emptied.
fn discharging(supplies: &Path) -> impl Iterator<Item = PathBuf> {
    let says = |dir: &Path, file: &str, word: &str| {
        fs::read_to_string(dir.join(file)).is_ok_and(|text| text.trim() == word)
    };
    let entries = fs::read_dir(supplies).into_iter().flatten().flatten();
    // A mouse has a battery too.
    entries.map(|entry| entry.path()).filter(move |dir| {
        says(dir, "type", "Battery")
            && says(dir, "status", "Discharging")
            && !says(dir, "scope", "Device")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], expected: bool) {
        let folder = tempfile::tempdir().unwrap();
        let battery = folder.path().join("BAT0");
        fs::create_dir(&battery).unwrap();
        for (name, text) in files {
            fs::write(battery.join(name), text).unwrap();
        }
        assert_eq!(is_discharging(folder.path()), expected, "{files:?}");
    }

    #[test]
    fn u10_only_the_machines_own_battery_counts() {
        check(&[("type", "Battery\n"), ("status", "Discharging\n")], true);
        check(&[("type", "Battery\n"), ("status", "Charging\n")], false);
        check(&[("type", "Mains\n")], false);
        let mouse = [
            ("type", "Battery\n"),
            ("status", "Discharging\n"),
            ("scope", "Device\n"),
        ];
        check(&mouse, false);
        assert!(!is_discharging(Path::new("/no/such/folder")));
    }
}
