//! The text of the kernels: a file each, put behind the parts it is written with and the constants of its variant.

use super::packing::Packing;

/// A kernel of language models. Its file in `shaders/` and its entry point have its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kernel {
    EmbedRows,
    RmsNorm,
    QuantiseRow,
    Matvec,
    Matmul,
    RopeStore,
    Attend,
    MergeAttention,
    TurnKeys,
    Argmax,
}

macro_rules! shader {
    ($file:literal) => {
        include_str!(concat!("../../../../shaders/", $file, ".wgsl"))
    };
}

impl Kernel {
    /// All of them.
    #[cfg(test)]
    pub const ALL: [Kernel; 10] = [
        Kernel::EmbedRows,
        Kernel::RmsNorm,
        Kernel::QuantiseRow,
        Kernel::Matvec,
        Kernel::Matmul,
        Kernel::RopeStore,
        Kernel::Attend,
        Kernel::MergeAttention,
        Kernel::TurnKeys,
        Kernel::Argmax,
    ];

    /// The name of its file and of its entry point.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::EmbedRows => "embed_rows",
            Kernel::RmsNorm => "rms_norm",
            Kernel::QuantiseRow => "quantise_row",
            Kernel::Matvec => "matvec",
            Kernel::Matmul => "matmul",
            Kernel::RopeStore => "rope_store",
            Kernel::Attend => "attend",
            Kernel::MergeAttention => "merge_attention",
            Kernel::TurnKeys => "turn_keys",
            Kernel::Argmax => "argmax",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Kernel::EmbedRows => shader!("embed_rows"),
            Kernel::RmsNorm => shader!("rms_norm"),
            Kernel::QuantiseRow => shader!("quantise_row"),
            Kernel::Matvec => shader!("matvec"),
            Kernel::Matmul => shader!("matmul"),
            Kernel::RopeStore => shader!("rope_store"),
            Kernel::Attend => shader!("attend"),
            Kernel::MergeAttention => shader!("merge_attention"),
            Kernel::TurnKeys => shader!("turn_keys"),
            Kernel::Argmax => shader!("argmax"),
        }
    }

    /// The parts it needs whatever its variant.
    fn parts(self) -> &'static [&'static str] {
        const CALL: &str = shader!("lib/call");
        const PAIRS: &str = shader!("lib/pairs");
        match self {
            Kernel::RopeStore => &[PAIRS],
            Kernel::TurnKeys => &[CALL, PAIRS],
            Kernel::Matvec | Kernel::Matmul | Kernel::Attend => &[CALL],
            Kernel::MergeAttention | Kernel::Argmax | Kernel::QuantiseRow => &[CALL],
            Kernel::EmbedRows | Kernel::RmsNorm => &[],
        }
    }
}

/// The shape of the mat-vec kernel, which differs from adapter to adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Team {
    /// Lanes that share a row; a power of two.
    pub lanes: u32,
    /// Teams in a workgroup.
    pub teams: u32,
    /// Rows of a team; even.
    pub rows: u32,
    /// Whether sums are taken with subgroup operations; then there is one team.
    pub subgroups: bool,
}

/// What a mat-vec reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// Its input as it is.
    Plain,
    /// The RMS norm of its input.
    Normed,
    /// What quantise_row made of its input; for weights that are codes too.
    Packed,
}

/// What is done with the product of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Write {
    Store,
    /// Added to what is there.
    Add,
    /// Rows are gate and up in turn: `silu(gate) * up`.
    Gated,
}

impl Write {
    fn constants(self) -> String {
        let (add, gated) = (self == Write::Add, self == Write::Gated);
        format!("const ADD: bool = {add};\nconst GATED: bool = {gated};\n")
    }
}

/// The text of a kernel for weights in `packing` with more `parts` and constants.
fn of_weights(kernel: Kernel, packing: Packing, parts: &[&str], head: String) -> String {
    let mut text = head + shader!("lib/weights") + packing_parts(packing);
    kernel
        .parts()
        .iter()
        .chain(parts)
        .for_each(|part| text += part);
    text + kernel.text()
}

/// The rows of an embedding table.
pub(crate) fn embed_rows(packing: Packing) -> String {
    of_weights(Kernel::EmbedRows, packing, &[], String::new())
}

/// A product with one vector.
pub(crate) fn matvec(packing: Packing, team: Team, input: Input, write: Write) -> String {
    let Team {
        lanes,
        teams,
        rows,
        subgroups,
    } = team;
    let head = format!(
        "const LANES: u32 = {lanes}u;\nconst TEAMS: u32 = {teams}u;\nconst ROWS: u32 = {rows}u;\n{}",
        write.constants()
    );
    let dot = match (input, packing.has_codes()) {
        (Input::Packed, _) => shader!("lib/packed_dot"),
        (_, true) => shader!("lib/bytes_dot"),
        (_, false) => shader!("lib/floats"),
    };
    let input = match input {
        Input::Plain => shader!("lib/input_plain"),
        Input::Normed => shader!("lib/input_normed"),
        Input::Packed => shader!("lib/input_packed"),
    };
    let sum = match subgroups {
        true => shader!("lib/team_sum_subgroup"),
        false => shader!("lib/team_sum"),
    };
    of_weights(Kernel::Matvec, packing, &[input, dot, sum], head)
}

/// A product with several vectors; with `half`, tiles of weights in f16.
pub(crate) fn matmul(packing: Packing, half: bool, write: Write) -> String {
    let value = match half {
        true => "enable f16;\nalias Value = f16;\n",
        false => "alias Value = f32;\n",
    };
    of_weights(
        Kernel::Matmul,
        packing,
        &[],
        value.to_owned() + &write.constants(),
    )
}

/// A kernel that reads no weights, with constants and flags.
pub(crate) fn plain(kernel: Kernel, constants: &[(&str, u32)], flags: &[(&str, bool)]) -> String {
    let constant = |(name, value): &(&str, u32)| format!("const {name}: u32 = {value}u;\n");
    let flag = |(name, value): &(&str, bool)| format!("const {name}: bool = {value};\n");
    let head: String = constants
        .iter()
        .map(constant)
        .chain(flags.iter().map(flag))
        .collect();
    kernel.parts().iter().fold(head, |text, part| text + part) + kernel.text()
}

/// How a packing gives the values of a group.
fn packing_parts(packing: Packing) -> &'static str {
    macro_rules! joined {
        ($($file:literal),*) => { concat!($(include_str!(concat!("../../../../shaders/lib/", $file, ".wgsl"))),*) };
    }
    match packing {
        Packing::F32 => shader!("lib/f32"),
        Packing::F16 => shader!("lib/f16"),
        Packing::Q4_0 => joined!("bytes", "nibbles", "q4_0"),
        Packing::Q4_1 => joined!("bytes", "nibbles", "q4_1"),
        Packing::Q5_0 => joined!("bytes", "nibbles", "fifth_bits", "q5_0"),
        Packing::Q8_0 => joined!("bytes", "q8_0"),
        Packing::Q4K => joined!("bytes", "nibbles", "k_scale", "q4_k"),
        Packing::Q5K => joined!("bytes", "nibbles", "fifth_bits", "k_scale", "q5_k"),
        Packing::Q6K => joined!("bytes", "nibbles", "q6_k"),
    }
}
