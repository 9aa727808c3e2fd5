//! The protocol: every request survives the wire, and none is missing from this list.

use afterimage_engine::{
    api::{
        Call, ClientId, Code, Detail, Device, Failure, Filter, Forget, Grant, Hidden, ImageSize,
        IngestItem, Kind, LockedFile, MemoryId, Message, NewMemory, Opening, PROTOCOL, Patch,
        Request, Scope, Settings, Source, Span, ThreadId, TimeRange, Timestamp, Trust, Way,
    },
    bindings::typescript,
};
use std::collections::BTreeSet;

#[test]
fn every_request_survives_the_wire() {
    for request in requests() {
        let call = Call { id: 1, request };
        let line = serde_json::to_string(&call).unwrap();
        assert!(!line.contains('\n'), "{line}");
        assert_eq!(serde_json::from_str::<Call>(&line).unwrap(), call, "{line}");
    }
}

#[test]
fn the_list_of_requests_is_whole() {
    let types = typescript();
    let start = types.find("export type Request =").unwrap();
    let declaration = types[start..].split("\n\n").next().unwrap();
    let names = declaration.split("\"request\": \"").skip(1);
    let declared: BTreeSet<&str> = names.map(|rest| rest.split('"').next().unwrap()).collect();
    let values: Vec<_> = requests()
        .into_iter()
        .map(|request| serde_json::to_value(request).unwrap())
        .collect();
    let listed: BTreeSet<&str> = values
        .iter()
        .map(|value| value["request"].as_str().unwrap())
        .collect();
    assert_eq!(listed, declared);
}

#[test]
fn results_say_which_they_are() {
    let failure = Failure {
        code: Code::NotFound,
        message: "gone".into(),
    };
    let message = Message::Reply {
        id: 4,
        result: Err(failure),
    };
    let line =
        r#"{"message":"reply","id":4,"result":{"Err":{"code":"not_found","message":"gone"}}}"#;
    assert_eq!(serde_json::to_string(&message).unwrap(), line);
    assert_eq!(serde_json::from_str::<Message>(line).unwrap(), message);
}

