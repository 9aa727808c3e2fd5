//! Afterimage mind.
