//! Which instructions the processor has, and loops compiled for each of them.

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
    /// NEON: every 64-bit Arm processor.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// NEON with integer dot products: since Cortex-A75 and Apple M1.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
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
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_arch = "aarch64")),
            allow(unused_mut)
        )]
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
        #[cfg(target_arch = "aarch64")]
        {
            found.push(Instructions::Neon);
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                found.push(Instructions::NeonDot);
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
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon => "NEON",
            #[cfg(target_arch = "aarch64")]
            Instructions::NeonDot => "NEON dot products",
        }
    }
}

/// Calls an `#[inline(always)]` function, whose constant says whether multiply and add are one instruction, from code
/// compiled for the instructions given. Arm has that instruction, and vectors, everywhere: one compilation is enough there.
macro_rules! compiled_for {
    ($with:expr, $function:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma,f16c")]
        fn avx512($($argument: $kind),*) $(-> $result)? { $function::<true>($($argument),*) }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c")]
        fn avx2($($argument: $kind),*) $(-> $result)? { $function::<true>($($argument),*) }
        match $with {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has these instructions.
            $crate::cpu::processor::Instructions::Avx512 => unsafe { avx512($($argument),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has these instructions.
            $crate::cpu::processor::Instructions::Avx2 => unsafe { avx2($($argument),*) },
            _ => $function::<{ cfg!(target_arch = "aarch64") }>($($argument),*),
        }
    }};
}
pub(crate) use compiled_for;
