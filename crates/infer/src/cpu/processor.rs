//! Which instructions the processor has.

/// The sets of instructions there are products for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// Plain Rust.
    Portable,
    /// AVX2, FMA and F16C: since Haswell (2013) and Zen.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with VNNI: since Ice Lake and Zen 4.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// The fastest the processor has.
    pub fn best() -> Instructions {
        Instructions::all()
            .last()
            .copied()
            .unwrap_or(Instructions::Portable)
    }

    /// All that the processor has, the fastest last.
    pub fn all() -> Vec<Instructions> {
        #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
        let mut found = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") && has!("f16c") {
                found.push(Instructions::Avx2);
                if has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512vnni") {
                    found.push(Instructions::Avx512);
                }
            }
        }
        found
    }

    /// The name of the set.
    pub fn name(self) -> &'static str {
        match self {
            Instructions::Portable => "plain",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "AVX-512 VNNI",
        }
    }
}
