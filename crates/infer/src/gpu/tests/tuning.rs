//! What is fastest is found once.

use super::gpu;
use crate::gpu::packing::Packing;
use crate::gpu::tune::{FILE, Tuning};

#[test]
fn what_was_found_is_remembered_and_damage_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    let found = Tuning::fastest(&gpu(), Packing::Q4_1, folder.path()).unwrap();
    let remembered = std::fs::read_to_string(&file).unwrap();
    assert!(remembered.contains(&gpu().info.name), "{remembered}");
    assert_eq!(
        Tuning::fastest(&gpu(), Packing::Q4_1, folder.path()).unwrap(),
        found
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), remembered);
    let other = remembered.replacen("\"teams\": ", "\"teams\": 1", 1);
    std::fs::write(&file, &other).unwrap();
    let read = Tuning::fastest(&gpu(), Packing::Q4_1, folder.path()).unwrap();
    assert_ne!(
        read.team.teams, found.team.teams,
        "it is read from the file"
    );
    std::fs::write(&file, &remembered[1..]).unwrap();
    Tuning::fastest(&gpu(), Packing::F32, folder.path()).unwrap();
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(
        written.contains("F32") && !written.contains("Q4_1"),
        "{written}"
    );
}
