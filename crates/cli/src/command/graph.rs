//! `graph [NAME]`: people, projects and places, and what joins them.

use crate::{
    arguments::Graph as Options,
    output::{Output, brief},
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{EntityId, Failure, Graph, Request, Response};

pub fn graph(session: &Session, output: &Output, options: &Options) -> Result<(), Failure> {
    let name = options.name.join(" ");
    let response = session.call(Request::Graph {
        around: (!name.is_empty()).then_some(name),
        limit: options.limit,
    })?;
    let Response::Graph { graph } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || shown(graph));
    Ok(())
}

fn shown(graph: &Graph) -> String {
    if graph.nodes.is_empty() {
        return "Memory names nobody yet.".into();
    }
    let nodes = graph.nodes.iter().map(|node| {
        format!(
            "{:<24}  {:<12}  {:>4} ×  last {}",
            brief(&node.name, 24),
            node.kind.name(),
            node.count,
            when::shown(node.last_seen)
        )
    });
    // What is said of two before what only stands together, the frequent first.
    let mut edges: Vec<_> = graph.edges.iter().collect();
    edges.sort_by_key(|edge| (edge.label.is_empty(), std::cmp::Reverse(edge.count)));
    let edges = edges.into_iter().map(|edge| {
        let (from, to) = (name(graph, edge.from), name(graph, edge.to));
        match edge.label.as_str() {
            "" => format!("{from} – {to}  together {} ×", edge.count),
            label => format!("{from} – {label}: {to}  {} ×", edge.count),
        }
    });
    let memories = graph.memories.iter().map(|memory| {
        format!(
            "{}  {}  {}",
            memory.id,
            when::shown(memory.content.valid_from),
            brief(&memory.content.title, 90)
        )
    });
    let parts = [
        nodes.collect::<Vec<_>>(),
        edges.collect(),
        memories.collect(),
    ];
    let parts = parts.iter().filter(|part| !part.is_empty());
    parts
        .map(|part| part.join("\n"))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn name(graph: &Graph, id: EntityId) -> &str {
    let node = graph.nodes.iter().find(|node| node.id == id);
    node.map_or("", |node| &node.name)
}
