//! The closed list of requests the window may send as they are.

use afterimage_engine::api::Request;

/// Whether the window may send this through the `call` command.
///
/// Left out: what the shell does itself (greeting, subscribing, pictures), what has a command of its own (asking and
/// stopping), and what only the command line needs (putting text in from outside, waiting). A new request is refused until it is named here.
pub fn may_call(request: &Request) -> bool {
    match request {
        Request::Status
        | Request::Consent { .. }
        | Request::Pause { .. }
        | Request::Resume
        | Request::Lock
        | Request::Search { .. }
        | Request::Threads
        | Request::Turns { .. }
        | Request::RenameThread { .. }
        | Request::DeleteThread { .. }
        | Request::Memories { .. }
        | Request::Memory { .. }
        | Request::AddMemory { .. }
        | Request::EditMemory { .. }
        | Request::DeleteMemory { .. }
        | Request::UndoMemory { .. }
        | Request::History { .. }
        | Request::Graph { .. }
        | Request::RevealSecret { .. }
        | Request::Upkeep
        | Request::RunUpkeep
        | Request::ApplyUpkeep { .. }
        | Request::DismissUpkeep { .. }
        | Request::Quarantine { .. }
        | Request::Decide { .. }
        | Request::Timeline { .. }
        | Request::Days
        | Request::Frame { .. }
        | Request::Observation { .. }
        | Request::ForgetPreview { .. }
        | Request::Forget { .. }
        | Request::Receipts
        | Request::BackUp
        | Request::Backups
        | Request::DrillBackup
        | Request::WriteArchive { .. }
        | Request::Settings
        | Request::SetSettings { .. }
        | Request::CapturePreview
        | Request::Apps
        | Request::Storage
        | Request::Models
        | Request::Ways
        | Request::SetPassphrase { .. }
        | Request::TiePassphrase { .. }
        | Request::RenewRecovery { .. }
        | Request::AddKeychain { .. }
        | Request::RemoveWay { .. }
        | Request::OpenVault { .. }
        | Request::Clients
        | Request::AddClient { .. }
        | Request::RevokeClient { .. }
        | Request::AccessLog { .. } => true,
        Request::Hello { .. }
        | Request::Subscribe
        | Request::Ingest { .. }
        | Request::IngestImage { .. }
        | Request::Settle { .. }
        | Request::Ask { .. }
        | Request::Stop { .. }
        | Request::FrameImage { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_may_read_and_lock_but_not_put_text_in_or_greet() {
        for (request, expected) in [
            (Request::Status, true),
            (Request::Lock, true),
            (Request::Subscribe, false),
            (Request::Ingest { items: vec![] }, false),
            (Request::Settle { seconds: 1 }, false),
            (Request::Stop { call: 1 }, false),
        ] {
            assert_eq!(may_call(&request), expected, "{request:?}");
        }
    }
}
