//! Every shader file is valid in every variant, has one entry point named after it and a line in the table.

use std::collections::BTreeSet;

use naga::valid::{Capabilities, ValidationFlags, Validator};

use crate::gpu::packing::Packing;
use crate::gpu::source::{self, Input, Kernel, Team, Write};

const FOLDER: &str = "../../shaders";

/// The kernels that stand alone: those for pictures.
const ALONE: [&str; 3] = ["luma_tiles", "dhash_cells", "tile_difference"];

fn check(name: &str, text: &str) {
    let module = naga::front::wgsl::parse_str(text)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
    let capabilities = Capabilities::SUBGROUP
        | Capabilities::SHADER_FLOAT16
        | Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    let checked = Validator::new(ValidationFlags::all(), capabilities)
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module);
    checked.unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
    let entries: Vec<&str> = module
        .entry_points
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(entries, [name]);
}

/// What a mat-vec of weights in `packing` can read.
fn inputs(packing: Packing) -> Vec<Input> {
    match packing.has_codes() {
        true => vec![Input::Plain, Input::Normed, Input::Packed],
        false => vec![Input::Plain, Input::Normed],
    }
}

#[test]
fn every_variant_of_every_kernel_is_valid() {
    let plain = Team {
        lanes: 4,
        teams: 8,
        rows: 2,
        subgroups: false,
    };
    let subgroups = Team {
        lanes: 32,
        teams: 1,
        rows: 4,
        subgroups: true,
    };
    for packing in Packing::ALL {
        check("embed_rows", &source::embed_rows(packing));
        for write in [Write::Store, Write::Add, Write::Gated] {
            for half in [false, true] {
                check("matmul", &source::matmul(packing, half, write));
            }
            for team in [plain, subgroups] {
                for input in inputs(packing) {
                    check("matvec", &source::matvec(packing, team, input, write));
                }
            }
        }
    }
    let sizes = [
        ("HEAD", 64),
        ("HEADS", 14),
        ("KEY_HEADS", 2),
        ("GROUP", 7),
        ("TILE", 2),
        ("SHARE", 4),
        ("STRIDE", 896),
        ("VOCABULARY", 151_936),
        ("GROUPS", 28),
    ];
    for kernel in Kernel::ALL {
        if !matches!(kernel, Kernel::EmbedRows | Kernel::Matvec | Kernel::Matmul) {
            for flag in [false, true] {
                let flags = [("INTERLEAVED", flag), ("NORMED", flag)];
                check(kernel.name(), &source::plain(kernel, &sizes, &flags));
            }
        }
    }
    for name in ALONE {
        let text = std::fs::read_to_string(format!("{FOLDER}/{name}.wgsl")).unwrap();
        check(name, &text);
    }
}

#[test]
fn every_shader_file_is_a_kernel_and_has_a_line_in_the_table() {
    let table = std::fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    let files = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let shaders = files.filter(|path| path.extension().is_some_and(|kind| kind == "wgsl"));
    let found: BTreeSet<String> = shaders
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let known = Kernel::ALL.iter().map(|kernel| kernel.name()).chain(ALONE);
    assert_eq!(found, known.map(str::to_owned).collect());
    for name in found {
        assert!(
            table.contains(&format!("| `{name}` |")),
            "{name} is not in shaders/README.md"
        );
    }
}
