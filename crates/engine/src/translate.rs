//! The store's values as the protocol's.

use crate::api;
use afterimage_store as store;

/// A frame on the timeline.
pub fn timeline_frame(frame: store::TimelineFrame) -> api::TimelineFrame {
    api::TimelineFrame {
        id: frame.id,
        at: frame.at,
        app: frame.app,
        title: frame.title,
        monitor: frame.monitor,
    }
}

/// A gap.
pub fn gap(gap: store::Gap) -> api::Gap {
    use store::GapReason as Reason;
    api::Gap {
        range: gap.range,
        count: gap.count,
        reason: match gap.reason {
            Reason::Paused => api::GapReason::Paused,
            Reason::Locked => api::GapReason::Locked,
            Reason::Excluded => api::GapReason::Excluded,
            Reason::Idle => api::GapReason::Idle,
            Reason::Blocked => api::GapReason::Blocked,
            Reason::Overload => api::GapReason::Overload,
            Reason::Forgotten => api::GapReason::Forgotten,
        },
    }
}

/// A frame for viewing.
pub fn frame(frame: store::FrameView) -> api::FrameView {
    let text = |text: store::FrameText| api::FrameText {
        observation: text.observation,
        app: text.app,
        title: text.title,
        url: text.url,
        text: text.text,
        words: text.words,
        details: text.details.into_iter().collect(),
    };
    api::FrameView {
        id: frame.id,
        at: frame.at,
        monitor: frame.monitor,
        width: frame.width,
        height: frame.height,
        windows: frame.windows,
        masks: frame.masks,
        texts: frame.texts.into_iter().map(text).collect(),
        previous: frame.previous,
        next: frame.next,
    }
}

/// A conversation.
pub fn thread(thread: store::Thread) -> api::Thread {
    api::Thread {
        id: thread.id,
        title: thread.title,
        created_at: thread.created_at,
        updated_at: thread.updated_at,
    }
}

/// A turn; one with an answer is the assistant's.
pub fn turn(turn: store::Turn) -> api::Turn {
    match turn.answer {
        Some(answer) => api::Turn::Assistant {
            observation: turn.observation,
            at: turn.at,
            answer,
        },
        None => api::Turn::User {
            observation: turn.observation,
            at: turn.at,
            text: turn.text,
        },
    }
}

/// What to forget.
pub fn forget(what: api::Forget) -> store::Forget {
    match what {
        api::Forget::Time { range } => store::Forget::Time(range),
        api::Forget::App { app } => store::Forget::App(app),
        api::Forget::Site { site } => store::Forget::Site(site),
        api::Forget::Person { name } => store::Forget::Person(name),
        api::Forget::Words { words } => store::Forget::Words(words),
        api::Forget::Title { title } => store::Forget::Title(title),
        api::Forget::Details { detail } => store::Forget::Details(detail),
        api::Forget::Memory { id } => store::Forget::Memory(id),
        api::Forget::Observation { id } => store::Forget::Observation(id),
        api::Forget::Frame { id } => store::Forget::Frame(id),
        api::Forget::All => store::Forget::All,
    }
}

/// How much is or would be removed.
pub fn forget_counts(counts: store::ForgetCounts) -> api::ForgetCounts {
    api::ForgetCounts {
        frames: counts.frames,
        observations: counts.observations,
        memories: counts.memories,
        memories_kept: counts.memories_kept,
        memories_anew: counts.memories_anew,
        turns: counts.turns,
    }
}

/// The proof.
pub fn receipt(receipt: store::Receipt) -> api::Receipt {
    api::Receipt {
        id: receipt.id,
        at: receipt.at,
        what: receipt.what,
        counts: forget_counts(receipt.counts),
    }
}

/// A copy of the database.
pub fn backup(backup: store::Backup) -> api::Backup {
    api::Backup {
        name: backup.name,
        at: backup.at,
        bytes: backup.bytes,
    }
}

/// Entities and what joins them.
pub fn graph(graph: store::Graph) -> api::Graph {
    let node = |node: store::Node| api::GraphNode {
        id: node.id,
        name: node.name,
        kind: node.kind,
        count: node.count,
        last_seen: node.last_seen,
    };
    let edge = |edge: store::Edge| api::GraphEdge {
        from: edge.from,
        to: edge.to,
        label: edge.label,
        count: edge.count,
        last_seen: edge.last_seen,
    };
    api::Graph {
        nodes: graph.nodes.into_iter().map(node).collect(),
        edges: graph.edges.into_iter().map(edge).collect(),
        memories: graph.memories,
    }
}

/// How a trial to restore went.
pub fn drill(drill: store::Drill) -> api::Drill {
    api::Drill {
        at: drill.at,
        of: drill.of,
        fault: drill.fault.as_deref().map(crate::failure::sentence),
    }
}

/// What was written.
pub fn archived(archived: &store::Archived) -> api::Archived {
    api::Archived {
        bytes: archived.bytes,
        memories: archived.memories,
        pictures: archived.pictures,
        secrets: archived.secrets,
    }
}