#[test]
fn settings_of_an_older_client_keep_their_defaults_and_unknown_ones_are_refused() {
    let some: Settings = serde_json::from_str(r#"{"interval_ms":3000}"#).unwrap();
    assert_eq!(
        some,
        Settings {
            interval_ms: 3_000,
            ..Settings::default()
        }
    );
    assert!(serde_json::from_str::<Settings>(r#"{"intervall":1}"#).is_err());
}

/// One of each, with every optional part filled in.
pub fn requests() -> Vec<Request> {
    let at = Timestamp::from_millis(1_795_169_700_000);
    let range = TimeRange {
        from: at,
        to: at.plus_seconds(60),
    };
    let id: MemoryId = "0193f000-0000-7000-8000-000000000001".parse().unwrap();
    let thread = ThreadId(id.0);
    let filter = Filter {
        scope: Scope::Memories,
        kinds: vec![Kind::Semantic],
        apps: vec!["firefox".into()],
        time: Some(range),
        bounds: None,
        details: vec![Detail::Name],
    };
    let observation = afterimage_engine::api::ObservationId(id.0);
    let frame = afterimage_engine::api::FrameId(id.0);
    let source = Source {
        observation,
        span: Span { start: 0, end: 4 },
    };
    let memory = NewMemory {
        title: "Title".into(),
        details: "Details".into(),
        body: afterimage_engine::api::Body::Semantic {
            subject: "Atlas".into(),
            learned_from: "typed".into(),
        },
        tree_path: vec!["work".into()],
        tags: vec!["tag".into()],
        sources: vec![source],
        trust: Trust::User,
        confidence: 0.5,
        valid_from: at,
    };
    let item = IngestItem {
        id: "1".into(),
        thread: "t".into(),
        at,
        source: "chat".into(),
        speaker: "Ann".into(),
        text: "Two\nlines".into(),
    };
    let what = Forget::Time { range };
    vec![
        Request::Hello {
            client: "test".into(),
            protocol: PROTOCOL,
            token: Some(Hidden("afterimage_00".into())),
        },
        Request::Status,
        Request::Subscribe,
        Request::Consent { granted: true },
        Request::Pause { seconds: Some(60) },
        Request::Resume,
        Request::Lock,
        Request::Ingest { items: vec![item] },
        Request::IngestImage {
            image: "aGk=".into(),
            at,
            app: "gedit".into(),
            title: "notes".into(),
        },
        Request::Settle { seconds: 1 },
        Request::Search {
            text: "words".into(),
            filter: filter.clone(),
            limit: 5,
            at: Some(at),
        },
        Request::Ask {
            thread: Some(thread),
            text: "why?".into(),
            filter,
            temporary: true,
            at: Some(at),
        },
        Request::Stop { call: 9 },
        Request::Threads,
        Request::Turns { thread },
        Request::RenameThread {
            thread,
            title: "name".into(),
        },
        Request::DeleteThread { thread },
        Request::Memories {
            kind: Some(Kind::Core),
            text: Some("a".into()),
            offset: 1,
            limit: 2,
        },
        Request::Memory { id },
        Request::AddMemory { memory },
        Request::EditMemory {
            id,
            patch: Patch {
                title: Some("new".into()),
                pinned: Some(true),
                ..Patch::default()
            },
        },
        Request::DeleteMemory { id },
        Request::UndoMemory { id },
        Request::History { id },
        Request::Graph {
            around: Some("Anna".into()),
            limit: 10,
        },
        Request::RevealSecret { id },
        Request::Upkeep,
        Request::RunUpkeep,
        Request::ApplyUpkeep {
            id: Some("0123456789abcdef".into()),
        },
        Request::DismissUpkeep {
            id: "0123456789abcdef".into(),
        },
        Request::Quarantine {
            offset: 0,
            limit: 10,
        },
        Request::Decide {
            ids: vec![id],
            keep: true,
        },
        Request::Timeline { range, limit: 10 },
        Request::Days,
        Request::Frame { id: frame },
        Request::FrameImage {
            id: frame,
            size: ImageSize::Thumbnail,
        },
        Request::Observation { id: observation },
        Request::ForgetPreview { what: what.clone() },
        Request::Forget { what },
        Request::Receipts,
        Request::BackUp,
        Request::DrillBackup,
        Request::WriteArchive {
            file: LockedFile {
                path: "/media/stick/me.age".into(),
                passphrase: Hidden("for the road".into()),
            },
            vault: Some(LockedFile {
                path: "/media/stick/vault.age".into(),
                passphrase: Hidden("for the vault".into()),
            }),
        },
        Request::Backups,
        Request::Settings,
        Request::SetSettings {
            settings: Settings {
                device: Device::Cpu,
                ..Settings::default()
            },
        },
        Request::CapturePreview,
        Request::Apps,
        Request::Storage,
        Request::Models,
        Request::Ways,
        Request::SetPassphrase {
            by: Opening::Passphrase {
                passphrase: Hidden("old".into()),
            },
            passphrase: Hidden("new".into()),
            tied: None,
        },
        Request::TiePassphrase {
            passphrase: Hidden("old".into()),
            tied: true,
        },
        Request::RenewRecovery {
            by: Opening::Recovery {
                code: Hidden("7K3M".into()),
            },
        },
        Request::AddKeychain {
            by: Opening::Keychain,
        },
        Request::RemoveWay {
            by: Opening::Keychain,
            way: Way::Recovery,
        },
        Request::OpenVault {
            by: Opening::Keychain,
        },
        Request::Clients,
        Request::AddClient {
            name: "agent".into(),
            grant: Grant {
                max_age_days: Some(30),
                apps_left_out: vec!["signal".into()],
                ..Grant::default()
            },
            days: 90,
        },
        Request::RevokeClient { id: ClientId(id.0) },
        Request::AccessLog { days: 7 },
    ]
}
