//! A panic is a defect of ours; it must end one piece of work and not the engine.

use crate::api::{Code, Failure};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic in it becomes a failure. The hook of `harden` has told the log where it was.
///
/// What `work` changed half-way must not matter afterwards: callers give up what they lent to it.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(defect()))
}

fn defect() -> Failure {
    Failure::new(
        Code::Internal,
        "Something in Afterimage went wrong that should not have. The log in the profile folder says where; nothing that was acknowledged is lost.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_without_its_words() {
        let failure = guarded::<()>(|| panic!("secret words")).unwrap_err();
        assert_eq!(failure.code, Code::Internal);
        assert!(!failure.message.contains("secret"));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
